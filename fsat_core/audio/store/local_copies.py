"""Copies of clips from elsewhere in the cache folder, of so many bytes at most.

A copy has the size of its clip, and the clip's stamp for its time of change: so it is known to be the clip as
it is now. When it was last used is its time of access. It is written aside and renamed, so that nobody meets
half of one; processes that bring the same clip at once both get it whole. One that is removed while somebody
reads it stays whole for them.
"""

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from weakref import WeakValueDictionary

from fsat_core.audio.store.clip_store import Stamp

_ASIDE = ".partial"
_DEAD_S = 3_600.0  # a download that has not grown for so long was killed
_KEPT = 7 / 8  # of the bound, when room is made: not for every clip anew
_BETWEEN = 1 / 32  # of the bound, before it is looked how much others have added


class LocalCopies:
    """The copies in one folder. Processes share it; each has one object for all of its threads.

    Parameters
    ----------
    folder : Path
    most_bytes : int
        A clip that is larger takes the place of all others.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most_bytes = folder, most_bytes
        self._guard = threading.Lock()  # of the next three
        self._locks: WeakValueDictionary[Path, threading.Lock] = WeakValueDictionary()  # of what is brought
        self._left = 0  # bytes that may be added before the folder is looked through again
        self._coming = 0  # bytes of downloads that are under way here

    def is_here(self, path: Path, stamp: Stamp) -> bool:
        """Whether there is a copy of the clip as it is now, which counts as used from this moment."""
        try:
            stat = path.stat()
            if (stat.st_size, stat.st_mtime_ns) != stamp:
                return False
            _mark(path, stamp)
        except OSError:  # not yet; or removed just now
            return False
        return True

    def bring(self, path: Path, stamp: Stamp, download: Callable[[Path], None]) -> None:
        """See that the copy at `path` is there; `download` writes it into a file, whole, or raises."""
        with self._guard:
            lock = self._locks.setdefault(path, threading.Lock())
        with lock:
            if self.is_here(path, stamp):  # a thread that came first has brought it
                return
            with self._room_for(stamp[0]), self._aside() as aside:
                download(aside)
                _mark(aside, stamp)
                path.parent.mkdir(parents=True, exist_ok=True)
                aside.replace(path)

    @contextmanager
    def _aside(self) -> Iterator[Path]:
        folder = self._folder / _ASIDE
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / uuid.uuid4().hex
        path.touch()
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    @contextmanager
    def _room_for(self, num_bytes: int) -> Iterator[None]:
        with self._guard:
            if self._left < num_bytes:
                total = self._make_room(num_bytes + self._coming)
                allowed = self._most_bytes - total - self._coming
                self._left = min(max(allowed, num_bytes), max(int(self._most_bytes * _BETWEEN), num_bytes))
            self._left -= num_bytes
            self._coming += num_bytes
        try:
            yield
        finally:
            with self._guard:
                self._coming -= num_bytes

    def _make_room(self, num_bytes: int) -> int:
        """Remove the copies that were used longest ago, if need be; returns the bytes of the others."""
        copies = sorted(self._copies())
        total = sum(size for _, size, _ in copies)
        if total + num_bytes <= self._most_bytes:
            return total
        for _, size, path in copies:
            if total + num_bytes <= self._most_bytes * _KEPT:
                break
            with suppress(OSError):  # gone, or held open where that keeps a file
                path.unlink()
                total -= size
        return total

    def _copies(self) -> Iterator[tuple[int, int, Path]]:
        """When each copy was used last (in ns), its size and its path. What was killed is removed."""
        for folder, _, names in os.walk(self._folder):
            for path in (Path(folder, name) for name in names):
                with suppress(OSError):  # renamed or removed just now
                    stat = path.stat()
                    if path.parent.name != _ASIDE:
                        yield stat.st_atime_ns, stat.st_size, path
                    elif time.time() - max(stat.st_atime, stat.st_mtime) > _DEAD_S:
                        path.unlink()


def _mark(path: Path, stamp: Stamp) -> None:
    os.utime(path, ns=(time.time_ns(), stamp[1]))
