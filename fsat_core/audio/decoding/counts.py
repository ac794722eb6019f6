"""Numbers of frames that were counted by decoding, so that no file is counted twice in a process."""

import hashlib
import io
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

_SIZE = 1_000
_BLOCK_BYTES = 1 << 20


class Count(NamedTuple):
    """What decoding a whole file found: frames, and packets that could not be decoded, out of all of them."""

    num_frames: int
    num_bad: int = 0
    num_packets: int = 0


_counts: OrderedDict[tuple, Count] = OrderedDict()
_lock = threading.Lock()


def counted(file: BinaryIO, count: Callable[[], Count]) -> Count:
    """What `count` finds in an open file, or found in the same content before."""
    key = _identify(file)
    with _lock:
        known = _counts.get(key)
    if known is None:
        known = count()
        with _lock:
            _counts[key] = known
            while len(_counts) > _SIZE:
                _counts.popitem(last=False)
    return known


def _identify(file: BinaryIO) -> tuple:
    if isinstance(file, io.FileIO):
        stat = os.fstat(file.fileno())
        return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
    digest = hashlib.blake2b(digest_size=16)
    file.seek(0)
    while block := file.read(_BLOCK_BYTES):
        digest.update(block)
    return (digest.digest(),)
