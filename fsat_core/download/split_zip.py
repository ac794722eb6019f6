"""Split ZIP archives, as `zip -s` writes them: `NAME.z01`, `NAME.z02`, … and `NAME.zip` last.

The pieces are one archive that was cut anywhere, but its directory, at the end, says of each file in which
piece it begins, and where in that piece. Python's zipfile reads one file alone. Here it gets the pieces as
one file with an end that says so, and the places are reckoned from the beginning of the first piece.
"""

import io
import struct
import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

# Records at the end of an archive (PKWARE's APPNOTE 4.3.14 to 4.3.16), after their signatures.
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_LONGEST_COMMENT = 0xFFFF


@contextmanager
def open_split_zip(pieces: Sequence[Path]) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """Open an archive of one or several pieces, with its entries.

    Parameters
    ----------
    pieces : sequence of Path
        In their order, the one that ends in `.zip` last.

    Yields
    ------
    zipfile.ZipFile
        Opens entries.
    list of zipfile.ZipInfo
        All entries, which know their places in the whole.

    Raises
    ------
    zipfile.BadZipFile
        If it is no such archive, or pieces are missing.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(piece.open("rb")) for piece in pieces]
        sizes = [piece.stat().st_size for piece in pieces]
        starts = [0, *accumulate(sizes)]
        whole = io.BufferedReader(_Joined(list(zip(files, sizes, strict=True))))
        directory_end, end = _joined_end(whole, starts)
        rest = directory_end
        parts: list[tuple[BinaryIO, int]] = []
        for file, size in zip(files, sizes, strict=True):
            parts.append((file, min(size, rest)))
            rest -= parts[-1][1]
        view = io.BufferedReader(_Joined([*parts, (io.BytesIO(end), len(end))]))
        archive = stack.enter_context(zipfile.ZipFile(view))
        yield archive, [_placed(entry, starts) for entry in archive.infolist()]


class _Joined(io.RawIOBase):
    """Several open files, each up to a length, read as one."""

    def __init__(self, parts: Sequence[tuple[BinaryIO, int]]) -> None:
        self._files = [file for file, _ in parts]
        self._starts = [0, *accumulate(size for _, size in parts)]
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._starts[-1]}[whence]
        if base + offset < 0:
            raise ValueError(f"seek to {base + offset}, expected 0 or more")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        number = bisect_right(self._starts, self._position) - 1
        if number >= len(self._files):
            return 0
        file, view = self._files[number], memoryview(buffer)
        file.seek(self._position - self._starts[number])
        content = file.read(min(len(view), self._starts[number + 1] - self._position))
        view[: len(content)] = content
        self._position += len(content)
        return len(content)


def _joined_end(whole: BinaryIO, starts: Sequence[int]) -> tuple[int, bytes]:
    """Where the directory ends, and the records that follow it, as if the archive had never been split."""
    tail_start = max(starts[-1] - _END.size - _LONGEST_COMMENT, 0)
    tail = _read(whole, tail_start, starts[-1] - tail_start)
    at = tail.rfind(b"PK\5\6", 0, len(tail) - _END.size + 4)
    if at < 0:
        raise zipfile.BadZipFile("it has no end of an archive")
    _, disk, directory_disk, _, num_entries, num_bytes, offset, _ = _END.unpack_from(tail, at)
    locator = _read(whole, max(tail_start + at - _LOCATOR_64.size, 0), _LOCATOR_64.size)
    if locator.startswith(b"PK\6\7"):
        _, end_disk, end_offset, _ = _LOCATOR_64.unpack(locator)
        record = _read(whole, _place(starts, end_disk, end_offset), _END_64.size)
        if not record.startswith(b"PK\6\6"):
            raise zipfile.BadZipFile("its end is not where it says")
        *_, disk, directory_disk, _, num_entries, num_bytes, offset = _END_64.unpack(record)
    if disk != len(starts) - 2:
        raise zipfile.BadZipFile(f"it is of {disk + 1} pieces, and here are {len(starts) - 1}")
    start = _place(starts, directory_disk, offset)
    if start + num_bytes > tail_start + at:
        raise zipfile.BadZipFile("its directory is not where it says")
    end_64 = (b"PK\6\6", _END_64.size - 12, 45, 45, 0, 0, num_entries, num_entries, num_bytes, start)
    ends = (
        _END_64.pack(*end_64),
        _LOCATOR_64.pack(b"PK\6\7", 0, start + num_bytes, 1),
        _END.pack(b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0),
    )
    return start + num_bytes, b"".join(ends)


def _read(whole: BinaryIO, start: int, num_bytes: int) -> bytes:
    whole.seek(start)
    content = whole.read(num_bytes)
    if len(content) < num_bytes:
        raise zipfile.BadZipFile("it is cut off")
    return content


def _place(starts: Sequence[int], disk: int, offset: int) -> int:
    """The place in the whole of a place in one of the pieces."""
    if disk >= len(starts) - 1 or offset > starts[disk + 1] - starts[disk]:
        raise zipfile.BadZipFile(f"something begins in piece {disk + 1} at {offset:,}, where nothing is")
    return starts[disk] + offset


def _placed(entry: zipfile.ZipInfo, starts: Sequence[int]) -> zipfile.ZipInfo:
    """An entry that knows its place in the whole.

    A new one, for zipfile keeps in its own where it thinks that each ends, by places within the pieces.
    """
    placed = zipfile.ZipInfo(entry.orig_filename, entry.date_time)
    placed.filename = entry.filename
    for name in ("compress_type", "flag_bits", "CRC", "compress_size", "file_size", "external_attr"):
        setattr(placed, name, getattr(entry, name))
    placed.create_system = entry.create_system
    placed.header_offset = _place(starts, entry.volume, entry.header_offset)
    return placed
