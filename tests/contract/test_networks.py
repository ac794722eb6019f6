"""All networks: one suite for what they share, and the design's table layer by layer."""

from typing import Any

import keras
import numpy as np
import pytest

from fsat_core import metrics
from fsat_core.audio.features import FeatureSpec
from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import ConfigError
from fsat_core.models import NETWORKS, NetworkSpec, register
from fsat_core.training.keras_metrics import Lwlrap, TopIsLabel
from fsat_core.training.network import build_model

NUM_CLASSES = 80

Layer = tuple[str, tuple[int, ...], int]  # class, output shape without the batch, number of parameters

# Parameters worked out by hand: kernel x inputs x filters + filters for a convolution, 4 per channel for a
# batch norm (two of them not trained), inputs x outputs + outputs for a dense layer. "valid" padding takes
# kernel - 1 samples; pooling rounds down.
WAVE_CNN: list[Layer] = [
    ("Conv1D", (31_992, 16), 9 * 1 * 16 + 16),
    ("Conv1D", (31_984, 16), 9 * 16 * 16 + 16),
    ("MaxPooling1D", (1_999, 16), 0),
    ("Dropout", (1_999, 16), 0),
    ("Conv1D", (1_997, 32), 3 * 16 * 32 + 32),
    ("Conv1D", (1_995, 32), 3 * 32 * 32 + 32),
    ("MaxPooling1D", (498, 32), 0),
    ("Dropout", (498, 32), 0),
    ("Conv1D", (496, 32), 3 * 32 * 32 + 32),
    ("Conv1D", (494, 32), 3 * 32 * 32 + 32),
    ("MaxPooling1D", (123, 32), 0),
    ("Dropout", (123, 32), 0),
    ("Conv1D", (121, 256), 3 * 32 * 256 + 256),
    ("Conv1D", (119, 256), 3 * 256 * 256 + 256),
    ("GlobalMaxPooling1D", (256,), 0),
    ("Dropout", (256,), 0),
    ("Dense", (64,), 256 * 64 + 64),
    ("Dense", (1_028,), 64 * 1_028 + 1_028),
    ("Dense", (NUM_CLASSES,), 1_028 * NUM_CLASSES + NUM_CLASSES),
]
MFCC_CNN: list[Layer] = [
    *[("Conv2D", (40, 173, 32), 4 * 10 * 1 * 32 + 32), ("BatchNormalization", (40, 173, 32), 128)],
    *[("ReLU", (40, 173, 32), 0), ("MaxPooling2D", (20, 86, 32), 0)],
    *[("Conv2D", (20, 86, 32), 4 * 10 * 32 * 32 + 32), ("BatchNormalization", (20, 86, 32), 128)],
    *[("ReLU", (20, 86, 32), 0), ("MaxPooling2D", (10, 43, 32), 0)],
    *[("Conv2D", (10, 43, 32), 4 * 10 * 32 * 32 + 32), ("BatchNormalization", (10, 43, 32), 128)],
    *[("ReLU", (10, 43, 32), 0), ("MaxPooling2D", (5, 21, 32), 0)],
    *[("Conv2D", (5, 21, 32), 4 * 10 * 32 * 32 + 32), ("BatchNormalization", (5, 21, 32), 128)],
    *[("ReLU", (5, 21, 32), 0), ("MaxPooling2D", (2, 10, 32), 0)],
    ("Flatten", (640,), 0),
    ("Dense", (64,), 640 * 64 + 64),
    ("BatchNormalization", (64,), 4 * 64),
    ("ReLU", (64,), 0),
    ("Dense", (NUM_CLASSES,), 64 * NUM_CLASSES + NUM_CLASSES),
]
YAMNET_HEAD: list[Layer] = [
    ("Dropout", (1_024,), 0),
    ("Dense", (NUM_CLASSES,), 1_024 * NUM_CLASSES + NUM_CLASSES),
]
WAVE_DUMMY: list[Layer] = [("GlobalMaxPooling1D", (1,), 0), ("Dense", (NUM_CLASSES,), 2 * NUM_CLASSES)]
MFCC_DUMMY: list[Layer] = [("GlobalMaxPooling2D", (1,), 0), ("Dense", (NUM_CLASSES,), 2 * NUM_CLASSES)]


