"""Clips at an address of fsspec: `s3://bucket/prefix`, `gs://...`, `https://...`.

fsspec and the package of the address are imported when something is asked of it, and take credentials from
where they always do: their own variables and files.
"""

import hashlib
import os
import re
import stat
import time
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from fsat_core.audio.decoding.header import AudioHeader
from fsat_core.audio.store import faults
from fsat_core.audio.store.clip_store import MISSING, Stamp
from fsat_core.audio.store.local_copies import LocalCopies
from fsat_core.audio.store.ranges import header_by_ranges
from fsat_core.errors import ConfigError, DatasetError
from fsat_core.settings import clip_cache_dir, clip_cache_gb
from fsat_core.text import readable

NUM_READERS = 16
_PAUSES_S = (0.5, 1.0)  # before a clip that broke off is asked for again
_CHANGES = ("ETag", "etag", "md5Hash", "Content-MD5", "LastModified", "Last-Modified", "mtime", "created")
_STAMP_BITS = 30  # of a time in seconds, long ago, which every file system keeps exactly

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
        copies, copy = _copies(clip_cache_dir(), int(clip_cache_gb() * 1e9)), Path(str(self))
        if copies.is_here(copy, self.remote.stamp):
            return
        try:
            copies.bring(copy, self.remote.stamp, self._download)
        except OSError as error:
            folder = readable(str(clip_cache_dir()))
            raise faults.not_kept(readable(self.name), folder, error) from None

    def read_header(self) -> AudioHeader:
        """The facts of the clip, by as few bytes as will do; else an AudioError."""
        self._check()
        return header_by_ranges(self, self.remote.stamp[0], self._read_range)

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Size and time of the clip as it was listed."""
        num_bytes, changed_ns = self.remote.stamp
        if self.remote.stamp == MISSING:
            raise FileNotFoundError(2, "No such file or directory", readable(self.name))
        seconds = changed_ns // 1_000_000_000
        facts = (stat.S_IFREG | 0o444, 0, 0, 1, 0, 0, num_bytes, seconds, seconds, seconds)
        exact = {"st_mtime": float(seconds), "st_mtime_ns": changed_ns}
        return os.stat_result((*facts, *[float(seconds)] * 3, *[changed_ns] * 3), exact)

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
        client, _ = _connect(self.remote.address)
        for pause_s in (*_PAUSES_S, None):
            try:
                return question(client)
            except faults.StoreFault as error:
                fault = error
            except Exception as error:  # clients raise what they like
                if faults.is_local(error):
                    raise
                fault = faults.explain(error, readable(self.name), self._where)
            if fault.is_final or pause_s is None:
                raise fault from None
            time.sleep(pause_s)
        return None


class RemoteStore:
    """A folder at an address as a `ClipStore`; everything below the address is listed once.

    Parameters
    ----------
    address : str
        Without credentials.
    folder : str
        Below the address; "" for all of it.
    listing : _Listing, optional
        That of the store that this folder is in.

    Raises
    ------
    ConfigError
        If it is no address, or holds a password or a question.
    """

    num_readers = NUM_READERS

    def __init__(self, address: str, folder: str = "", listing: "_Listing | None" = None) -> None:
        self._listing = listing or _Listing(_checked(address))
        self._folder = folder
        self.name = readable(f"{self._listing.address}/{folder}".rstrip("/").rpartition("/")[2])
        self.where = readable(f"{self._listing.address}/{folder}".rstrip("/"))

    def within(self, name: str) -> "RemoteStore":
        """The folder of that name in this one; it need not be there."""
        return RemoteStore(self._listing.address, _join(self._folder, name), self._listing)

    def entries(self) -> list[tuple[str, bool]]:
        """The name of each entry, and whether it is a folder; a DatasetError where it cannot be listed."""
        return [(name, remote is None) for name, remote in self._files().items()]

    def stamps(self) -> dict[str, Stamp]:
        """Size of each file and a number made of its ETag and time, by name; a DatasetError as above."""
        return {name: remote.stamp for name, remote in self._files().items() if remote is not None}

    def stamp(self, name: str) -> Stamp:
        """As in `stamps`; `MISSING` where there is no such file."""
        remote = self._find(name)
        return remote.stamp if remote is not None else MISSING

    def has(self, name: str) -> bool:
        """Whether there is an entry called exactly so."""
        folder, _, last = name.rpartition("/")
        return last in self._listing.folders.get(_join(self._folder, folder), {})

    def read_header(self, name: str) -> tuple[AudioHeader, int]:
        """The facts of a clip, and the second part of its stamp; else an AudioError."""
        clip = self.clip(name)
        return clip.read_header(), clip.remote.stamp[1]

    def clip(self, name: str) -> RemoteClip:
        """A path whose file is brought when it is opened."""
        address = self._listing.address
        kept = hashlib.sha256(address.encode()).hexdigest()[:16]
        local = os.path.join(clip_cache_dir(), kept, *_join(self._folder, name).split("/"))  # noqa: PTH118
        return RemoteClip(local, self._find(name) or Remote(address, "", MISSING))

    def _files(self) -> "dict[str, Remote | None]":
        return self._listing.folders.get(self._folder, {})

    def _find(self, name: str) -> Remote | None:
        folder, _, last = name.rpartition("/")
        return self._listing.folders.get(_join(self._folder, folder), {}).get(last)


class _Listing:
    """Everything below an address, when it is first asked for."""

    def __init__(self, address: str) -> None:
        self.address = address

    @cached_property
    def folders(self) -> dict[str, dict[str, Remote | None]]:
        """The entries of each folder by name, None for a folder; folders by their path below the address."""
        folders: dict[str, dict[str, Remote | None]] = {"": {}}
        for parts, remote in self._files():
            for depth in range(1, len(parts)):
                folders.setdefault("/".join(parts[: depth - 1]), {}).setdefault(parts[depth - 1], None)
            folders.setdefault("/".join(parts[:-1]), {})[parts[-1]] = remote
        return folders

    @property
    def _is_web(self) -> bool:
        return self.address.startswith(("http://", "https://"))

    def _files(self) -> list[tuple[list[str], Remote]]:
        try:
            client, root = _connect(self.address)
            client.invalidate_cache()
            # Clients that walk through folders would leave out those that did not answer.
            found = client.find(root, detail=True, **({"on_error": "raise"} if self._is_web else {}))
            if not found:
                client.ls(root)  # says why
            unknown = [path for path, facts in found.items() if facts.get("size") is None]
            if unknown:
                from concurrent.futures import ThreadPoolExecutor

                with ThreadPoolExecutor(NUM_READERS) as pool:
                    found.update(zip(unknown, pool.map(client.info, unknown), strict=True))
        except DatasetError:
            raise
        except Exception as error:  # clients raise what they like
            raise faults.explain_set(error, self.address) from None
        if not found:
            raise faults.nothing_at(self.address)
        files = []
        for path, facts in found.items():
            name = path[len(root) :].strip("/")
            parts = (unquote(name) if self._is_web else name).split("/")
            if not {"", ".", ".."} & set(parts):  # of no file: keys of a bucket can be called anything
                files.append((parts, Remote(self.address, path, _stamp_of(facts))))
        return files


def _stamp_of(facts: dict[str, Any]) -> Stamp:
    changed = "\n".join(str(facts.get(key, "")) for key in _CHANGES)
    digest = hashlib.sha256(changed.encode()).digest()
    seconds = int.from_bytes(digest[:4], "big") >> (32 - _STAMP_BITS)
    return int(facts.get("size") or 0), seconds * 1_000_000_000


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name


def _checked(address: str) -> str:
    parts = urlsplit(address) if re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", address, re.IGNORECASE) else None
    if parts is None or "::" in address:
        raise ConfigError(
            "audio_url.txt holds no address: expected one line such as s3://bucket/folder, "
            "gs://bucket/folder or https://server/folder. Correct it."
        )
    if parts.password is not None or parts.query or parts.fragment:
        raise ConfigError(
            f"audio_url.txt has an address at {readable(parts.hostname or '')} with a password, a ? or a #: "
            "expected none, for it is shown and kept. Give credentials as the client of the address expects "
            "them, for S3 in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or in ~/.aws."
        )
    return address.rstrip("/")


@lru_cache(maxsize=8)
def _connect(address: str) -> tuple[Any, str]:
    """The client of an address, for all threads, and the path of its folder as the client has it."""
    scheme = address.partition("://")[0]
    try:
        import fsspec

        client, root = fsspec.url_to_fs(address)
    except ImportError:
        raise DatasetError(
            f"{address} needs a package that is not installed: expected fsspec and one for {scheme}://. "
            '`pip install -e ".[remote]"` brings those for s3:// and https://; gs:// needs gcsfs.'
        ) from None
    except ValueError:
        raise DatasetError(
            f"{address}: no package knows {scheme}://, expected an address such as s3://bucket/folder. "
            "Correct audio_url.txt."
        ) from None
    return client, root


@lru_cache(maxsize=8)
def _copies(folder: Path, most_bytes: int) -> LocalCopies:
    return LocalCopies(folder, most_bytes)
