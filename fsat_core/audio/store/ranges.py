"""The header of a clip elsewhere, by a few ranges of its bytes."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from fsat_core.audio.decoding.header import AudioHeader
from fsat_core.audio.decoding.source import HEAD_BYTES
from fsat_core.audio.header import header_of
from fsat_core.errors import AudioError

_MOST_RANGES = 3  # then all of it is brought: a length that only the whole file tells


def header_by_ranges(clip: Path, num_bytes: int, read_range: Callable[[int, int], bytes]) -> AudioHeader:
    """The header of a clip: one range for WAV, two for FLAC; others are often brought whole.

    Parameters
    ----------
    clip : Path
        Opening it brings all of it.
    num_bytes : int
    read_range : callable
        The bytes from one position up to another; an AudioError where they cannot be had.

    Raises
    ------
    AudioError
        As `read_header`, or from `read_range`.
    """
    file = _Ranged(clip, num_bytes, read_range)
    try:
        header = header_of(file)  # type: ignore[arg-type]
    except AudioError as error:
        raise file.fault or error from None
    finally:
        file.close()
    if file.fault is not None:
        raise file.fault
    return header


class _Ranged(io.RawIOBase):
    """A clip elsewhere as an open file.

    Readers in C cannot be told of faults: for them the file ends there, and `fault` says why.
    """

    def __init__(self, clip: Path, num_bytes: int, read_range: Callable[[int, int], bytes]) -> None:
        self.name = clip.name
        self.fault: AudioError | None = None
        self._clip, self._num_bytes, self._read_range = clip, num_bytes, read_range
        self._ranges: list[tuple[int, bytes]] = []
        self._whole: BinaryIO | None = None
        self._position = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._num_bytes}[whence]
        if base + offset < 0:
            raise ValueError("a position before the file")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        stop = min(self._position + len(buffer), self._num_bytes)
        content = self._bytes(self._position, stop) if stop > self._position else b""
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def close(self) -> None:
        if self._whole is not None:
            self._whole.close()
        super().close()

    def _bytes(self, start: int, stop: int) -> bytes:
        try:
            for at, content in self._ranges:
                if at <= start and stop <= at + len(content):
                    return content[start - at : stop - at]
            if self._whole is None and len(self._ranges) < _MOST_RANGES:
                content = self._read_range(start, min(max(stop, start + HEAD_BYTES), self._num_bytes))
                self._ranges.append((start, content))
                return content[: stop - start]
            if self._whole is None:
                self._whole = self._clip.open("rb")
            self._whole.seek(start)
            return self._whole.read(stop - start)
        except AudioError as error:
            self.fault = error
        return b""