@pytest.fixture(params=NETWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def build(name: str, **values: Any) -> keras.Model:
    return build_model(TrainConfig.from_recipe(name, **values), NUM_CLASSES)


def random_input(model: keras.Model, num_clips: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=(num_clips, *model.input_shape[1:])).astype(np.float32)


def smallest_input(spec: NetworkSpec, samples_less: int = 0, n_mfcc_less: int = 0) -> keras.KerasTensor:
    features = FeatureSpec(
        spec.input_kind,
        spec.sample_rate,
        duration_s=(spec.min_samples - samples_less) / spec.sample_rate,
        n_mfcc=spec.min_n_mfcc - n_mfcc_less,
    )
    return keras.Input(features.input_shape)


def test_the_smallest_input_is_large_enough_for_the_layers(name: str) -> None:
    spec = NETWORKS[name]
    assert None not in spec.body(smallest_input(spec)).shape[1:]


def test_a_smaller_input_is_too_small_for_the_layers(name: str) -> None:
    spec = NETWORKS[name]
    with pytest.raises((ValueError, ConfigError)):
        spec.body(smallest_input(spec, samples_less=1))
    if spec.input_kind == "mfcc":
        with pytest.raises((ValueError, ConfigError)):
            spec.body(smallest_input(spec, n_mfcc_less=1))


def test_names_are_given_once() -> None:
    with pytest.raises(ConfigError, match="'mfcc_cnn' is registered already"):
        register(NETWORKS["mfcc_cnn"])


@pytest.mark.parametrize(
    ("name", "input_shape", "table", "total"),
    [
        ("wave_cnn", (32_000, 1), WAVE_CNN, 400_644),
        ("mfcc_cnn", (40, 173, 1), MFCC_CNN, 171_280),
        ("yamnet_head", (1_024,), YAMNET_HEAD, 82_000),
        ("wave_dummy", (32_000, 1), WAVE_DUMMY, 160),
        ("mfcc_dummy", (40, 173, 1), MFCC_DUMMY, 160),
    ],
)
def test_layers_are_those_of_the_table(
    name: str, input_shape: tuple[int, ...], table: list[Layer], total: int
) -> None:
    model = build(name)
    assert model.input_shape == (None, *input_shape)
    layers = [
        (type(layer).__name__, layer.output.shape[1:], layer.count_params()) for layer in model.layers[1:]
    ]
    assert layers == table
    assert model.count_params() == total


def test_convolutions_of_the_wave_network_are_valid_and_rectified() -> None:
    model = build("wave_cnn")
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv1D)]
    assert [layer.kernel_size[0] for layer in convolutions] == [9, 9, 3, 3, 3, 3, 3, 3]
    assert {(layer.padding, layer.activation.__name__) for layer in convolutions} == {("valid", "relu")}
    pools = [layer.pool_size[0] for layer in model.layers if isinstance(layer, keras.layers.MaxPooling1D)]
    assert pools == [16, 4, 4]
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.1, 0.1, 0.1, 0.2]
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.activation.__name__ for layer in dense] == ["relu", "relu", "softmax"]


def test_convolutions_of_the_mfcc_network_leave_rectifying_to_after_the_norm() -> None:
    model = build("mfcc_cnn")
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert {(layer.kernel_size, layer.padding) for layer in convolutions} == {((4, 10), "same")}
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    linear = {layer.activation.__name__ for layer in [*convolutions, dense[0]]}
    assert linear == {"linear"}


def test_probabilities_of_the_single_label_task_sum_to_one(name: str) -> None:
    model = build(name)
    probabilities = model.predict_on_batch(random_input(model, 3))
    assert probabilities.shape == (3, NUM_CLASSES)
    assert probabilities.dtype == np.float32
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert isinstance(model.loss, keras.losses.CategoricalCrossentropy)


def test_probabilities_of_the_multi_label_task_are_independent(name: str) -> None:
    model = build(name, task="multi")
    head = model.get_layer("head")
    assert head.activation.__name__ == "sigmoid"
    assert isinstance(model.loss, keras.losses.BinaryCrossentropy)
    bias = np.zeros(NUM_CLASSES, np.float32)
    bias[:2] = 20
    head.set_weights([np.zeros_like(head.get_weights()[0]), bias])
    probabilities = model.predict_on_batch(random_input(model, 1))[0]
    np.testing.assert_allclose(probabilities[:3], [1, 1, 0.5], atol=1e-6)


def test_optimiser_has_the_configured_rate(name: str) -> None:
    expected = 1e-2 if name == "yamnet_head" else 1e-3
    assert float(build(name).optimizer.learning_rate) == pytest.approx(expected)
    model = build(name, learning_rate=0.25)
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert float(model.optimizer.learning_rate) == 0.25


def test_a_training_step_reports_loss_and_both_scores(name: str) -> None:
    model = build(name)
    targets = np.eye(NUM_CLASSES, dtype=np.float32)[:2]
    logs = model.train_on_batch(random_input(model, 2), targets, return_dict=True)
    assert set(logs) == {"loss", "accuracy", "lwlrap"}
    assert all(np.isfinite(value) for value in logs.values())


def test_the_same_seed_gives_the_same_start(name: str) -> None:
    weights = []
    for _ in range(2):
        keras.utils.set_random_seed(4)
        weights.append(build(name).get_weights())
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)


def predictions_with_ties() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = (rng.random((50, 7)) < 0.25).astype(np.float32)
    assert (truth.sum(axis=1) == 0).any()
    return truth, rng.random((50, 7)).round(1).astype(np.float32)


@pytest.mark.parametrize("batch_size", [1, 7, 50])
def test_lwlrap_over_batches_is_lwlrap_of_all_clips(batch_size: int) -> None:
    truth, scores = predictions_with_ties()
    metric = Lwlrap(num_classes=7)
    for start in range(0, len(truth), batch_size):
        metric.update_state(truth[start : start + batch_size], scores[start : start + batch_size])
    assert float(metric.result()) == pytest.approx(metrics.lwlrap(truth, scores), abs=1e-6)
    metric.reset_state()
    assert float(metric.result()) == 0


def test_weighted_lwlrap_leaves_out_clips_of_no_weight() -> None:
    truth, scores = predictions_with_ties()
    metric = Lwlrap(num_classes=7)
    weight = (np.arange(50) < 20).astype(np.float32)
    metric.update_state(truth, scores, sample_weight=weight)
    assert float(metric.result()) == pytest.approx(metrics.lwlrap(truth[:20], scores[:20]), abs=1e-6)


def test_accuracy_over_batches_is_accuracy_of_all_clips() -> None:
    truth, scores = predictions_with_ties()
    labelled = truth.any(axis=1)
    truth, scores = truth[labelled], scores[labelled]
    metric = TopIsLabel(num_classes=7)
    for start in range(0, len(truth), 9):
        metric.update_state(truth[start : start + 9], scores[start : start + 9])
    only_denied = np.where(np.eye(3, truth.shape[1]) == 1, 0, np.nan).astype(np.float32)
    metric.update_state(only_denied, scores[:3])
    assert float(metric.result()) == pytest.approx(metrics.accuracy(truth, scores), abs=1e-6)
