"""The saved folds of a run, ready to predict: from one ONNX graph, or by a child process with Keras."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from fsat_core.errors import RunError
from fsat_core.prediction.keras_process import open_process
from fsat_core.prediction.onnx_member import OnnxMembers, check_shapes, open_session
from fsat_core.runs.run import Run
from fsat_core.runs.saved_folds import MODEL_FILE, STANDARDISER_FILE


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
        for name in (MODEL_FILE, *([STANDARDISER_FILE] if run.feature_spec.kind == "mfcc" else [])):
            if not (run.fold_dir(fold) / name).is_file():
                raise RunError(
                    f"Run '{run.run_id}': fold_{fold:02d}/{name} is missing; expected the network of every "
                    f"fold that takes part. Restore the file, leave that fold out, or train again."
                )
    graph = run.path / "members.onnx"
    if graph.is_file():
        session = open_session(graph, graph.stat().st_mtime_ns)
        check_shapes(session, run)
        return OnnxMembers(session, folds)
    stamp = max((run.fold_dir(fold) / MODEL_FILE).stat().st_mtime_ns for fold in folds)
    return open_process(run.path, tuple(folds), stamp)
