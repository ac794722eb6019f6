"""Keras callbacks that report on a fold while it trains, and stop it."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from fsat_core.files import remove, write_atomically, write_json
from fsat_core.runs.run import METRICS
from fsat_core.training.failures import explain_failure
from fsat_core.training.progress import PROGRESS_FILE

log = logging.getLogger(__name__)

_REPORT_EVERY_S = 0.5


class StopWhenOver(keras.callbacks.Callback):
    """Ends training at the next batch once `is_over()` is True; `stopped` then is True."""

    def __init__(self, is_over: Callable[[], bool]) -> None:
        super().__init__()
        self._is_over = is_over
        self.stopped = False

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Ask."""
        if self._is_over():
            self.stopped = self.model.stop_training = True

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Ask while validating, too: Keras validates even after a stop."""
        if self._is_over():
            self.stopped = self.model.stop_training = self.model.stop_evaluating = True


class Checkpoint(keras.callbacks.Callback):
    """Saves a network at the best epoch by a value in the logs, or at each epoch, whole and to one path.

    Unlike Keras' own it makes no folder, which would bring back a run that was deleted, and takes a path as
    it is, with braces in it.

    Parameters
    ----------
    network : keras.Model
        What is saved: the one that trains, or a part of it.
    path : Path
    monitor : str
    mode : "min" or "max"
    best_only : bool
    """

    def __init__(self, network: keras.Model, path: Path, monitor: str, mode: str, best_only: bool) -> None:
        super().__init__()
        self._network = network
        self._path, self._monitor, self._best_only = path, monitor, best_only
        self._sign = 1.0 if mode == "min" else -1.0
        self._best = np.inf

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Save, if the epoch is to be kept. A value that is not a number is never better."""
        value = self._sign * float((logs or {}).get(self._monitor, np.nan))
        if self._best_only and not value < self._best:
            return
        self._best = value
        aside = self._path.with_name(f".{self._path.name}")
        self._network.save(aside)
        aside.replace(self._path)


class FoldProgress(keras.callbacks.Callback):
    """Writes `progress.json`: epochs and batches done and the clips trained on per second."""

    def __init__(self, fold_dir: Path, num_clips: int, num_batches: int) -> None:
        super().__init__()
        self._path, self._num_clips, self._num_batches = fold_dir / PROGRESS_FILE, num_clips, num_batches
        self._last_report = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Start the clock of an epoch."""
        self._epoch, self._epoch_start = epoch, time.monotonic()
        if epoch == 0:
            self._report(batches=0)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Report at most twice a second."""
        if time.monotonic() - self._last_report > _REPORT_EVERY_S:
            self._report(batch + 1)

    def _report(self, batches: int) -> None:
        self._last_report = time.monotonic()
        share = batches / self._num_batches
        clips_per_s = share * self._num_clips / max(self._last_report - self._epoch_start, 1e-6)
        with suppress(OSError):  # it is only shown
            values = {"epoch": self._epoch + share, "clips_per_s": clips_per_s}
            write_json(self._path, values, make_folder=False)


class EpochMetrics(keras.callbacks.Callback):
    """Appends a row per epoch to `metrics.csv`: `epoch` from 1, then `METRICS` and `PACE`."""

    def __init__(self, fold_dir: Path, num_clips: int, num_batches: int) -> None:
        super().__init__()
        self._path, self._num_clips, self._num_batches = fold_dir / "metrics.csv", num_clips, num_batches
        self._rows: list[dict] = []

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Start the clock of an epoch."""
        self._start = time.monotonic()

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Training on this epoch's clips is done; validation does not count towards clips/s."""
        self._train_s = time.monotonic() - self._start

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Add the epoch's row."""
        values = {**(logs or {}), "clips_per_s": self._num_clips / max(self._train_s, 1e-6)}
        pace = {"seconds": round(time.monotonic() - self._start, 3), "num_steps": self._num_batches}
        self._rows.append({"epoch": epoch + 1, **{name: float(values[name]) for name in METRICS}, **pace})
        write_atomically(self._path, pd.DataFrame(self._rows).to_csv(index=False), make_folder=False)


class TensorBoardScalars(keras.callbacks.Callback):
    """Writes each epoch's metrics for TensorBoard, without TensorFlow, under every Keras backend.

    They are only shown: where they cannot be written, the log says so once and the training goes on.
    """

    def __init__(self, log_dir: Path) -> None:
        super().__init__()
        self._log_dir = log_dir
        self._writer: Any = None

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Open the event file, in place of those of an earlier attempt."""
        with self._unless_it_fails():
            from tensorboard.summary import Writer

            if not self._log_dir.parent.is_dir():
                remove(self._log_dir.parent)  # a file in its place
            remove(self._log_dir)
            self._writer = Writer(str(self._log_dir))

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Write training and validation values beside each other."""
        if self._writer is None:
            return
        with self._unless_it_fails():
            for name, value in (logs or {}).items():
                part = "validation" if name.startswith("val_") else "training"
                self._writer.add_scalar(f"{name.removeprefix('val_')}/{part}", float(value), epoch + 1)
            self._writer.flush()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Close the event file."""
        if self._writer is not None:
            with self._unless_it_fails():
                self._writer.close()

    @contextmanager
    def _unless_it_fails(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # of the disk, or of whatever TensorBoard writes with
            self._writer = None
            log.warning("No curves for TensorBoard: %s", explain_failure(error))
