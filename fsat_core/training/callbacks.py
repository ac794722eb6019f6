"""Keras callbacks that report on a fold while it trains, and stop it."""

import time
from pathlib import Path

import keras
import pandas as pd

from fsat_core.files import write_atomically, write_json
from fsat_core.runs.run import METRICS
from fsat_core.training.progress import PROGRESS_FILE

_REPORT_EVERY_S = 0.5


class StopOnFlag(keras.callbacks.Callback):
    """Ends training at the next batch once a file exists; `stopped` then is True."""

    def __init__(self, flag: Path) -> None:
        super().__init__()
        self._flag = flag
        self.stopped = False

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Look for the flag."""
        if self._flag.exists():
            self.stopped = self.model.stop_training = True

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Look for it while validating, too: Keras validates even after a stop."""
        if self._flag.exists():
            self.stopped = self.model.stop_training = self.model.stop_evaluating = True


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
        write_json(self._path, {"epoch": self._epoch + share, "clips_per_s": clips_per_s})


class EpochMetrics(keras.callbacks.Callback):
    """Appends a row per epoch to `metrics.csv`: `epoch` from 1, then `METRICS`."""

    def __init__(self, fold_dir: Path, num_clips: int) -> None:
        super().__init__()
        self._path, self._num_clips = fold_dir / "metrics.csv", num_clips
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
        self._rows.append({"epoch": epoch + 1, **{name: float(values[name]) for name in METRICS}})
        write_atomically(self._path, pd.DataFrame(self._rows).to_csv(index=False))


class TensorBoardScalars(keras.callbacks.Callback):
    """Writes each epoch's metrics for TensorBoard, without TensorFlow, under every Keras backend."""

    def __init__(self, log_dir: Path) -> None:
        super().__init__()
        self._log_dir = log_dir

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Open the event file."""
        from tensorboard.summary import Writer

        self._writer = Writer(str(self._log_dir))

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Write training and validation values beside each other."""
        for name, value in (logs or {}).items():
            part = "validation" if name.startswith("val_") else "training"
            self._writer.add_scalar(f"{name.removeprefix('val_')}/{part}", float(value), epoch + 1)
        self._writer.flush()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Close the event file."""
        self._writer.close()
