"""A network from its specification: its body and the head that a task asks for."""

from typing import TYPE_CHECKING, Literal

from fsat_core.models.network_spec import NetworkSpec

if TYPE_CHECKING:
    import keras

HEAD = "head"  # the name of the layer that says the classes


def build_network(
    spec: NetworkSpec, input_shape: tuple[int, ...], num_classes: int, task: Literal["single", "multi"]
) -> "keras.Model":
    """A freshly initialised network, not compiled.

    Input is (batch, *input_shape) float32, output (batch, num_classes) probabilities: a softmax for the
    single-label task, independent sigmoids for the multi-label task.
    """
    import keras
    from keras import layers

    inputs = keras.Input(input_shape, name="input")
    activation = "softmax" if task == "single" else "sigmoid"
    outputs = layers.Dense(num_classes, activation=activation, name=HEAD)(spec.body(inputs))
    return keras.Model(inputs, outputs, name=spec.name)
