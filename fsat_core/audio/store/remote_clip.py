"""A clip at an address, as a path of this machine."""

import os
import stat
import time
from collections.abc import Callable
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from fsat_core.audio.decoding.header import AudioHeader
from fsat_core.audio.header import read_header
from fsat_core.audio.store import faults
from fsat_core.audio.store.client import connect
from fsat_core.audio.store.clip_store import MISSING, Stamp
from fsat_core.audio.store.local_copies import LocalCopies
from fsat_core.audio.store.ranges import header_by_ranges
from fsat_core.settings import clip_cache_dir, clip_cache_gb
from fsat_core.text import readable

_PAUSES_S = (0.5, 1.0)  # before a clip that broke off is asked for again

if TYPE_CHECKING:
    _LocalPath = Path
else:
    _LocalPath = type(Path())


class Remote(NamedTuple):
    """One file at an address: the folder it is listed below, its path as the client has it, and its stamp."""

    address: str
    path: str
    stamp: Stamp


class RemoteClip(_LocalPath):
    """The path of a clip's local copy, which is brought when it is opened.

    Its name, size and time are known without that. The time stands for the clip's stamp, and is that of the
    copy, too. A path that is made of this one is an ordinary one, to a copy that need not be there.
    """

    def __new__(cls, local: str, remote: Remote) -> "RemoteClip":
        """`local` is the path of the copy."""
        clip = super().__new__(cls, local)
        clip.remote = remote
        return clip

    def __init__(self, local: str, remote: Remote) -> None:
        self.remote = remote
        if _LocalPath.__init__ is not object.__init__:  # from Python 3.12 on
            super().__init__(local)  # type: ignore[call-arg]

    def with_segments(self, *segments: str) -> Path:
        """Paths that are made of this one are ordinary ones."""
        return Path(*segments)

    @property
    def parent(self) -> Path:  # type: ignore[override]
        """The folder of the copy: the same for all clips of a folder."""
        return Path(str(self)).parent

    def __reduce__(self) -> tuple[Any, ...]:
        return RemoteClip, (str(self), self.remote)

    def __fspath__(self) -> str:
        """The path of the copy, which is there now; an AudioError where it cannot be brought."""
        self.bring()
        return str(self)

    def bring(self) -> None:
        """Copy the clip to this machine, unless it is here.

        Raises
        ------
        AudioError
            A `StoreFault` where it cannot be had.
        """
        self._check()
        if self._is_here():
            return
        try:
            _copies().bring(Path(str(self)), self.remote.stamp, self._download)
        except OSError as error:
            folder = readable(str(clip_cache_dir()))
            raise faults.not_kept(readable(self.name), folder, error) from None

    def read_header(self) -> AudioHeader:
        """The facts of the clip, by as few bytes as will do; else an AudioError."""
        self._check()
        if self._is_here():
            return read_header(self)
        return header_by_ranges(self, self.remote.stamp[0], self._read_range)

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Size and time of the clip as it was listed."""
        num_bytes, changed_ns = self.remote.stamp
        if self.remote.stamp == MISSING:
            raise FileNotFoundError(2, "No such file or directory", readable(self.name))
        seconds = changed_ns // 1_000_000_000
        facts = (stat.S_IFREG | 0o444, 0, 0, 1, 0, 0, num_bytes)
        times = (
            [seconds] * 3,
            [float(seconds)] * 3,
            [changed_ns] * 3,
        )  # of access, change and making, thrice
        return os.stat_result((*facts, *chain.from_iterable(times)))

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it was listed."""
        return self.remote.stamp != MISSING

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it was listed."""
        return self.exists()

    def open(self, *args: Any, **options: Any) -> IO[Any]:  # type: ignore[override]
        """The copy, open; an AudioError where it cannot be brought."""
        try:
            return open(self, *args, **options)  # noqa: PTH123
        except FileNotFoundError:  # it was removed, to make room, before it was open
            return open(self, *args, **options)  # noqa: PTH123

    @property
    def _where(self) -> str:
        return self.remote.address

    def _is_here(self) -> bool:
        return _copies().is_here(Path(str(self)), self.remote.stamp)

    def _check(self) -> None:
        if not self.exists():
            raise faults.explain(FileNotFoundError(), readable(self.name), self._where)

    def _download(self, aside: Path) -> None:
        """Write the clip into a file; what breaks off is tried again."""
        self._ask(lambda client: self._download_once(client, aside))

    def _download_once(self, client: Any, aside: Path) -> None:
        client.get_file(self.remote.path, str(aside))
        num_bytes = aside.stat().st_size
        if num_bytes != self.remote.stamp[0]:
            raise faults.other_length(readable(self.name), self._where, num_bytes, self.remote.stamp[0])

    def _read_range(self, start: int, stop: int) -> bytes:
        def read(client: Any) -> bytes:
            content: bytes = client.cat_file(self.remote.path, start=start, end=stop)
            # A server that knows no ranges sends all of it.
            content = content[start:stop] if len(content) == self.remote.stamp[0] else content
            if len(content) != stop - start:
                raise faults.other_length(readable(self.name), self._where, len(content), stop - start)
            return content

        return self._ask(read)

    def _ask(self, question: Callable[[Any], Any]) -> Any:
        """The answer of the client; a question that it fails is asked again, unless that cannot help."""
        for pause_s in _PAUSES_S:
            try:
                return self._ask_once(question)
            except faults.StoreFault as fault:
                if fault.is_final:
                    raise
            time.sleep(pause_s)
        return self._ask_once(question)

    def _ask_once(self, question: Callable[[Any], Any]) -> Any:
        client, _ = connect(self.remote.address)
        try:
            return question(client)
        except faults.StoreFault:
            raise
        except Exception as error:  # clients raise what they like
            if faults.is_local(error):
                raise
            raise faults.explain(error, readable(self.name), self._where) from None


def _copies() -> LocalCopies:
    return _copies_in(clip_cache_dir(), int(clip_cache_gb() * 1e9))


@lru_cache(maxsize=8)
def _copies_in(folder: Path, most_bytes: int) -> LocalCopies:
    return LocalCopies(folder, most_bytes)
