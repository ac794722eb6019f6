"""Listening to a data set in the background: a process of its own, which outlives the page that started it.

It is `fsat embed`. The store says how far it is, its lock whether it is there, and its log why it ended.
"""

import re
import subprocess
from pathlib import Path

from fsat_core import background
from fsat_core.background import launch_command
from fsat_core.embedding.build import Place
from fsat_core.errors import FsatError
from fsat_core.settings import Settings


def log_path(place: Place) -> Path:
    """What the last process said."""
    return place.folder.with_suffix(".log")


def stop_path(place: Place) -> Path:
    """A file that asks whoever listens to stop."""
    return place.folder.with_suffix(".stop")


def launch(place: Place, settings: Settings, bring: bool) -> "subprocess.Popen[bytes]":
    """Begin to listen, or go on; with `bring`, get the network first. Returns the process.

    Raises
    ------
    FsatError
        If the cache folder cannot be written, or no process can be started.
    """
    try:
        place.folder.parent.mkdir(parents=True, exist_ok=True)
        stop_path(place).unlink(missing_ok=True)
        return launch_command(["embed", *(["--bring"] if bring else [])], settings, log_path(place))
    except OSError as error:
        raise FsatError(
            f"Listening cannot be started ({error.strerror or error}): expected a cache folder with free "
            "space, and room for a process. Mend that, or set FSAT_CACHE_DIR to another folder."
        ) from error


def stop(place: Place) -> None:
    """Ask whoever listens to stop; what has been heard is kept."""
    stop_path(place).touch()


def describe_drawing(done: int, total: int) -> str:
    """How far the map is, as a process says it in its log."""
    return f"Drawing the map: {done:,} of {total:,} rounds"


def drawn_share(place: Place) -> float:
    """How far the map is that a process draws, from 0 to 1, by its log."""
    found = re.fullmatch(r"Drawing the map: ([\d,]+) of ([\d,]+) rounds", last_words(place))
    done, total = (int(number.replace(",", "")) for number in found.groups()) if found else (0, 1)
    return done / total


def last_words(place: Place) -> str:
    """The last line of the log; "" where there is none."""
    return background.last_words(log_path(place))
