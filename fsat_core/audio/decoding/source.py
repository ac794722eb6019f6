"""Sound files as they are handed in: paths or open files, opened without their names and only if regular."""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fsat_core.errors import AudioError
from fsat_core.files import source_name

HEAD_BYTES = 4096
# A pipe without a writer would block whoever opens it, before it can be told from a file.
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}

Source = str | Path | BinaryIO


def open_descriptor(path: str | Path) -> tuple[int, os.stat_result]:
    """A descriptor of a regular file and what the system knows of the file; the caller closes it.

    Raises
    ------
    AudioError
        If there is no such file, it may not be read, or it is a folder, a pipe or a device.
    """
    try:
        descriptor = _open(path)
    except OSError as error:
        raise cannot_open(path, (error.strerror or str(error)).lower()) from None
    except ValueError:  # an embedded zero byte, or a character that no file name can have
        raise cannot_open(path, "no file can have this name") from None
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        kind = _KINDS.get(stat.S_IFMT(facts.st_mode), "no file")
        raise cannot_open(path, f"it is {kind}")
    return descriptor, facts


def _open(path: str | Path) -> int:
    try:
        return os.open(path, _FLAGS)
    except FileNotFoundError:
        # A copy of a clip from elsewhere that was removed just now, to make room, is brought again.
        return os.open(path, _FLAGS)


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """An open file without a name, since libraries believe what a suffix says.

    A path is opened, and closed at the end; an open file stays open.
    """
    if isinstance(source, str | os.PathLike):
        descriptor, _ = open_descriptor(source)
        with io.FileIO(descriptor) as file:
            yield file
    else:
        yield Unnamed(source)  # type: ignore[misc]


@contextmanager
def answering(source: Source) -> Iterator[None]:
    """Makes one line of a drive that no longer answers while a file on it is read."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise AudioError(
            f"{source_name(source)}: cannot be read ({reason}), expected a drive that answers; see whether "
            "it is there, and try again."
        ) from error


class Unnamed:
    """The part of an open file that readers need."""

    def __init__(self, file: BinaryIO) -> None:
        self._seek = file.seek
        self.read, self.tell = file.read, file.tell

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of the file; a position that no file has changes nothing, since readers cannot be told."""
        try:
            return self._seek(offset, whence)
        except (OSError, OverflowError, ValueError):
            return self.tell()


def size_of(file: BinaryIO) -> int:
    """The length of an open file in bytes."""
    return file.seek(0, os.SEEK_END)


def read_at(file: BinaryIO, position: int, num_bytes: int = HEAD_BYTES) -> bytes:
    """So many bytes of an open file from a position on; fewer at its end."""
    file.seek(position)
    return file.read(num_bytes)


def cannot_open(source: Source, reason: str) -> AudioError:
    """The error for what is not there, or is no regular file."""
    return AudioError(
        f"{source_name(source)}: cannot be opened ({reason}), expected a sound file that may be read; check "
        "its name and its permissions."
    )
