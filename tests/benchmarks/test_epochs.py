"""The measurement of epochs: what is compared is the same work, and each figure has its own target."""

from pathlib import Path

import keras
import numpy as np
import pytest

from benchmarks.sets.kaggle_set import write_curated
from benchmarks.targets import epochs
from fsat_core.runs import list_runs
from fsat_core.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A set of ten clips of two classes."""
    write_curated(tmp_path / "set", 10, 2.5, 2)
    return Settings(tmp_path / "set", tmp_path / "runs", tmp_path / "cache")


def test_all_ways_train_on_the_same_clips(settings: Settings) -> None:
    fold = epochs.Fold(settings, "wave_dummy")
    seen: list[tuple[int, int]] = []

    class Count(epochs.EpochTimes):
        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            super().on_epoch_begin(epoch, logs)
            self.train = self.test = 0

        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            self.train += 1

        def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
            self.test += 1

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            super().on_epoch_end(epoch, logs)
            assert np.isfinite([(logs or {})["loss"], (logs or {})["val_loss"]]).all()
            seen.append((self.train, self.test))

    for turn in (fold.train, fold.train_in_memory, fold.train_plainly):
        turn(Count())
    assert seen == [(1, 1)] * (2 * epochs.EPOCHS + 1)
    features, targets = fold.arrays
    assert (features.shape, targets.shape) == ((8, 32_000, 1), (8, 2))
    assert fold.validation_arrays[0].shape == (2, 32_000, 1)
    (run,) = list_runs(settings.runs_dir)
    assert (run.shown_dir(0) / "best.keras").is_file(), "ours writes what a run writes"


def test_the_first_turn_does_not_count() -> None:
    calls = []

    def turn(times: epochs.EpochTimes) -> None:
        calls.append(times)
        times.seconds.append(100.0 if len(calls) == 1 else float(len(calls)))

    assert epochs.take_turns([turn]) == [3.0]
    assert len(calls) == epochs.ROUNDS + 1


def test_the_clock_takes_whole_epochs() -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    times = epochs.EpochTimes()
    data = np.zeros((4, 1)), np.zeros((4, 1))
    model.fit(*data, epochs=3, validation_data=data, verbose=0, callbacks=[times])
    assert len(times.seconds) == 3
    assert min(times.seconds) > 0


def test_each_figure_has_its_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epochs, "take_turns", lambda turns: [1.0, 2.0, 5.0][: len(turns)])
    figures = list(epochs.measure(tmp_path, 40, clip_s=0.1))
    assert [(figure.value, figure.target, figure.met) for figure in figures] == [
        (2.0, 0.95, True),
        (2.0, 0.95, True),
        (5.0, 4, True),
    ]
    assert ["mfcc_cnn" in figure.item for figure in figures] == [True, False, False]
