"""Training one fold: fit, keep the best epoch, predict the held-out and the test clips."""

import io
import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from fsat_core.audio import Standardiser
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset.clip_ids import fname_of
from fsat_core.dataset.label_text import label_matrix
from fsat_core.errors import RunError, Stopped
from fsat_core.files import write_atomically, write_json
from fsat_core.runs.predictions import scored_clips
from fsat_core.runs.records import FoldClips
from fsat_core.runs.run import Run
from fsat_core.runs.saved_folds import CLIPS_FILE, MODEL_FILE, STANDARDISER_FILE
from fsat_core.training.attempt import Attempt
from fsat_core.training.averaging import AverageCheckpoint, first_averaged
from fsat_core.training.batches import UNKNOWN, ClipBatches, Examples, predict_windows
from fsat_core.training.callbacks import (
    Checkpoint,
    EpochMetrics,
    FoldProgress,
    StopWhenOver,
    TensorBoardScalars,
)
from fsat_core.training.clips import remaining_clips
from fsat_core.training.feature_caches import Caches, Features, open_caches
from fsat_core.training.network import class_network
from fsat_core.training.reuse import fresh_model
from fsat_core.training.sample_weights import split_weights
from fsat_core.training.teacher import Teacher, fit_teacher

log = logging.getLogger(__name__)

PREDICT_BATCH = 64


@dataclass(frozen=True)
class FoldData:
    """What a fold trains on and predicts, and where to.

    `standardiser` is None for a network on waves, `teacher` for one that learns from labels alone.
    """

    attempt: Attempt
    cache: Features
    test_cache: Features | None
    train: Examples
    held_out: Examples
    test_ids: list[str]
    standardiser: Standardiser | None = None
    teacher: Teacher | None = None


def train_fold(run_dir: Path, cache_dir: Path, fold: int, marker: Path | None = None) -> int:
    """Train fold `fold` of a run and write its files; runs in any process that sees the two folders.

    Writes `metrics.csv`, `best.keras`, `statistics.npz` (MFCC networks), `clips.json`, `test.npy`,
    `predictions.csv` and `oof.npy` into a folder of this attempt, which at last becomes the fold's own.

    Parameters
    ----------
    marker : Path, optional
        The worker's, as from `mark_attempt`: the fold ends early once it is gone.

    Returns
    -------
    int
        The fold, once it is complete.

    Raises
    ------
    Stopped
        If the run's stop flag appeared, or the marker went.
    RunError
        If no epoch had a finite validation loss, or no clip is left to train or validate on.
    """
    run = Run(run_dir)
    data = begin_fold(run, cache_dir, fold, marker)
    predict_fold(run, fold, data, fit_fold(run, fold, data))
    return fold


def begin_fold(run: Run, cache_dir: Path, fold: int, marker: Path | None = None) -> FoldData:
    """What a fold needs, in a new attempt at it, with the standardiser written there."""
    data = _load_fold(run, cache_dir, fold, Attempt.begin(run, fold, marker))
    heard = _opened_caches(run.path, cache_dir, run.status.started_at).heard
    if heard is not None:
        seed = fold_seed(run.config, fold)
        teacher = fit_teacher(heard, data.train, run.config, seed, lambda: data.attempt.is_over)
        data = replace(data, teacher=teacher)
    if run.feature_spec.kind != "mfcc":
        return data
    standardiser = fit_standardiser(data.cache, data.train.clip_ids)
    standardiser.save(data.attempt.path / STANDARDISER_FILE)
    return replace(data, standardiser=standardiser)


