"""Work for processes that die, now and then or always."""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fsat_core.audio.blocks import MonoWave


def square(folder: Path, shard: Sequence[int]) -> list[int]:
    """The squares of numbers. 13 ends its process each time, an even number the first time."""
    for number in shard:
        if number == 13 or (number % 2 == 0 and is_first(folder / str(number))):
            kill_this()
    return [number * number for number in shard]


def write_pid_and_wait(path: Path, _: Sequence[int]) -> None:
    """Never ends by itself."""
    path.write_text(str(os.getpid()))
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
