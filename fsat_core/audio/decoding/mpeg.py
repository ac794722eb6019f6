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
_DECODER_DELAY = 529  # of every decoder; padding that is shorter leaves some of it in
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
_ENCODERS = (b"LAME", b"Lavf", b"Lavc")  # whose delay and padding FFmpeg takes off, too
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
    length : int or None
        The frames of sound without delay and padding, if a tag says how long these are.
    sample_rate, num_channels : int
        Of the first MPEG frame.
    """

    num_frames: int | None
    is_tagged: bool
    length: int | None = None
    sample_rate: int = 0
    num_channels: int = 0


class _Frame(NamedTuple):
    num_bytes: int
    num_samples: int
    kind: tuple[int, int, int]  # version, layer and rate


def count_mpeg(head: bytes, num_bytes: int, file: BinaryIO) -> Mpeg | None:
    """The frames of an open file; None if it does not begin as MPEG audio does, with or without ID3 tags."""
    start = 0
    if head[:3] == b"ID3":
        start = end_of_id3(file, num_bytes)
        head = read_at(file, start)
        if head[:4] == b"fLaC":
            return None
    elif not _is_sync(head):
        return None
    first = _frame(head[1], head[2]) if _is_sync(head) else None
    if first is None:
        return Mpeg(None, False)
    told = _told(head, first)
    count, end = _walk(file, start, num_bytes, first)
    if told is not None:
        count -= 1  # the frame of the tag is no sound
    rest = read_at(file, end, 16)
    is_whole = not rest.strip(b"\0") or rest.startswith(_TRAILERS)
    is_tagged = is_whole and told == count
    if not (is_whole and count > 0 and (told is None or is_tagged)):
        return Mpeg(None, False)
    num_frames = count * first.num_samples
    cut = _delay_and_padding(head, first) if is_tagged else None
    length = num_frames - cut if cut is not None and cut < num_frames else None
    version, _, rate = first.kind
    return Mpeg(num_frames, is_tagged, length, _RATES[version][rate], 1 if _is_mono(head) else 2)


def _walk(file: BinaryIO, start: int, num_bytes: int, first: _Frame) -> tuple[int, int]:
    """How many frames of one kind follow each other from `start` on, and where the last one ends."""
    sizes = _sizes(first.kind)
    count, base, last = 0, start, start
    while window := read_at(file, base, _WINDOW_BYTES):
        at = 0
        while at < len(window) and (size := sizes.get(window[at : at + 3])):
            count += 1
            last = base + at
            at += size
        base += at
        if base > num_bytes:  # the last one is cut off
            return count - 1, last
        if at < len(window) - 3 or not at:
            break
    return count, base


@cache
def _sizes(kind: tuple[int, int, int]) -> dict[bytes, int]:
    """The size of each frame of a kind, by the first three bytes of its header."""
    headers = ((second, third) for second in range(0xE0, 0x100) for third in range(256))
    frames = {bytes([0xFF, *header]): _frame(*header) for header in headers}
    return {header: frame.num_bytes for header, frame in frames.items() if frame and frame.kind == kind}


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
    at = _tag_start(head, version)
    if head[at : at + 4] in (b"Xing", b"Info"):
        has_frames = len(head) >= at + 12 and head[at + 7] & 1
        return int.from_bytes(head[at + 8 : at + 12], "big") if has_frames else -1
    vbri = _HEADER + 32
    if head[vbri : vbri + 4] == b"VBRI":
        return int.from_bytes(head[vbri + 14 : vbri + 18], "big")
    return None


def _delay_and_padding(head: bytes, first: _Frame) -> int | None:
    """How many frames an encoder's tag takes off at both ends; None if it does not say, or oddly."""
    at = _tag_start(head, first.kind[0])
    flags = head[at + 7] if head[at : at + 4] in (b"Xing", b"Info") else 0
    at += 8 + sum(size for bit, size in enumerate((4, 4, 100, 4)) if flags >> bit & 1)
    lame = head[at : at + 24]
    if not flags or len(lame) < 24 or lame[:4] not in _ENCODERS:
        return None
    both = int.from_bytes(lame[21:24], "big")
    delay, padding = both >> 12, both & 0xFFF
    return delay + padding if delay and padding >= _DECODER_DELAY else None


def _tag_start(head: bytes, version: int) -> int:
    """Where in a file a Xing or Info tag begins: behind the side information of the first frame."""
    return _HEADER + ((17 if _is_mono(head) else 32) if version == _V1 else (9 if _is_mono(head) else 17))


def _is_mono(head: bytes) -> bool:
    return head[3] >> 6 == 3


def _is_sync(head: bytes) -> bool:
    return len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
