"""A command of this program in a process of its own, which outlives the page that starts it."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from fsat_core.settings import Settings

NICENESS = 5  # where cores are short, pages come first; where they are not, nothing is lost


def launch_command(words: Sequence[str], settings: Settings, log_path: Path) -> "subprocess.Popen[bytes]":
    """Start `fsat` with these words, and have all that it says written to a file; returns the process.

    Raises
    ------
    OSError
        If the file cannot be written, or no process can be started.
    """
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "fsat_core", *words],
            cwd=Path(__file__).parents[1],
            env={**os.environ, **settings.environment(), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    with suppress(OSError):  # it has ended already
        os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
    # Whoever waits for it lets it go: else it stays in the list of processes when it has ended.
    threading.Thread(target=process.wait, name="background-command", daemon=True).start()
    return process


def last_words(log_path: Path) -> str:
    """The last line of what such a process has said; "" where there is none."""
    try:
        lines = log_path.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].removeprefix("fsat_core: ") if lines else ""
