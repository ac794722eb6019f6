"""How far the folds of a run are, read from what they write."""

import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pydantic import TypeAdapter

from fsat_core.errors import RunError
from fsat_core.runs.records import FoldProgress, UnreadableError, read_json
from fsat_core.runs.run import Run

PROGRESS_FILE = "progress.json"
_PROGRESS = TypeAdapter(FoldProgress)


@dataclass(frozen=True)
class TrainingProgress:
    """`running` maps each fold in training to its epochs done; `share` of all the work is 0 to 1."""

    running: dict[int, float]
    share: float
    clips_per_s: float
    eta_s: float | None


class ProgressReader:
    """Reads the progress of a run's folds and estimates the time left since it was made."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._start, self._start_share = time.monotonic(), len(run.folds) / run.config.n_folds

    def read(self) -> TrainingProgress:
        """Progress as of now. A fold is expected to take as many epochs as those before it took."""
        done = self._run.folds
        running, rates = {}, []
        for fold in set(range(self._run.config.n_folds)) - set(done):
            if (progress := _read(self._run.shown_dir(fold) / PROGRESS_FILE)) is not None:
                running[fold] = progress.epoch
                rates.append(progress.clips_per_s)
        expected = self._expected_epochs(done)
        partial = sum(min(epochs / expected, 1.0) for epochs in running.values())
        share = (len(done) + partial) / self._run.config.n_folds
        return TrainingProgress(running, share, sum(rates), self._eta(share))

    def _expected_epochs(self, done: list[int]) -> float:
        try:
            metrics = self._run.metrics()
        except RunError:  # damaged curves, which are only shown, stop nothing
            metrics = pd.DataFrame({"fold": []})
        num_epochs = metrics["fold"].value_counts()
        known = [int(num_epochs[fold]) for fold in done if fold in num_epochs]
        return sum(known) / len(known) if known else float(self._run.config.max_epochs)

    def _eta(self, share: float) -> float | None:
        gained, elapsed = share - self._start_share, time.monotonic() - self._start
        return elapsed * (1 - share) / gained if gained > 0 else None


def _read(path: Path) -> FoldProgress | None:
    try:
        return read_json(path, _PROGRESS)
    except UnreadableError:
        return None  # the fold has not begun
