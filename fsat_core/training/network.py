"""A network ready to train: with the outputs, the loss and the optimiser that its configuration asks for."""

import random
from typing import Any

import keras
from keras import layers

from fsat_core.config.train_config import TrainConfig
from fsat_core.embedding import YAMNET
from fsat_core.models import build_network
from fsat_core.models.build import HEAD
from fsat_core.training.keras_losses import KnownCrossentropy, TaughtLoss
from fsat_core.training.keras_metrics import Lwlrap, TopIsLabel

_LARGEST_SEED = 10**9


def build_model(
    config: TrainConfig, num_classes: int, steps_per_epoch: int = 1, seed: int = 0
) -> keras.Model:
    """A compiled, freshly initialised network: see `build_network`.

    Where the configuration has a weight for the teacher's embedding, its output goes on after the classes
    with what the network makes of that embedding: (batch, classes + dimension). `class_network` is without.

    First weights, and what dropout leaves out, follow from `seed` alone.
    """
    network = build_network(config.network, config.feature_spec.input_shape, num_classes, config.task)
    if config.embedding_loss:
        network = _with_embedding(network)
    model = _seeded(network, seed)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = config.batch_norm_momentum
    model.compile(
        optimizer=keras.optimizers.Adam(_learning_rate(config, steps_per_epoch)),
        loss=_loss(config, num_classes),
        metrics=[TopIsLabel(num_classes), Lwlrap(num_classes)],
        jit_compile=_compile_with_xla(),
    )
    return model


def class_network(model: keras.Model) -> keras.Model:
    """The part of a network as from `build_model` that says the classes; it shares all weights with it."""
    head = model.get_layer(HEAD)
    if model.output is head.output:
        return model
    network = keras.Model(model.input, head.output, name=model.name)
    network.compile(jit_compile=_compile_with_xla())
    return network


def _with_embedding(network: keras.Model) -> keras.Model:
    head = network.get_layer(HEAD)
    embedding = layers.Dense(YAMNET.dimension, name="embedding")(head.input)
    outputs = layers.Concatenate()([head.output, embedding])
    return keras.Model(network.input, outputs, name=network.name)


def _loss(config: TrainConfig, num_classes: int) -> keras.losses.Loss:
    kind = keras.losses.CategoricalCrossentropy if config.task == "single" else KnownCrossentropy
    loss = kind(label_smoothing=config.label_smoothing)
    return TaughtLoss(loss, num_classes, config.embedding_loss) if config.embedding_loss else loss


def _seeded(model: keras.Model, seed: int) -> keras.Model:
    """The same network with a seed for each thing that is drawn in it.

    By itself Keras takes these seeds from Python's random generator, which other threads of a process may use
    at the same time. These are the ones that it takes from a generator that begins with `seed`.
    """
    generator = random.Random(seed)

    def clone(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        _fill_in_seeds(config, generator)
        return layer.__class__.from_config(config)

    return keras.models.clone_model(model, clone_function=clone)


def _fill_in_seeds(config: dict[str, Any], generator: random.Random) -> None:
    for name, value in config.items():
        if name == "seed" and value is None:
            config[name] = generator.randint(1, _LARGEST_SEED)
        elif isinstance(value, dict):
            _fill_in_seeds(value, generator)


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
