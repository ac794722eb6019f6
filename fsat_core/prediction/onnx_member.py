"""All folds of a run in one ONNX graph: prediction without a training framework."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fsat_core.errors import RunError
from fsat_core.machine import usable_cores
from fsat_core.runs.run import Run

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_BATCH = 4  # windows at a time: more would not fit the processor's cache


class OnnxMembers:
    """The chosen folds of a graph."""

    def __init__(self, session: "InferenceSession", folds: Sequence[int]) -> None:
        self._session, self._folds = session, list(folds)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """As in `Members`."""
        name = self._session.get_inputs()[0].name
        parts = [
            self._session.run(None, {name: features[start : start + _BATCH]})[0]
            for start in range(0, len(features), _BATCH)
        ]
        return np.concatenate(parts)[:, self._folds]


@lru_cache(maxsize=16)
def open_session(path: Path, mtime_ns: int) -> "InferenceSession":
    """The graph, ready to run, kept for the next call; `mtime_ns` tells a new file from the one before.

    Raises
    ------
    RunError
        If the file is no ONNX graph.
    """
    from onnxruntime import InferenceSession, SessionOptions
    from onnxruntime.capi.onnxruntime_pybind11_state import (
        Fail,
        InvalidArgument,
        InvalidGraph,
        InvalidProtobuf,
    )

    options = SessionOptions()
    options.intra_op_num_threads = usable_cores()
    # Waiting threads do not spin: they would take the cores from a training or another prediction.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf) as error:
        raise _unusable(path.parent.name) from error


def check_shapes(session: "InferenceSession", run: Run) -> None:
    """Raises RunError where a graph does not take in what the run does, or give out what it should."""
    wanted = run.feature_spec.input_shape, (run.config.n_folds, len(run.classes))
    for values, shape in zip((session.get_inputs(), session.get_outputs()), wanted, strict=True):
        if len(values) != 1 or not _fits(values[0].shape[1:], shape):
            raise _unusable(run.run_id)


def _fits(shape: Sequence[int | str | None], wanted: Sequence[int]) -> bool:
    """Whether a shape is the wanted one in all dimensions that the graph names a number for."""
    pairs = zip(shape, wanted, strict=False)
    return len(shape) == len(wanted) and all(a == b for a, b in pairs if isinstance(a, int))


def _unusable(run_id: str) -> RunError:
    return RunError(
        f"{run_id}/members.onnx cannot be loaded: expected an ONNX graph of this run. "
        "Delete the file; the folds' .keras files are used in its place."
    )
