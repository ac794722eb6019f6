"""All folds of a run trained in one program, vmapped over the folds. For Keras' JAX backend only.

Each fold has the same first weights, order, crops, augmentations, standardiser, learning rate, early stopping
and checkpoint as when it trains alone, and writes the same files. Two things differ. The folds step together,
so an epoch is as long as that of the fold with the fewest clips; the others leave out the last few clips of
an order that is new each epoch. And a fold that has ended waits for the others before it predicts.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from fsat_core.audio.features import pad_batch
from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import RunError, Stopped
from fsat_core.runs.run import Run
from fsat_core.runs.saved_folds import MODEL_FILE
from fsat_core.training.averaging import first_averaged, renew_statistics
from fsat_core.training.batches import ClipBatches
from fsat_core.training.fold import (
    FoldData,
    begin_fold,
    check_losses,
    fold_batches,
    fold_callbacks,
    fold_seed,
    predict_fold,
)
from fsat_core.training.network import build_model, class_network
from fsat_core.training.vmapped import Batch, VmappedFolds, draw_ahead, wait_for

log = logging.getLogger(__name__)


def train_vmapped(
    run_dir: Path,
    cache_dir: Path,
    folds: Sequence[int],
    marker: Path | None = None,
    extra_callbacks: Sequence[keras.callbacks.Callback] = (),
) -> None:
    """Train these folds of a run at once; writes for each what `train_fold` writes.

    `marker` is the worker's, as for `train_fold`; `extra_callbacks` follow the first of them, after its own.

    Raises
    ------
    Stopped
        If the run's stop flag appeared, or the marker went.
    RunError
        If no epoch of a fold had a finite validation loss; the other folds are complete then.
    """
    run = Run(run_dir)
    members = _make_members(run, cache_dir, folds, marker)
    members[0].callbacks.extend(extra_callbacks)
    networks = VmappedFolds([member.model for member in members], len(run.classes))
    _Training(run, members, networks).fit()
    model = members[0].model  # one for all: what predicts is compiled once for each network
    network = class_network(model)
    failures = []
    for row, member in enumerate(members):
        try:
            check_losses(run.config, member.fold, member.losses)
        except RunError as failure:
            failures.append(failure)
            continue
        networks.load_checkpoint(row, model)
        if run.config.checkpoint == "average":
            renew_statistics(model, member.train)
        network.save(member.data.attempt.path / MODEL_FILE)
        predict_fold(run, member.fold, member.data, network)
    if failures:
        raise failures[0]


@dataclass(eq=False)
class _Member:
    """One of the folds."""

    fold: int
    data: FoldData
    train: ClipBatches
    validation: ClipBatches
    model: keras.Model
    callbacks: list[keras.callbacks.Callback]
    losses: list[float] = field(default_factory=list)
    best: float = np.inf  # the lowest value so far of what is monitored; for lwlrap, of its negative

    @property
    def is_training(self) -> bool:
        """True until a callback has stopped it."""
        return not self.model.stop_training

    def tell(self, hook: str, *arguments: object) -> None:
        """Call this hook of all callbacks, as Keras' `fit` does."""
        for callback in self.callbacks:
            getattr(callback, hook)(*arguments)

    def end_epoch(self, epoch: int, logs: dict[str, float], config: TrainConfig) -> bool:
        """Pass the epoch's metrics to the callbacks; returns whether to keep its weights."""
        self.tell("on_epoch_end", epoch, logs)
        self.losses.append(logs["val_loss"])
        value = logs["val_loss"] if config.monitor == "loss" else -logs["val_lwlrap"]
        if is_best := value < self.best:
            self.best = value
        return is_best or config.checkpoint == "last"


