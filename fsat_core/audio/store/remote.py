"""Clips at an address of fsspec: `s3://bucket/prefix`, `gs://...`, `https://...`."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from fsat_core.audio.decoding.header import AudioHeader
from fsat_core.audio.store import faults
from fsat_core.audio.store.client import checked, connect
from fsat_core.audio.store.clip_store import MISSING, Stamp
from fsat_core.audio.store.remote_clip import Remote, RemoteClip
from fsat_core.errors import DatasetError
from fsat_core.settings import clip_cache_dir
from fsat_core.text import readable

NUM_READERS = 16
_DEPTH = 3  # of folders on the web: the set, its parts, a folder for each class
_CHANGES = ("ETag", "etag", "md5Hash", "Content-MD5", "LastModified", "Last-Modified", "mtime", "created")
_STAMP_BITS = 30  # of a time in seconds, long ago, which every file system keeps exactly


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
        self._listing = listing or _Listing(checked(address))
        self._folder = folder
        self.name = readable(f"{self._listing.address}/{folder}".rstrip("/").rpartition("/")[2])
        self.where = readable(f"{self._listing.address}/{folder}".rstrip("/"))

    def within(self, name: str) -> "RemoteStore":
        """The folder of that name in this one; it need not be there."""
        return RemoteStore(self._listing.address, _join(self._folder, name), self._listing)

    def only(self, name: str) -> "RemoteStore":
        """The same folder with this one file; nothing is listed again."""
        folder, _, last = name.rpartition("/")
        listing = _Listing(self._listing.address)
        found = self._find(name)
        listing.folders = {_join(self._folder, folder): {last: found} if found else {}}
        return RemoteStore(self._listing.address, self._folder, listing)

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
        """Each file, with the folders that it is in and its name."""
        try:
            client, root = connect(self.address)
            found = _find(client, root, self._is_web)
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


def _find(client: Any, root: str, is_web: bool) -> dict[str, dict[str, Any]]:
    """What the client knows of each file below an address, by path, as it is now."""
    client.invalidate_cache()
    found: dict[str, dict[str, Any]] = (
        _find_on_web(client, root) if is_web else client.find(root, detail=True)
    )
    if not found:
        client.ls(root)  # says why
    unknown = [path for path, facts in found.items() if facts.get("size") is None]
    if unknown:
        with ThreadPoolExecutor(NUM_READERS) as pool:
            found |= zip(unknown, pool.map(client.info, unknown), strict=True)
    return found


def _find_on_web(client: Any, root: str) -> dict[str, dict[str, Any]]:
    """The files below an address, as `find` gives them.

    That leaves out folders whose server does not answer; here only links to nothing are left out.
    """
    found: dict[str, dict[str, Any]] = {}
    folders = [root.rstrip("/")]
    for depth in range(_DEPTH):
        inside: list[str] = []
        for folder in folders:
            with suppress(*(FileNotFoundError,) if depth else ()):
                for facts in client.ls(folder, detail=True):
                    name = facts["name"].rstrip("/")
                    if not name.startswith(f"{folder}/"):  # a link that leads elsewhere
                        continue
                    if facts["type"] == "directory":
                        inside.append(name)
                    else:
                        found[name] = facts
        folders = inside
    return found


def _stamp_of(facts: dict[str, Any]) -> Stamp:
    changed = "\n".join(str(facts.get(key, "")) for key in _CHANGES)
    digest = hashlib.sha256(changed.encode()).digest()
    seconds = int.from_bytes(digest[:4], "big") >> (32 - _STAMP_BITS)
    return int(facts.get("size") or 0), seconds * 1_000_000_000


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name
