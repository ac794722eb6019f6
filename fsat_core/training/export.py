"""`members.onnx`: every fold of a run in one graph, for prediction without a training framework."""

import logging
from pathlib import Path

import keras
import numpy as np

from fsat_core.audio import Statistics
from fsat_core.runs.run import Run

log = logging.getLogger(__name__)


def export_members(run: Run) -> Path:
    """Write all folds as one ONNX graph.

    Input (batch, *input_shape) features as `extract` returns them, output (batch, n_folds, classes)
    probabilities. A fold's statistics are part of the graph.
    """
    inputs = keras.Input(run.feature_spec.input_shape, name="input")
    outputs = []
    for fold in range(run.config.n_folds):
        member = keras.models.load_model(run.fold_dir(fold) / "best.keras", compile=False)
        member.name = f"fold_{fold:02d}"
        outputs.append(member(_standardised(inputs, run.fold_dir(fold) / "statistics.npz")))
    model = keras.Model(inputs, keras.ops.stack(outputs, axis=1))
    model(np.zeros((1, *run.feature_spec.input_shape), dtype=np.float32))  # export wants a built model
    path, aside = run.path / "members.onnx", run.path / ".members.onnx"
    try:
        model.export(str(aside), format="onnx", verbose=False)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return path


def _standardised(inputs: keras.KerasTensor, path: Path) -> keras.KerasTensor:
    if not path.is_file():
        return inputs
    statistics = Statistics.load(path)
    return (inputs - statistics.mean[None]) / statistics.std[None]
