"""Processes that a test has ended, seen from outside."""

from contextlib import suppress
from pathlib import Path

import psutil


def is_gone(process: psutil.Process) -> bool:
    """Whether it runs no more; one that nobody has waited for counts as gone, too."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # between the two questions
        return True


def session_niceness(pid: int) -> int | None:
    """How nice the session of a process is to others; None on a system that does not share cores so."""
    with suppress(OSError):
        if words := Path(f"/proc/{pid}/autogroup").read_text().split():
            return int(words[-1])
    return None
