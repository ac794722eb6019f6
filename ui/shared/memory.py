"""What the app's process asks of the C library about memory. Nothing, where that is not the one of Linux."""

import ctypes
import gc
from contextlib import suppress

import pyarrow as pa

_M_ARENA_MAX = -8  # of malloc.h
_ARENAS = 2


def share_arenas() -> None:
    """Let all threads take memory from a few arenas.

    By themselves they have up to eight for each core, and what one thread gave back no other one takes: with
    visitors who come and go, each on threads of their own, the process grows for many minutes.
    """
    # That large arrays go back at once (M_MMAP_THRESHOLD) would keep it smaller still, and took 60 % more
    # time for a spectrogram.
    with suppress(OSError, AttributeError):
        _c_library().mallopt(_M_ARENA_MAX, _ARENAS)


def give_back_memory() -> None:
    """Give what nobody holds any more back to the system.

    A session is a knot of objects that hold each other, which only a full collection undoes; with a large
    heap Python makes one very seldom. What it frees, the C library keeps in its arenas.
    """
    gc.collect()
    pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):
        _c_library().malloc_trim(0)


def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL("libc.so.6")
