"""The saved folds of a run, ready to predict: from one ONNX graph, or by a child process with Keras."""

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
from typing import IO, TYPE_CHECKING, Protocol, cast

import numpy as np

from fsat_core.errors import RunError
from fsat_core.machine import usable_cores
from fsat_core.runs.run import Run

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

BATCH = 64  # of the child process
_GRAPH_BATCH = 4  # windows: what they need then stays in the processor's cache, which more of them overflow


class Members(Protocol):
    """Networks of one run that answer together."""

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Probabilities (windows, folds, classes) for features (windows, *input_shape)."""


def load_members(run: Run, folds: Sequence[int]) -> Members:
    """The chosen folds of a run, kept loaded for the next call.

    Raises
    ------
    RunError
        If no fold is chosen, or one has no saved network.
    """
    if not folds:
        raise RunError(
            f"Run '{run.run_id}' ({run.state}) has no saved fold: expected at least one. "
            "Wait for its first fold, resume it, or choose another run."
        )
    for fold in folds:
        for name in ("best.keras", *(["statistics.npz"] if run.feature_spec.kind == "mfcc" else [])):
            if not (run.fold_dir(fold) / name).is_file():
                raise RunError(
                    f"Run '{run.run_id}': fold_{fold:02d}/{name} is missing; expected the network of every "
                    f"fold that takes part. Restore the file, leave fold {fold} out, or train again."
                )
    graph = run.path / "members.onnx"
    if graph.is_file():
        return _OnnxMembers(_open_session(graph, graph.stat().st_mtime_ns), folds)
    stamp = max((run.fold_dir(fold) / "best.keras").stat().st_mtime_ns for fold in folds)
    return _open_child(run.path, tuple(folds), stamp)


class _OnnxMembers:
    def __init__(self, session: "InferenceSession", folds: Sequence[int]) -> None:
        self._session, self._folds = session, list(folds)

    def predict(self, features: np.ndarray) -> np.ndarray:
        name = self._session.get_inputs()[0].name
        parts = [
            self._session.run(None, {name: features[start : start + _GRAPH_BATCH]})[0]
            for start in range(0, len(features), _GRAPH_BATCH)
        ]
        return np.concatenate(parts)[:, self._folds]


@lru_cache(maxsize=16)
def _open_session(path: Path, mtime_ns: int) -> "InferenceSession":
    from onnxruntime import InferenceSession, SessionOptions
    from onnxruntime.capi.onnxruntime_pybind11_state import (
        Fail,
        InvalidArgument,
        InvalidGraph,
        InvalidProtobuf,
    )

    options = SessionOptions()
    options.intra_op_num_threads = usable_cores()
    # Threads that wait do not spin: beside a training or another answer, they would take the cores from it.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf) as error:
        raise RunError(
            f"{path.parent.name}/members.onnx cannot be loaded: expected an ONNX graph. "
            "Delete the file; the folds' .keras files are used in its place."
        ) from error


class _ChildMembers:
    """Keras in a process of its own, so that the caller never imports a training framework."""

    def __init__(self, run_dir: Path, folds: Sequence[int]) -> None:
        self._name = run_dir.name
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fsat_core.training.serve", str(run_dir), *map(str, folds)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._requests = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        weakref.finalize(self, _end, self._process)

    def predict(self, features: np.ndarray) -> np.ndarray:
        with self._lock:
            try:
                write_array(self._requests, features)
                answer = read_array(self._answers)
            except BrokenPipeError:
                answer = None
        if answer is None:
            _open_child.cache_clear()
            raise RunError(
                f"The networks of run '{self._name}' could not be loaded: expected readable best.keras "
                "files. Train the run again, or restore them."
            )
        return answer


def _end(process: subprocess.Popen) -> None:
    """End a child, which keeps nothing that could be lost; a pipe to it may be broken already."""
    with suppress(OSError, ValueError), process:
        process.kill()


@lru_cache(maxsize=4)
def _open_child(run_dir: Path, folds: tuple[int, ...], mtime_ns: int) -> _ChildMembers:
    return _ChildMembers(run_dir, folds)


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
