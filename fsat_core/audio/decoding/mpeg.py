"""MPEG audio, layers I to III: its frames counted one by one, and whether a tag says the same.

A stream of MPEG frames has no length. Encoders put one into a tag in the first frame, some of them 0 or a
wrong one; without a tag libsndfile guesses from the first bit rate.
"""

from functools import cache
from typing import BinaryIO, NamedTuple

from fsat_core.audio.decoding.source import read_at
from fsat_core.audio.decoding.tags import end_of_id3

_WINDOW_BYTES = 1 << 20
_HEADER = 4
_V1, _V2, _V25 = 3, 2, 0  # versions as their two bits have them
_RATES = {_V1: (44_100, 48_000, 32_000), _V2: (22_050, 24_000, 16_000), _V25: (11_025, 12_000, 8_000)}
_LAYER_OF = {3: 1, 2: 2, 1: 3}
_LOW = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_KBITS = {  # by whether the version is 1, and by layer
    (True, 1): tuple(range(32, 449, 32)),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): _LOW,
    (False, 3): _LOW,
}
_TRAILERS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3", b"3DI")


class Mpeg(NamedTuple):
    """What counting found.

    Parameters
    ----------
    num_frames : int or None
        Of sound, delay and padding included; None where only decoding tells: the file is not one MPEG frame
        behind the other up to its end, or a tag does not say the same of it.
    is_tagged : bool
        Whether a tag says the same number of MPEG frames.
    """

    num_frames: int | None
    is_tagged: bool


class _Frame(NamedTuple):
    num_bytes: int
    num_samples: int
    kind: tuple[int, int, int]  # version, layer and rate


def count_mpeg(file: BinaryIO, num_bytes: int) -> Mpeg | None:
    """The frames of an open file; None if it does not begin as MPEG audio does, with or without ID3 tags."""
    start = end_of_id3(file, num_bytes)
    head = read_at(file, start)
    if (start == 0 and not _is_sync(head)) or head[:4] == b"fLaC":
        return None
    first = _frame(head[1], head[2]) if _is_sync(head) and len(head) >= _HEADER else None
    if first is None or len(head) < min(first.num_bytes, len(head)):
        return Mpeg(None, False)
    told = _told(head, first)
    count, end = _walk(file, start, num_bytes, first)
    if told is not None:
        count -= 1  # the frame of the tag is no sound
    rest = read_at(file, end, 16)
    is_whole = not rest.strip(b"\0") or rest.startswith(_TRAILERS)
    is_tagged = is_whole and told == count
    is_counted = is_whole and count > 0 and (told is None or is_tagged)
    return Mpeg(count * first.num_samples if is_counted else None, is_tagged)


def _walk(file: BinaryIO, start: int, num_bytes: int, first: _Frame) -> tuple[int, int]:
    """How many frames of one kind follow each other from `start` on, and where the last one ends."""
    count, kind = 0, first.kind
    base, window = start, b""
    position = start
    while True:
        at = position - base
        if at + _HEADER > len(window):
            base, window = position, read_at(file, position, _WINDOW_BYTES)
            at = 0
            if len(window) < _HEADER:
                return count, position
        if window[at] != 0xFF:
            return count, position
        frame = _frame(window[at + 1], window[at + 2])
        if frame is None or frame.kind != kind or position + frame.num_bytes > num_bytes:
            return count, position
        count += 1
        position += frame.num_bytes


@cache
def _frame(second: int, third: int) -> _Frame | None:
    """The frame whose header has these bytes behind the first; None if there is no such frame."""
    if second & 0xE0 != 0xE0:
        return None
    version, layer = second >> 3 & 3, _LAYER_OF.get(second >> 1 & 3)
    bit_rate, rate, padding = third >> 4, third >> 2 & 3, third >> 1 & 1
    if version not in _RATES or layer is None or rate == 3 or bit_rate in (0, 15):
        return None
    bits_per_s = 1000 * _KBITS[version == _V1, layer][bit_rate - 1]
    sample_rate = _RATES[version][rate]
    if layer == 1:
        return _Frame(4 * (12 * bits_per_s // sample_rate + padding), 384, (version, layer, rate))
    num_samples = 576 if layer == 3 and version != _V1 else 1152
    num_bytes = num_samples // 8 * bits_per_s // sample_rate + padding
    return _Frame(num_bytes, num_samples, (version, layer, rate))


def _told(head: bytes, first: _Frame) -> int | None:
    """How many frames the tag in the first one tells of, -1 if it does not say; None without a tag."""
    version, layer, _ = first.kind
    if layer != 3:
        return None
    is_mono = head[3] >> 6 == 3
    at = _HEADER + ((17 if is_mono else 32) if version == _V1 else (9 if is_mono else 17))
    if head[at : at + 4] in (b"Xing", b"Info"):
        has_frames = len(head) >= at + 12 and head[at + 7] & 1
        return int.from_bytes(head[at + 8 : at + 12], "big") if has_frames else -1
    vbri = _HEADER + 32
    if head[vbri : vbri + 4] == b"VBRI":
        return int.from_bytes(head[vbri + 14 : vbri + 18], "big")
    return None


def _is_sync(head: bytes) -> bool:
    return len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
