"""`members.onnx`: every fold of a run in one graph, for prediction without a training framework."""

import logging
from pathlib import Path

import keras
import numpy as np
from keras import layers

from fsat_core.audio import Standardiser
from fsat_core.files import remove
from fsat_core.prediction.saved_network import load_network
from fsat_core.runs.run import Run
from fsat_core.runs.saved_folds import read_standardiser

log = logging.getLogger(__name__)

# Layers that do the same to an image of one row, by themselves or in their form for images.
_OF_IMAGES = (
    layers.Conv1D,
    layers.MaxPooling1D,
    layers.GlobalMaxPooling1D,
    layers.Activation,
    layers.BatchNormalization,
    layers.Dense,
    layers.Dropout,
    layers.ReLU,
)


def export_members(run: Run) -> Path:
    """Write all folds as one ONNX graph.

    Input (batch, *input_shape) features as `extract` returns them, output (batch, n_folds, classes)
    probabilities. A fold's standardiser is part of the graph.

    Raises
    ------
    RunError
        If a standardiser is missing or damaged: without it the graph would be wrong, and nobody would notice.
    """
    inputs = keras.Input(run.feature_spec.input_shape, name="input")
    outputs = []
    for fold in range(run.config.n_folds):
        member = load_network(run, fold)
        features = _standardised(inputs, read_standardiser(run, fold))
        outputs.append(_apply(member, features, f"fold_{fold:02d}"))
    model = keras.Model(inputs, keras.ops.stack(outputs, axis=1))
    model(np.zeros((1, *run.feature_spec.input_shape), dtype=np.float32))  # export wants a built model
    path, aside = run.path / "members.onnx", run.path / ".members.onnx"
    try:
        model.export(str(aside), format="onnx", verbose=False)
        if path.is_dir():  # damaged
            remove(path)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return path


def _apply(member: keras.Model, features: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """The output of a network. A network on waves is turned into the same network on images of one row.

    A 1-D convolution would be exported with a dimension added before it and removed after it. ONNX Runtime
    could then not fuse it with its activation, and predictions took more than half as long again. A network
    with other layers than those that are known to have an image form is exported as it is.
    """
    has_convolution = any(isinstance(layer, layers.Conv1D) for layer in member.layers)
    if has_convolution and all(isinstance(layer, _OF_IMAGES) for layer in member.layers[1:]):
        features = layers.Reshape((1, *features.shape[1:]))(features)
        image = keras.Input(features.shape[1:])
        x = image
        for layer in member.layers[1:]:
            x = _in_two_dimensions(layer, x)
        member = keras.Model(image, x)
    member.name = name
    return member(features)


def _in_two_dimensions(layer: keras.Layer, x: keras.KerasTensor) -> keras.KerasTensor:
    """The layer for sequences, applied to an image of one row."""
    if isinstance(layer, layers.Conv1D):
        of_a_row = {name: (1, *getattr(layer, name)) for name in ("kernel_size", "strides", "dilation_rate")}
        wide = layers.Conv2D.from_config(layer.get_config() | of_a_row)
        x = wide(x)
        kernel, *others = layer.get_weights()
        wide.set_weights([kernel[np.newaxis], *others])
        return x
    if isinstance(layer, layers.MaxPooling1D):
        return layers.MaxPooling2D((1, *layer.pool_size), (1, *layer.strides), layer.padding)(x)
    if isinstance(layer, layers.GlobalMaxPooling1D):
        return layers.GlobalMaxPooling2D()(x)
    return layer(x)


def _standardised(inputs: keras.KerasTensor, standardiser: Standardiser | None) -> keras.KerasTensor:
    if standardiser is None:
        return inputs
    return (inputs - standardiser.mean[None]) / standardiser.std[None]