def predict_fold(run: Run, fold: int, data: FoldData, model: keras.Model) -> None:
    """Write the predictions for the test clips and the held-out clips, and put the fold in its place.

    Raises
    ------
    Stopped
        If the attempt is over.
    """
    folder = data.attempt.path

    def predict(cache: Features, clip_ids: list[str]) -> np.ndarray:
        return predict_windows(
            model,
            cache,
            clip_ids,
            data.standardiser,
            PREDICT_BATCH,
            should_stop=lambda: data.attempt.is_over,
        )

    if data.test_cache is not None and data.test_ids:
        test = predict(data.test_cache, data.test_ids)
        _save_array(folder / "test.npy", test)
        write_atomically(
            folder / "predictions.csv", top_labels(data.test_ids, test, run.classes), make_folder=False
        )
    clips = FoldClips(oof=data.held_out.clip_ids, test=data.test_ids)
    write_json(folder / CLIPS_FILE, clips.model_dump(), make_folder=False)
    _save_array(folder / "oof.npy", predict(data.cache, data.held_out.clip_ids))
    if data.attempt.is_over:
        raise Stopped
    data.attempt.publish()


def _load_fold(run: Run, cache_dir: Path, fold: int, attempt: Attempt) -> FoldData:
    caches = _opened_caches(run.path, cache_dir, run.status.started_at)
    labels, test_ids = remaining_clips(run)
    held_out = labels["fold"].to_numpy() == fold
    weights = labels["weight"].to_numpy(dtype=np.float32)
    examples = Examples(labels["clip_id"].tolist(), label_matrix(labels["labels"], run.classes), weights)
    labelled = examples.select(~held_out & (weights > 0))
    wanted = labelled.is_curated if run.config.curated_epochs else labelled.weights > 0
    if not wanted.any():
        kind = "curated clip" if run.config.curated_epochs else "clip"
        raise RunError(
            f"Fold {fold}: no {kind} to train on is trusted; expected some. "
            "Choose other runs to agree with, or none."
        )
    if not held_out.any():
        raise RunError(
            f"Fold {fold}: none of the clips that it holds out can be read any more; expected some. "
            "Put the files back, or train a new run."
        )
    train = labelled.joined(denying_examples(run, caches.train, fold))
    return FoldData(attempt, caches.train, caches.test, train, examples.select(held_out), test_ids)


def denying_examples(run: Run, cache: Features, fold: int) -> Examples:
    """The clips that teach a fold only which classes are not there, without those that cannot be read."""
    rows = run.denied()
    is_readable = rows["clip_id"].isin(set(cache.clip_ids) - set(cache.errors))
    rows = rows[is_readable & (rows["fold"] != fold)]
    targets = np.where(label_matrix(rows["denied"], run.classes) == 1, 0, UNKNOWN).astype(np.float32)
    clip_ids = rows["clip_id"].tolist()
    return Examples(clip_ids, targets, split_weights(clip_ids, run.config).astype(np.float32))


@lru_cache(maxsize=1)
def _opened_caches(run_dir: Path, cache_dir: Path, started_at: float) -> Caches:
    """The caches of a run, opened once for all folds: that looks at every clip of the set.

    A worker that resumes the run has another `started_at`, and may have built them again.
    """
    return open_caches(Run(run_dir), cache_dir)


def fit_standardiser(cache: Features, clip_ids: list[str]) -> Standardiser:
    """Mean and standard deviation per coefficient and frame over the training crops of a fold."""
    rng = np.random.default_rng(0)
    chunks = (clip_ids[start : start + PREDICT_BATCH] for start in range(0, len(clip_ids), PREDICT_BATCH))
    return Standardiser.fit_blocks(cache.crops(chunk, rng) for chunk in chunks)


def fit_fold(run: Run, fold: int, data: FoldData, *extra_callbacks: keras.callbacks.Callback) -> keras.Model:
    """The network at its checkpoint: the epoch with the best monitored value, or the last one.

    `extra_callbacks` come after the fold's own. The next fold trains the same network object anew.

    Raises
    ------
    Stopped, RunError
        As for `train_fold`.
    """
    config, path = run.config, data.attempt.path / MODEL_FILE
    train, validation = fold_batches(config, fold, data)
    with closing(train), closing(validation):
        model = fresh_model(config, len(run.classes), train.num_batches, fold_seed(config, fold))
        network = class_network(model)
        fitted = model.fit(
            train,
            validation_data=validation,
            epochs=config.max_epochs,
            shuffle=False,  # Keras would draw the order from a generator that all threads share
            verbose=0,
            callbacks=[
                keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: train.start_epoch(epoch)),
                StopWhenOver(lambda: data.attempt.is_over),
                _checkpoint(config, network, path, train),
                *fold_callbacks(run, data.attempt, len(data.train.clip_ids), train.num_batches),
                *extra_callbacks,
            ],
        )
    if data.attempt.is_over:
        raise Stopped
    check_losses(config, fold, fitted.history["val_loss"])
    log.info("Fold %d trained", fold)
    network.load_weights(path)
    return network


