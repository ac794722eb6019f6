"""Where the sound lies in AIFF, AU, W64 and CAF files, and how much of it their headers claim."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from fsat_core.audio.decoding.lengths import Claim, Layout
from fsat_core.audio.decoding.riff import parse_format
from fsat_core.audio.decoding.source import HEAD_BYTES, read_at

_MOST_CHUNKS = 1_000
_W64_HEADER, _CAF_HEADER = 40, 8
_CAF_FORMAT = struct.Struct(">d4sIIIII")
_CAF_FLOAT, _CAF_LITTLE = 1, 2  # flags
_CAF_SUBTYPES = {  # by whether samples are floats, and by bits
    (False, 8): "PCM_S8",
    (False, 16): "PCM_16",
    (False, 24): "PCM_24",
    (False, 32): "PCM_32",
    (True, 32): "FLOAT",
    (True, 64): "DOUBLE",
}
_AU_ENCODINGS = {  # by their number: soundfile's name, and bytes of a sample
    1: ("ULAW", 1),
    2: ("PCM_S8", 1),
    3: ("PCM_16", 2),
    4: ("PCM_24", 3),
    5: ("PCM_32", 4),
    6: ("FLOAT", 4),
    7: ("DOUBLE", 8),
    27: ("ALAW", 1),
}


def find_claim(head: bytes, num_bytes: int, file: BinaryIO) -> Claim | None:
    """What an open file that begins with `head` claims; None for other formats, or where it does not say."""
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _first(b"SSND", _aiff_chunks(file, num_bytes), skipped=8)
    if head[:4] == b"riff":
        return _w64_claim(file, num_bytes)
    if head[:4] == b"caff":
        return _caf_claim(file, num_bytes)
    if head[:4] in (b".snd", b"dns.") and len(head) >= 24:
        order = "big" if head[:4] == b".snd" else "little"
        words = [int.from_bytes(head[at : at + 4], order) for at in range(4, 24, 4)]  # type: ignore[arg-type]
        start, size, encoding, sample_rate, num_channels = words
        start = max(start, 24)  # sound begins behind the header, whatever it says
        subtype, width = _AU_ENCODINGS.get(encoding, ("", 0))
        if not (width and sample_rate and num_channels):
            return Claim(start, size)
        layout = Layout(sample_rate, num_channels, subtype, order.upper())
        return Claim(start, size, width * num_channels, "frames", layout)
    return None


def _first(wanted: bytes, chunks: Iterator[tuple[bytes, int, int]], skipped: int = 0) -> Claim | None:
    """The chunk of that name, less the first bytes of it, which are no sound."""
    for name, start, size in chunks:
        if name == wanted:
            return Claim(start + skipped, size - skipped)
    return None


def _w64_claim(file: BinaryIO, num_bytes: int) -> Claim | None:
    block, layout = 1, None
    for name, start, size in _w64_chunks(file, num_bytes):
        if name == b"fmt ":
            block, layout = parse_format(read_at(file, start, min(max(size, 0), HEAD_BYTES)))
        elif name == b"data":
            return Claim(start, size, block or 1, "blocks" if layout is None else "frames", layout)
    return None


def _caf_claim(file: BinaryIO, num_bytes: int) -> Claim | None:
    block, layout = 1, None
    for name, start, size in _caf_chunks(file, num_bytes):
        if name == b"desc":
            block, layout = _parse_caf_format(read_at(file, start, _CAF_FORMAT.size))
        elif name == b"data":
            return Claim(start + 4, size - 4, block, "bytes" if layout is None else "frames", layout)
    return None


def _parse_caf_format(chunk: bytes) -> tuple[int, Layout | None]:
    """Bytes of a frame and what the samples are, from a "desc" chunk; 1 and None for what is compressed."""
    if len(chunk) < _CAF_FORMAT.size:
        return 1, None
    rate, kind, flags, block, num_frames, num_channels, bits = _CAF_FORMAT.unpack(chunk)
    subtype = _CAF_SUBTYPES.get((bool(flags & _CAF_FLOAT), bits))
    is_plain = kind == b"lpcm" and num_frames == 1 and 0 < block * 8 == bits * num_channels
    if subtype is None or not is_plain or not (0 < rate < 1 << 31 and rate == int(rate)):
        return 1, None
    order = "LITTLE" if flags & _CAF_LITTLE else "BIG"
    return block, Layout(int(rate), num_channels, subtype, order)


def _aiff_chunks(file: BinaryIO, num_bytes: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and size of each chunk."""
    position = 12
    for _ in range(_MOST_CHUNKS):
        if position + 8 > num_bytes:
            return
        chunk = read_at(file, position, 8)
        size = int.from_bytes(chunk[4:], "big")
        yield chunk[:4], position + 8, size
        position += 8 + size + (size & 1)


def _w64_chunks(file: BinaryIO, num_bytes: int) -> Iterator[tuple[bytes, int, int]]:
    position = _W64_HEADER
    for _ in range(_MOST_CHUNKS):
        if position + 24 > num_bytes:
            return
        chunk = read_at(file, position, 24)
        size = int.from_bytes(chunk[16:], "little")  # with the 24 bytes of the chunk's own header
        yield chunk[:4], position + 24, size - 24
        position += max(size + (-size) % 8, 24)


def _caf_chunks(file: BinaryIO, num_bytes: int) -> Iterator[tuple[bytes, int, int]]:
    position = _CAF_HEADER
    for _ in range(_MOST_CHUNKS):
        if position + 12 > num_bytes:
            return
        chunk = read_at(file, position, 12)
        size = int.from_bytes(chunk[4:], "big", signed=True)
        yield chunk[:4], position + 12, size
        position += 12 + max(size, 0)
