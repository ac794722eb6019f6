"""An epoch of each network from the feature cache, against the same arrays in memory and the plain way.

Both sides train one network on the same clips of 5 s, validation included: ours as a fold of a run is
trained, with all that it writes; Keras' `fit` on arrays of the same features; and, for `wave_cnn`, on a
generator that loads every clip with librosa for every batch. They take turns, and medians are compared. The
networks and the batch size are those of the recipe `reference`.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import keras
import numpy as np

from benchmarks.figures import RATIO, Figure, run_figures
from benchmarks.plain import prepare_wave
from benchmarks.plain_batches import PlainGenerator
from benchmarks.sets.kaggle_set import write_curated
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import clip_path, open_dataset, scan
from fsat_core.settings import Settings
from fsat_core.training.batches import ClipBatches, Examples
from fsat_core.training.create import create_run
from fsat_core.training.fold import begin_fold, fit_fold, fold_batches
from fsat_core.training.reuse import fresh_model

NAME = "targets.epochs"
NUM_CLIPS, CLIP_S, NUM_CLASSES = 320, 5.0, 20
NUM_FOLDS = 5  # of which one is trained, on four fifths of the clips
ROUNDS = 3
EPOCHS = 2  # in a turn

Arrays = tuple[np.ndarray, np.ndarray]
Turn = Callable[["EpochTimes"], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(folder: Path, num_clips: int = NUM_CLIPS, clip_s: float = CLIP_S) -> Iterator[Figure]:
    """The figures, from a set, caches and runs that are written to `folder`."""
    write_curated(folder / "set", num_clips, clip_s, NUM_CLASSES)
    settings = Settings(folder / "set", folder / "runs", folder / "cache")
    for model in ("mfcc_cnn", "wave_cnn"):
        fold = Fold(settings, model)
        turns: list[Turn] = [fold.train, fold.train_in_memory]
        if model == "wave_cnn":
            turns.append(fold.train_plainly)
        ours_s, *others_s = take_turns(turns)
        yield Figure(
            f"an epoch of {model}, against fit on arrays in memory", others_s[0] / ours_s, RATIO, 0.95
        )
        if others_s[1:]:
            yield Figure(f"an epoch of {model}, against a plain generator", others_s[1] / ours_s, RATIO, 4)


class EpochTimes(keras.callbacks.Callback):
    """Collects how long each epoch took, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Stop it."""
        self.seconds.append(time.perf_counter() - self._start)


class Fold:
    """The first fold of a run, trained in three ways."""

    def __init__(self, settings: Settings, model: str) -> None:
        self._settings = settings
        dataset = open_dataset(settings.data_dir)
        config = TrainConfig.from_recipe(model, "reference", n_folds=NUM_FOLDS, max_epochs=EPOCHS)
        self._run = create_run(settings, dataset, scan(dataset, settings.cache_dir), config)
        self._data = begin_fold(self._run, settings.cache_dir, 0)
        train, validation = fold_batches(self._run.config, 0, self._data)
        self.arrays, self.validation_arrays = read_epoch(train), read_epoch(validation)
        self._num_batches = train.num_batches

    def train(self, times: EpochTimes) -> None:
        """As a run does."""
        fit_fold(self._run, 0, self._data, times)

    def train_in_memory(self, times: EpochTimes) -> None:
        """Keras alone, on the features of one epoch."""
        self._fit(times, EPOCHS, *self.arrays, validation_data=self.validation_arrays)

    def train_plainly(self, times: EpochTimes) -> None:
        """One epoch of the generator, which takes long."""
        train, validation = (self._plain(examples) for examples in (self._data.train, self._data.held_out))
        self._fit(times, 1, train, validation_data=validation)

    def _plain(self, examples: Examples) -> PlainGenerator:
        dataset = open_dataset(self._settings.data_dir)
        paths = [clip_path(dataset, clip_id) for clip_id in examples.clip_ids]
        return PlainGenerator(paths, examples.targets, prepare_wave, self._run.config.batch_size)

    def _fit(self, times: EpochTimes, epochs: int, *data: object, **options: object) -> None:
        config = self._run.config
        model = fresh_model(config, len(self._run.classes), self._num_batches, seed=0)
        model.fit(*data, epochs=epochs, batch_size=config.batch_size, verbose=0, callbacks=[times], **options)


def take_turns(turns: Sequence[Turn]) -> list[float]:
    """Median seconds of an epoch of each, after one turn that does not count."""
    all_times = [EpochTimes() for _ in turns]
    for number in range(ROUNDS + 1):
        for turn, times in zip(turns, all_times, strict=True):
            if number == 0:
                turn(EpochTimes())  # traces and compiles
            else:
                turn(times)
    return [statistics.median(times.seconds) for times in all_times]


def read_epoch(batches: ClipBatches) -> Arrays:
    """Features and targets of all clips, as the network is given them."""
    parts = [batches[number] for number in range(batches.num_batches)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


if __name__ == "__main__":
    sys.exit(main())