def _checkpoint(
    config: TrainConfig, network: keras.Model, path: Path, train: ClipBatches
) -> keras.callbacks.Callback:
    """What saves the network of a fold, as the configuration says."""
    if config.checkpoint == "average":
        return AverageCheckpoint(network, path, first_averaged(config), train)
    return Checkpoint(network, path, best_only=config.checkpoint == "best", **_monitored(config))


def fold_seed(config: TrainConfig, fold: int) -> int:
    """The seed of a fold's first weights, order, crops and augmentations."""
    return config.seed * 1000 + fold


def fold_batches(config: TrainConfig, fold: int, data: FoldData) -> tuple[ClipBatches, ClipBatches]:
    """The fold's training batches, drawn anew each epoch, and its validation batches."""
    seed = fold_seed(config, fold)
    teach = data.teacher.teaching(config) if data.teacher is not None else None
    train = ClipBatches(data.cache, data.train, data.standardiser, config, seed, teach=teach)
    validation = _validation_examples(data.held_out)
    return train, ClipBatches(data.cache, validation, data.standardiser, config, seed, shuffle=False)


def fold_callbacks(
    run: Run, attempt: Attempt, num_clips: int, num_batches: int
) -> list[keras.callbacks.Callback]:
    """Callbacks that write a fold's files while it trains, and those that end it early."""
    config = run.config
    callbacks: list[keras.callbacks.Callback] = [
        FoldProgress(attempt.path, num_clips, num_batches),
        EpochMetrics(attempt.path, num_clips, num_batches),
        TensorBoardScalars(run.path / "tensorboard" / run.fold_dir(attempt.fold).name),
    ]
    if config.checkpoint != "best":
        callbacks.append(keras.callbacks.TerminateOnNaN())
    if config.patience:
        callbacks.append(keras.callbacks.EarlyStopping(patience=config.patience, **_monitored(config)))
    return callbacks


def check_losses(config: TrainConfig, fold: int, losses: Sequence[float]) -> None:
    """Raises RunError where no epoch of a fold has a finite validation loss, and so no checkpoint."""
    if not np.isfinite(losses if config.checkpoint == "best" else losses[-1]).any():
        raise RunError(
            f"Fold {fold}: the validation loss is not finite; expected a number. "
            "Lower the learning rate and look at the clips for broken audio."
        )


def _validation_examples(held_out: Examples) -> Examples:
    """The held-out clips to validate on (see `scored_clips`), all with weight 1."""
    wanted = set(scored_clips(held_out.clip_ids))
    chosen = held_out.select(np.array([clip_id in wanted for clip_id in held_out.clip_ids]))
    return Examples(chosen.clip_ids, chosen.targets, np.ones_like(chosen.weights))


def _monitored(config: TrainConfig) -> dict[str, str]:
    return {"monitor": f"val_{config.monitor}", "mode": "min" if config.monitor == "loss" else "max"}


def top_labels(
    clip_ids: list[str], probabilities: np.ndarray, classes: list[str], num_labels: int = 3
) -> str:
    """CSV with the likeliest classes of each clip, best first: `fname,label` with names split by spaces."""
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :num_labels]
    table = pd.DataFrame(
        {
            "fname": [fname_of(clip_id) for clip_id in clip_ids],
            "label": [" ".join(classes[column] for column in row) for row in best],
        }
    )
    return table.to_csv(index=False)


def _save_array(path: Path, array: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_atomically(path, buffer.getvalue(), make_folder=False)
