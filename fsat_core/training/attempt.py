"""One attempt at a fold: a folder of its own, which takes the fold's place once the fold is complete.

So a fold that goes on after its worker was killed, as on a cluster, never writes into what a later attempt
makes.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fsat_core.files import remove
from fsat_core.runs.run import Run

_MARKER = ".attempt-"


@contextmanager
def mark_attempt(run: Run) -> Iterator[Path]:
    """The marker of a worker's attempt at a run: a file that its folds look for, and end without.

    What earlier attempts left goes first, so that folds of theirs that are still trained somewhere end. Only
    the holder of the run's lock may do this.
    """
    discard_attempts(run)
    marker = run.path / f"{_MARKER}{secrets.token_hex(4)}"
    marker.touch()
    try:
        yield marker
    finally:
        marker.unlink(missing_ok=True)


def discard_attempts(run: Run) -> None:
    """Remove what unfinished attempts left."""
    for marker in run.path.glob(f"{_MARKER}*"):
        marker.unlink(missing_ok=True)
    for folder in run.path.glob(".fold_*"):
        remove(folder)


@dataclass(frozen=True)
class Attempt:
    """An attempt at one fold.

    Parameters
    ----------
    run : Run
    fold : int
    path : Path
        Its folder.
    marker : Path, optional
        The marker of the worker that asked for it.
    """

    run: Run
    fold: int
    path: Path
    marker: Path | None = None

    @classmethod
    def begin(cls, run: Run, fold: int, marker: Path | None = None) -> "Attempt":
        """A new attempt; FileNotFoundError where the run has been deleted."""
        path = run.path / f".{run.fold_dir(fold).name}.{secrets.token_hex(4)}"
        path.mkdir()
        return cls(run, fold, path, marker)

    @property
    def is_over(self) -> bool:
        """Whether to end: somebody asked the run to stop, its worker has ended, or the run was deleted."""
        gone = self.marker is not None and not self.marker.exists()
        return gone or self.run.stop_requested or not self.path.is_dir()

    def publish(self) -> None:
        """Put the complete fold in its place, on disk before it is seen there."""
        for path in self.path.iterdir():
            _sync(path)
        place = self.run.fold_dir(self.fold)
        remove(place)
        self.path.rename(place)
        _sync(self.run.path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