def _make_members(run: Run, cache_dir: Path, folds: Sequence[int], marker: Path | None) -> list[_Member]:
    config = run.config
    data = {fold: begin_fold(run, cache_dir, fold, marker) for fold in folds}
    num_clips = _num_clips(list(data.values()))
    num_batches = -(-num_clips // config.batch_size)
    members = []
    for fold, fold_data in data.items():
        model = build_model(config, len(run.classes), num_batches, fold_seed(config, fold))
        model.stop_training = False
        callbacks = fold_callbacks(run, fold_data.attempt, num_clips, num_batches)
        for callback in callbacks:
            callback.set_model(model)
        members.append(_Member(fold, fold_data, *fold_batches(config, fold, fold_data), model, callbacks))
    return members


def _num_clips(data: Sequence[FoldData]) -> int:
    """Clips of each fold in an epoch: what the smallest one has."""
    return min(len(fold_data.train.clip_ids) for fold_data in data)


class _Training:
    """The epochs of all folds."""

    def __init__(self, run: Run, members: Sequence[_Member], networks: VmappedFolds) -> None:
        self._run, self._members, self._networks = run, members, networks
        self._size, self._num_clips = run.config.batch_size, _num_clips([member.data for member in members])
        self._weighted = any((member.data.train.weights != 1).any() for member in members)

    def fit(self) -> None:
        """Train until every fold has ended."""
        for member in self._members:
            member.tell("on_train_begin")
        for epoch in range(self._run.config.max_epochs):
            self._epoch(epoch)
            if not self._training:
                break
        for member in self._members:
            member.tell("on_train_end")
            log.info("Fold %d trained", member.fold)

    @property
    def _training(self) -> list[_Member]:
        return [member for member in self._members if member.is_training]

    def _epoch(self, epoch: int) -> None:
        training = self._training
        logs = self._train(epoch, training)
        for member in training:
            member.tell("on_test_begin")
        logs |= {f"val_{name}": values for name, values in self._evaluate().items()}
        checkpoint = np.zeros(len(self._members), dtype=bool)
        for row, member in enumerate(self._members):
            if member in training:
                checkpoint[row] = member.end_epoch(epoch, _row(logs, row), self._run.config)
        if self._run.config.checkpoint != "average":
            self._networks.checkpoint(checkpoint)
        elif (count := epoch - first_averaged(self._run.config) + 1) > 0:
            self._networks.average(count)

    def _train(self, epoch: int, training: Sequence[_Member]) -> dict[str, np.ndarray]:
        """One pass over the clips; loss and metrics of each fold [shape=(F,)]."""
        for member in training:
            member.tell("on_epoch_begin", epoch)
            member.train.start_epoch(epoch)
        self._networks.start_epoch()
        logs: Mapping[str, Any] = {}
        num_batches = -(-self._num_clips // self._size)
        with closing(draw_ahead(self._draw, num_batches)) as batches:
            for number, batch in enumerate(self._until_stopped(batches)):
                before, logs = logs, self._networks.train(batch)
                wait_for(before)  # the device has work for one step more, which is enough
                if number:
                    for member in training:
                        member.tell("on_train_batch_end", number - 1)
        values = {name: np.asarray(folds) for name, folds in logs.items()}
        for row, member in enumerate(self._members):
            if member in training:
                member.tell("on_train_batch_end", num_batches - 1, _row(values, row))
        return values

    def _evaluate(self) -> dict[str, np.ndarray]:
        """Validation loss and metrics of each fold [shape=(F,)]."""
        num_batches = max(member.validation.num_batches for member in self._members)
        with closing(draw_ahead(self._draw_validation, num_batches)) as batches:
            return self._networks.evaluate(self._until_stopped(batches))

    def _until_stopped(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        for batch in batches:
            if self._members[0].data.attempt.is_over:
                raise Stopped
            yield batch

    def _draw(self, number: int) -> Batch:
        """Batch `number` of every fold. A fold that has ended gets another's, to fill its place."""
        num_clips = min(self._size, self._num_clips - number * self._size)
        drawn = {member.fold: member.train[number] for member in self._training}
        other = next(iter(drawn.values()))
        folds = []
        for member in self._members:
            features, targets, *weights = (part[:num_clips] for part in drawn.get(member.fold, other))
            if self._weighted:
                weights = weights or [np.ones(num_clips, dtype=np.float32)]
            folds.append((features, targets, *weights))
        return tuple(np.stack(parts) for parts in zip(*folds, strict=True))

    def _draw_validation(self, number: int) -> Batch:
        """Validation batch `number` of every fold, padded to one size with clips of weight 0."""
        folds = []
        for member in self._members:
            is_there = number < member.validation.num_batches
            features, targets = member.validation[number if is_there else 0]
            counts = np.full(len(features), is_there, dtype=np.float32)
            folds.append(tuple(pad_batch(part, self._size) for part in (features, targets, counts)))
        return tuple(np.stack(parts) for parts in zip(*folds, strict=True))


def _row(logs: dict[str, np.ndarray], row: int) -> dict[str, float]:
    return {name: float(values[row]) for name, values in logs.items()}
