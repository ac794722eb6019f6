"""First weights: they follow from the seed alone, and are those that earlier versions drew."""

import random

import keras
import numpy as np
import pytest
from keras import layers

from fsat_core.config.train_config import TrainConfig
from fsat_core.training.network import build_model

NUM_CLASSES = 3
SMALL = {
    "mfcc_cnn": {"sample_rate": 8_000, "duration_s": 1.0, "n_mfcc": 16},
    "wave_cnn": {"sample_rate": 8_000, "duration_s": 0.25},  # with dropout
}


@pytest.fixture(params=list(SMALL))
def config(request: pytest.FixtureRequest) -> TrainConfig:
    return TrainConfig.from_recipe(request.param, "reference", **SMALL[request.param])


def values(model: keras.Model) -> list[np.ndarray]:
    """Weights, and the states of what dropout draws from."""
    return [keras.ops.convert_to_numpy(variable) for variable in model.variables]


def assert_equal(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)


def test_first_weights_follow_from_the_seed_alone(config: TrainConfig) -> None:
    """Whatever other threads have drawn from Python's generator, or NumPy's, before."""
    found = []
    for anything in (1, 2):
        random.seed(anything)
        keras.utils.set_random_seed(anything)
        found.append(values(build_model(config, NUM_CLASSES, seed=7)))
    assert_equal(*found)
    other = values(build_model(config, NUM_CLASSES, seed=8))
    assert not all(np.array_equal(one, two) for one, two in zip(found[0], other, strict=True))


def test_first_weights_are_those_of_earlier_versions(config: TrainConfig) -> None:
    """So that a run that an earlier version began goes on as it would have then."""
    keras.utils.set_random_seed(7)
    inputs = keras.Input(config.feature_spec.input_shape)
    features = config.network.body(inputs)  # before the head: what is made first draws first
    earlier = keras.Model(inputs, layers.Dense(NUM_CLASSES, activation="softmax")(features))
    now = build_model(config, NUM_CLASSES, seed=7)
    assert_equal(
        [keras.ops.convert_to_numpy(each) for each in earlier.weights],
        [keras.ops.convert_to_numpy(each) for each in now.weights],
    )
    states = [
        [keras.ops.convert_to_numpy(layer.seed_generator.state) for layer in model.layers if has_seed(layer)]
        for model in (earlier, now)
    ]
    assert_equal(*states)


def has_seed(layer: keras.Layer) -> bool:
    return getattr(layer, "seed_generator", None) is not None
