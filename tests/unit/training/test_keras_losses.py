"""The loss of several labels, in which some targets are not known; under every backend that is installed."""

import json
import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pytest

from fsat_core.training.keras_losses import KnownCrossentropy, TaughtLoss

TRUTH = np.array([[1, 0, 0], [0, 1, 1]], dtype=np.float32)
SCORES = np.array([[0.8, 0.3, 0.1], [0.4, 0.9, 0.2]], dtype=np.float32)
TRAIN = """
import json, keras, numpy as np
from fsat_core.training.keras_losses import KnownCrossentropy

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="sigmoid")])
before = [np.array(weights) for weights in model.get_weights()]
model.compile(keras.optimizers.SGD(1.0), KnownCrossentropy(label_smoothing=0.1))
targets = np.array([[np.nan, 0.0, np.nan]] * 4, dtype=np.float32)
model.fit(np.ones((4, 2), dtype=np.float32), targets, sample_weight=np.full(4, 0.5), verbose=0)
after = model.get_weights()
moved = [np.abs(new - old).max(axis=0, initial=0) if new.ndim > 1 else np.abs(new - old)
         for new, old in zip(after, before)]
print(json.dumps([np.array(row).tolist() for row in moved]))
"""


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_where_all_is_known_it_is_that_of_keras(smoothing: float) -> None:
    plain = keras.losses.BinaryCrossentropy(label_smoothing=smoothing)
    known = KnownCrossentropy(label_smoothing=smoothing)
    assert float(known(TRUTH, SCORES)) == pytest.approx(float(plain(TRUTH, SCORES)), rel=1e-6)


def test_what_is_not_known_counts_as_no_loss() -> None:
    truth = np.array([[np.nan, 0, np.nan]], dtype=np.float32)
    loss = keras.ops.convert_to_numpy(
        KnownCrossentropy().call(truth, keras.ops.convert_to_tensor(SCORES[:1]))
    )
    assert loss == pytest.approx([-np.log(0.7) / 3], rel=1e-5)


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_only_the_denied_class_is_taught(backend: str) -> None:
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = {"KERAS_BACKEND": backend, "PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", TRAIN], env=environment, capture_output=True, text=True, check=True
    )
    for moved in json.loads(done.stdout.splitlines()[-1]):
        assert moved[0] == moved[2] == 0
        assert moved[1] > 0


def test_an_embedding_is_learnt_beside_the_classes() -> None:
    given = keras.ops.convert_to_tensor(np.hstack([SCORES, [[0.5, 1.0], [0.0, 0.0]]]).astype(np.float32))
    loss = TaughtLoss(KnownCrossentropy(), num_classes=3, weight=2.0)
    classes = KnownCrossentropy().call(TRUTH, keras.ops.convert_to_tensor(SCORES))
    wanted = np.hstack([TRUTH, [[0.5, 0.0], [np.nan, np.nan]]]).astype(np.float32)
    taught = keras.ops.convert_to_numpy(loss.call(wanted, given) - classes)
    assert taught == pytest.approx([1.0, 0.0], abs=1e-6)  # nothing is known of the second one
    validated = loss.call(keras.ops.convert_to_tensor(TRUTH), given)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(validated - classes), 0, atol=1e-7)
