"""How far a download is, for whoever looks at its folder, and a way to stop it from there."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fsat_core.errors import Stopped
from fsat_core.files import write_json
from fsat_core.lock import is_held

WORK = ".download"
LOCK, LOG = "lock", "log"
_PROGRESS, _STOP = "progress.json", "stop"
_EVERY_S = 1.0


@dataclass(frozen=True)
class Progress:
    """What is being done, how many bytes of how many are done, and how long the rest takes (in s)."""

    step: str
    done: int
    total: int
    left_s: float | None


class Follower:
    """Keeps what is told of a download in its folder, about once a second, and ends it when asked to."""

    def __init__(self, folder: Path) -> None:
        self._work = folder / WORK
        self._step, self._began, self._first = "", 0.0, 0
        self._last = 0.0
        (self._work / _STOP).unlink(missing_ok=True)

    def __call__(self, step: str, done: int, total: int) -> None:
        """Take a step; `Stopped` where `ask_to_stop` was called."""
        now = time.monotonic()
        if step != self._step:
            self._step, self._began, self._first = step, now, done
        elif now - self._last < _EVERY_S:
            return
        self._last = now
        if (self._work / _STOP).exists():
            raise Stopped("The download was stopped. What has come is kept; the next one goes on from there.")
        rate = (done - self._first) / (now - self._began) if now > self._began else 0
        left_s = (total - done) / rate if rate > 0 else None
        value = {"step": step, "done": done, "total": total, "left_s": left_s}
        write_json(self._work / _PROGRESS, value, make_folder=False)

    def close(self) -> None:
        """Leave nothing of it."""
        for name in (_PROGRESS, _STOP):
            (self._work / name).unlink(missing_ok=True)


def read_progress(folder: Path) -> Progress | None:
    """How far the download into a folder is; None where none runs, or it has only just begun."""
    try:
        return Progress(**json.loads((folder / WORK / _PROGRESS).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def is_downloading(folder: Path) -> bool:
    """Whether a download into a folder runs."""
    return is_held(folder / WORK / LOCK)


def ask_to_stop(folder: Path) -> None:
    """Ask the download into a folder to stop; what has come is kept."""
    with suppress(FileNotFoundError):  # it has ended, and somebody has removed all of it
        (folder / WORK / _STOP).touch()
