"""Work for processes that die, now and then or always."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.decoding.header import AudioHeader
from fsat_core.audio.store.clip_store import ClipStore


def square(folder: Path, shard: Sequence[int]) -> list[int]:
    """The squares of numbers. 13 ends its process each time, an even number the first time."""
    for number in shard:
        if number == 13 or (number % 2 == 0 and is_first(folder / str(number))):
            kill_this()
    return [number * number for number in shard]


def write_pid_and_wait(path: Path, _: Sequence[int]) -> None:
    """Never ends by itself. Who sees the file can read the number in it."""
    part = path.with_suffix(".part")
    part.write_text(str(os.getpid()))
    part.replace(path)
    signal.pause()


@dataclass(frozen=True)
class Reader:
    """Opens files, and writes in `log` which ones and where.

    Those in `kills` end their process each time, those in `kills_once` the first time.
    """

    log: Path
    kills: tuple[str, ...] = ()
    kills_once: tuple[str, ...] = ()

    def __call__(self, path: Path) -> MonoWave:
        with self.log.open("a") as log:
            log.write(f"{path.name} {os.getpid()}\n")
        if path.name in self.kills or (
            path.name in self.kills_once and is_first(self.log.with_name(path.name))
        ):
            kill_this()
        return MonoWave(path)

    @property
    def names(self) -> list[str]:
        """The names of the files that were opened."""
        return [line.split()[0] for line in self._lines]

    @property
    def pids(self) -> set[int]:
        """The processes that opened them."""
        return {int(line.split()[1]) for line in self._lines}

    @property
    def _lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


def is_first(marker: Path) -> bool:
    """Whether nobody has asked this before, in any process."""
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def kill_this() -> None:
    """End this process as the system does when there is no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)


def full_disk(path: Path) -> MonoWave:
    """As a write to a full disk."""
    raise OSError(28, "No space left on device")


@dataclass(frozen=True)
class HeaderReader:
    """Reads headers; those in `kills_once` end their process the first time."""

    folder: Path
    kills_once: tuple[str, ...] = ()

    def __call__(self, store: ClipStore, fname: str) -> tuple[AudioHeader, int]:
        if fname in self.kills_once and is_first(self.folder / f"header_{fname}"):
            kill_this()
        return store.read_header(fname)


def company(folder: Path) -> tuple[str, int]:
    """The name of the worker that this is called on, and how many such calls run meanwhile."""
    from distributed import get_worker

    mine = folder / f"{time.monotonic_ns()}_{os.getpid()}"
    mine.touch()
    time.sleep(0.2)
    num_calls = len(list(folder.iterdir()))
    mine.unlink()
    return str(get_worker().name), num_calls
