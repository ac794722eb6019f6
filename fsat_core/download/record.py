"""What a Zenodo record lists: the archives of each part of FSDKaggle2019, with their sizes and checksums."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from fsat_core.errors import FsatError
from fsat_core.text import list_some, shorten

# The folder of each part in a data set, and the name of its archive without `.zip`.
PARTS = {
    "meta": "FSDKaggle2019.meta",
    "curated": "FSDKaggle2019.audio_train_curated",
    "noisy": "FSDKaggle2019.audio_train_noisy",
    "test": "FSDKaggle2019.audio_test",
    "doc": "FSDKaggle2019.doc",
}


_LARGEST = 1 << 50  # bytes that a file can have


@dataclass(frozen=True)
class RemoteFile:
    """A file of the record: its name, address, length and MD5 in hexadecimal digits."""

    name: str
    url: str
    num_bytes: int
    md5: str


@dataclass(frozen=True)
class RemotePart:
    """The archive of a part: one ZIP file, or a split one with its pieces in order, the last one `.zip`."""

    name: str
    files: tuple[RemoteFile, ...]

    @property
    def folder(self) -> str:
        """The name of its folder in a data set."""
        return PARTS[self.name]

    @property
    def num_bytes(self) -> int:
        """The length of all its files."""
        return sum(file.num_bytes for file in self.files)


def read_record(content: bytes, parts: Sequence[str]) -> list[RemotePart]:
    """The archives of these parts, by what Zenodo's REST API says of the record.

    Parameters
    ----------
    content : bytes
        JSON with `files`: each has `key`, `size`, `checksum` and `links.self`. Other files are of no matter.
    parts : sequence of str
        Among `PARTS`.

    Raises
    ------
    FsatError
        If it is something else, or an archive, or a piece of one, is not listed.
    """
    try:
        listed = {entry["key"]: entry for entry in json.loads(content)["files"]}
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise FsatError(
            "The record cannot be read: expected JSON with a list `files`, as Zenodo's REST API writes it, "
            f"not {shorten(repr(content[:60]), 60)}. Try again later, or check FSAT_RECORD_URL."
        ) from error
    return [RemotePart(part, tuple(_archive(PARTS[part], listed))) for part in parts]


def _archive(stem: str, listed: dict[str, object]) -> list[RemoteFile]:
    pieces = sorted(
        (int(found[1]), name)
        for name in listed
        if (found := re.fullmatch(rf"{re.escape(stem)}\.z(\d{{2,4}})", str(name), re.ASCII))
    )
    names = [name for _, name in pieces] + [f"{stem}.zip"]
    if [number for number, _ in pieces] != list(range(1, len(names))) or names[-1] not in listed:
        shown = list_some(sorted(map(str, listed)), 12) or "nothing"
        raise FsatError(
            f"The record lists {shown}: expected {stem}.zip, with all its pieces .z01, .z02 and so on where "
            "it is split. Leave that part out with --part, or check FSAT_RECORD_URL."
        )
    return [_file(name, listed[name]) for name in names]


def _file(name: str, entry: object) -> RemoteFile:
    try:
        size, checksum, url = entry["size"], entry["checksum"], entry["links"]["self"]  # type: ignore[index]
        if type(size) is int and 0 < size < _LARGEST and re.match(r"https?://", url):
            return RemoteFile(name, url, size, re.fullmatch(r"md5:([0-9a-f]{32})", checksum)[1])  # type: ignore[index]
    except (TypeError, LookupError):
        pass
    raise FsatError(
        f"The record does not say what {name} is: expected its size, its checksum as md5:… and the address "
        "links.self. Try again later, or check FSAT_RECORD_URL."
    )
