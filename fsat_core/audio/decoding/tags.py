"""Tags that stand before the sound."""

from typing import BinaryIO

from fsat_core.audio.decoding.source import read_at

_ID3_HEADER = 10
_MOST_TAGS = 10


def end_of_id3(file: BinaryIO, num_bytes: int) -> int:
    """Where in an open file what follows its ID3 tags begins; 0 where there are none."""
    position = 0
    for _ in range(_MOST_TAGS):
        header = read_at(file, position, _ID3_HEADER)
        if header[:3] != b"ID3" or len(header) < _ID3_HEADER or position >= num_bytes:
            break
        size = 0
        for byte in header[6:10]:
            size = size << 7 | byte & 0x7F
        has_footer = bool(header[5] & 0x10)
        position += _ID3_HEADER + size + (_ID3_HEADER if has_footer else 0)
    return position
