"""Every network by name, with the head and the loss its task asks for."""

from collections.abc import Callable

import keras
from keras import layers

from fsat_core.config.train_config import TrainConfig
from fsat_core.models.lwlrap import Lwlrap
from fsat_core.models.mfcc_cnn import mfcc_cnn_body, mfcc_dummy_body
from fsat_core.models.wave_cnn import wave_cnn_body, wave_dummy_body

BODIES: dict[str, Callable[[keras.KerasTensor], keras.KerasTensor]] = {
    "wave_cnn": wave_cnn_body,
    "mfcc_cnn": mfcc_cnn_body,
    "wave_dummy": wave_dummy_body,
    "mfcc_dummy": mfcc_dummy_body,
}


def build_model(config: TrainConfig, num_classes: int, steps_per_epoch: int = 1) -> keras.Model:
    """A compiled, freshly initialised network.

    Input is (batch, *feature shape) float32, output (batch, num_classes) probabilities: a softmax for the
    single-label task, independent sigmoids for the multi-label task.
    """
    single = config.task == "single"
    inputs = keras.Input(config.feature_spec.input_shape, name="input")
    features = BODIES[config.model](inputs)
    outputs = layers.Dense(num_classes, activation="softmax" if single else "sigmoid", name="head")(features)
    model = keras.Model(inputs, outputs, name=config.model)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = config.batch_norm_momentum
    loss = keras.losses.CategoricalCrossentropy if single else keras.losses.BinaryCrossentropy
    model.compile(
        optimizer=keras.optimizers.Adam(_learning_rate(config, steps_per_epoch)),
        loss=loss(label_smoothing=config.label_smoothing),
        metrics=[TopIsLabel(name="accuracy"), Lwlrap(name="lwlrap")],
        jit_compile=_compile_with_xla(),
    )
    return model


def _learning_rate(
    config: TrainConfig, steps_per_epoch: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    if config.schedule == "constant":
        return config.learning_rate
    warmup = config.warmup_epochs * steps_per_epoch
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else config.learning_rate,
        decay_steps=config.max_epochs * steps_per_epoch - warmup,
        warmup_target=config.learning_rate if warmup else None,
        warmup_steps=warmup,
    )


def _compile_with_xla() -> bool | str:
    """False for TensorFlow on a CPU, where XLA made wave_cnn five times slower; else Keras decides."""
    # The backend first: Keras cannot list devices under PyTorch.
    if keras.backend.backend() == "tensorflow" and not keras.distribution.list_devices("gpu"):
        return False
    return "auto"


class TopIsLabel(keras.metrics.MeanMetricWrapper):
    """Share of clips whose highest-scoring class is one of their labels."""

    def __init__(self, name: str = "accuracy") -> None:
        super().__init__(_top_is_label, name=name)


def _top_is_label(truth: keras.KerasTensor, scores: keras.KerasTensor) -> keras.KerasTensor:
    # A clip that was mixed with another counts as the one that has the larger share.
    truth = truth > 0.5
    top = keras.ops.one_hot(keras.ops.argmax(scores, axis=-1), scores.shape[-1], dtype=scores.dtype)
    return keras.ops.sum(top * keras.ops.cast(truth, scores.dtype), axis=-1)
