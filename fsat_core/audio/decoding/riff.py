"""WAV headers, RIFF and RF64, parsed from one small read.

A first scan of a large set is nothing but headers, and libsndfile quietly shortens a file that is cut off.
"""

import struct
from typing import BinaryIO

from fsat_core.audio.decoding import faults
from fsat_core.audio.decoding.header import AudioHeader, accept
from fsat_core.audio.decoding.lengths import Claim, Layout, measure
from fsat_core.audio.decoding.source import HEAD_BYTES, Source, read_at
from fsat_core.audio.limits import is_usual

_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_SUBTYPES = {
    (_PCM, 8): "PCM_U8",
    (_PCM, 16): "PCM_16",
    (_PCM, 24): "PCM_24",
    (_PCM, 32): "PCM_32",
    (_FLOAT, 32): "FLOAT",
    (_FLOAT, 64): "DOUBLE",
    (_ALAW, 8): "ALAW",
    (_ULAW, 8): "ULAW",
}
_SEE_DS64 = 0xFFFFFFFF  # RF64 keeps sizes apart, in 64 bits
_CHUNK = struct.Struct("<4sI")
_FMT = struct.Struct("<HHIIHH")
_PLAIN = struct.Struct("<4s4x12sHHI4xHH4sI")  # a WAV header of 44 bytes: nothing before or after "fmt "
PLAIN_BYTES = _PLAIN.size
_PLAIN_START = b"WAVEfmt \x10\0\0\0"


def parse_plain(head: bytes, num_bytes: int) -> AudioHeader | None:
    """The header of a plain WAV file within all limits, read fast; None if the full parser is needed."""
    if len(head) < PLAIN_BYTES:
        return None
    riff, start, tag, num_channels, sample_rate, block, bits, data, size = _PLAIN.unpack_from(head)
    if riff != b"RIFF" or start != _PLAIN_START or data != b"data":
        return None
    subtype = _SUBTYPES.get((tag, bits))
    is_sound = sample_rate > 0 and 0 < block <= size <= num_bytes - PLAIN_BYTES
    if subtype is None or not is_sound or block * 8 != bits * num_channels:
        return None
    if not is_usual(size // block, sample_rate, num_channels):
        return None
    return AudioHeader(size // block, sample_rate, num_channels, subtype, num_bytes)


def is_wave(head: bytes) -> bool:
    """Whether a file that begins so is a WAV file."""
    return head[8:12] == b"WAVE" and head[:4] in (b"RIFF", b"RF64")


def parse_wave(head: bytes, num_bytes: int, source: Source, file: BinaryIO) -> Claim:
    """What the chunks of an open WAV file say; `source` is its name in messages.

    The layout is None for a sample format that is left to readers.

    Raises
    ------
    AudioError
        If it has no usable format or data chunk.
    """
    position, base = 12, 0  # `head` holds the file from `base` on
    wide_size: int | None = None
    block, layout = 0, None
    while True:
        if position + 64 > base + len(head) and base + len(head) < num_bytes:
            head, base = read_at(file, position), position
        at = position - base
        if len(head) - at < 8:
            raise faults.no_data(source)
        name, size = _CHUNK.unpack_from(head, at)
        if name == b"data":
            break
        if name == b"fmt " and size >= _FMT.size:
            block, layout = parse_format(head[at + 8 : at + 8 + size])
        elif name == b"ds64" and len(head) - at >= 24:
            wide_size = int.from_bytes(head[at + 16 : at + 24], "little")
        elif name == b"\0\0\0\0":
            raise faults.no_data(source)  # a hole in the file, not a chunk
        position += 8 + size + (size & 1)
    if block == 0:
        raise faults.no_data(source)
    if size == _SEE_DS64 and wide_size is not None:
        size = wide_size
    start = position + 8
    if size == 0 and _only_chunks_follow(read_at(file, start, HEAD_BYTES), num_bytes - start):
        raise faults.no_frames(source)
    return Claim(start, size, block, "blocks" if layout is None else "frames", layout)


def parse_format(chunk: bytes) -> tuple[int, Layout | None]:
    """Bytes of a block, 0 for no usable format, and what samples of a fixed size are: from a "fmt " chunk."""
    if len(chunk) < _FMT.size:
        return 0, None
    tag, num_channels, sample_rate, _, block, bits = _FMT.unpack_from(chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        tag = int.from_bytes(chunk[24:26], "little")
    if not (num_channels and sample_rate):
        return 0, None
    subtype = _SUBTYPES.get((tag, bits))
    if subtype is None or block * 8 != bits * num_channels:
        return block, None
    return block, Layout(sample_rate, num_channels, subtype, "LITTLE")


def wave_header(claim: Claim, num_bytes: int, source: Source) -> AudioHeader | None:
    """The header of a WAV file that claims this, or None for a sample format that is left to readers.

    Raises
    ------
    AudioError
        If it is truncated, or holds no frames.
    """
    num_frames, warning = measure(claim, num_bytes, source)
    if claim.layout is None:
        return None
    facts = (num_frames, *claim.layout[:3], num_bytes, warning)
    return accept(AudioHeader(*facts), source)


def _only_chunks_follow(rest: bytes, num_bytes: int) -> bool:
    """Whether what is behind an empty data chunk is nothing, or further chunks up to the end of the file."""
    at = 0
    while num_bytes - at >= 8 and len(rest) - at >= 8:
        name, size = _CHUNK.unpack_from(rest, at)
        if not (name.isascii() and name.decode().isprintable()):
            return False
        at += 8 + size + (size & 1)
    return num_bytes - 8 < at <= num_bytes + 1
