"""Keras in a process of its own, so that the caller never imports a training framework.

It runs `keras_child.py`, for a run without `members.onnx`; arrays go through its standard input and output.
"""

import io
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

import numpy as np

from fsat_core.errors import RunError

BATCH = 64  # windows that the child computes at once


class KerasMembers:
    """The chosen folds of a run, loaded by a child process."""

    def __init__(self, run_dir: Path, folds: Sequence[int]) -> None:
        self._name = run_dir.name
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fsat_core.prediction.keras_child", str(run_dir), *map(str, folds)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._requests = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        weakref.finalize(self, _end, self._process)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """As in `Members`."""
        with self._lock:
            try:
                write_array(self._requests, features)
                answer = read_array(self._answers)
            except BrokenPipeError:
                answer = None
        if answer is None:
            open_process.cache_clear()
            raise RunError(
                f"The networks of run '{self._name}' could not be loaded: expected readable best.keras "
                "files. Train the run again, or restore them."
            )
        return answer


def _end(process: subprocess.Popen) -> None:
    """End a child process. It holds nothing that could be lost; a pipe to it may be broken already."""
    with suppress(OSError, ValueError), process:
        process.kill()


@lru_cache(maxsize=4)
def open_process(run_dir: Path, folds: tuple[int, ...], mtime_ns: int) -> KerasMembers:
    """The child process for these folds, kept for the next call; `mtime_ns` tells new files from old ones."""
    return KerasMembers(run_dir, folds)


def write_array(stream: IO[bytes], array: np.ndarray) -> None:
    """Send an array over a pipe: its length in bytes, then its .npy form."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    stream.write(struct.pack("<Q", buffer.tell()) + buffer.getvalue())
    stream.flush()


def read_array(stream: IO[bytes]) -> np.ndarray | None:
    """Receive what `write_array` sent; None at the end of the stream."""
    header = stream.read(8)
    if len(header) < 8:
        return None
    (num_bytes,) = struct.unpack("<Q", header)
    return np.load(io.BytesIO(stream.read(num_bytes)), allow_pickle=False)
