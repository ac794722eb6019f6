"""What a FLAC file says of its length: in its header, and in its last frame."""

from typing import BinaryIO, NamedTuple

from fsat_core.audio.decoding.source import read_at
from fsat_core.audio.decoding.tags import end_of_id3

_TAIL_BYTES = 1 << 16  # a frame of 4,096 stereo samples has at most a quarter of it
_INFO_BYTES = 26
_LONGEST_HEADER = 16
_POLYNOMIAL = 0x07
_BLOCK_SIZES = {1: 192} | {2 + i: 576 << i for i in range(4)} | {8 + i: 256 << i for i in range(8)}
_BYTE, _WORD = 6, 7  # codes of block sizes that are given at the end of the header


class Flac(NamedTuple):
    """What a FLAC file says of itself.

    Parameters
    ----------
    num_frames, sample_rate, num_channels, bits : int
        From its header; 0 frames where that does not know.
    end : int
        The frame of the sound at which the last FLAC frame of the file ends; 0 if none is found.
    """

    num_frames: int
    sample_rate: int
    num_channels: int
    bits: int
    end: int


def parse_flac(head: bytes, num_bytes: int, file: BinaryIO) -> Flac | None:
    """What an open file that begins with `head` says; None for another format."""
    start = end_of_id3(file, num_bytes) if head[:3] == b"ID3" else 0
    info = head[:_INFO_BYTES] if start == 0 else read_at(file, start, _INFO_BYTES)
    if info[:4] != b"fLaC" or len(info) < _INFO_BYTES:
        return None
    smallest, largest = int.from_bytes(info[8:10], "big"), int.from_bytes(info[10:12], "big")
    packed = int.from_bytes(info[18:26], "big")  # 20 bits of rate, 3 of channels, 5 of bits, 36 of frames
    tail = read_at(file, max(num_bytes - _TAIL_BYTES, start), _TAIL_BYTES)
    end = _last_end(tail, smallest, is_fixed=smallest == largest)
    bits = (packed >> 36 & 31) + 1
    return Flac(packed & (1 << 36) - 1, packed >> 44, (packed >> 41 & 7) + 1, bits, end)


def _last_end(tail: bytes, block_size: int, is_fixed: bool) -> int:
    sync = b"\xff\xf8" if is_fixed else b"\xff\xf9"
    at = len(tail)
    while (at := tail.rfind(sync, 0, at)) >= 0:
        if end := _end_of_frame(tail[at : at + _LONGEST_HEADER], block_size):
            return end
    return 0


def _end_of_frame(header: bytes, block_size: int) -> int:
    """The frame of the sound at which a FLAC frame with this header ends; 0 if this is no header."""
    if len(header) < 6 or header[3] & 1:
        return 0
    code = header[2] >> 4
    number, at = _coded_number(header, 4)
    length = _BLOCK_SIZES.get(code, 0)
    if code in (_BYTE, _WORD):
        width = code - _BYTE + 1
        length, at = int.from_bytes(header[at : at + width], "big") + 1, at + width
    rate_code = header[2] & 15
    at += 1 if rate_code == 12 else 2 if rate_code in (13, 14) else 0
    if not length or at >= len(header) or _crc8(header[:at]) != header[at]:
        return 0
    counts_samples = header[1] & 1  # and else blocks, all but the last of which have the size of the header
    return (number if counts_samples else number * block_size) + length


def _coded_number(header: bytes, at: int) -> tuple[int, int]:
    """A number that is coded as UTF-8 codes characters, and where it ends."""
    first = header[at]
    num_more = max(8 - (first ^ 0xFF).bit_length() - 1, 0)
    number = first & (0x7F >> (num_more + 1 if num_more else 0))
    for byte in header[at + 1 : at + 1 + num_more]:
        number = number << 6 | byte & 0x3F
    return number, at + 1 + num_more


def _crc8(content: bytes) -> int:
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ _POLYNOMIAL) & 0xFF if crc & 0x80 else crc << 1
    return crc
