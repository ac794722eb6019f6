"""One network for all folds: each begins as a new one would, and keeps what was compiled for the last."""

import threading
from collections.abc import Callable

import keras
import numpy as np
import pytest

from fsat_core.config.train_config import TrainConfig
from fsat_core.runs import Run
from fsat_core.settings import Settings
from fsat_core.training.fold import begin_fold
from fsat_core.training.network import build_model
from fsat_core.training.reuse import fresh_model

SMALL = {
    "mfcc_cnn": {"sample_rate": 8_000, "duration_s": 1.0, "n_mfcc": 16},  # with batch norms
    "wave_cnn": {"sample_rate": 8_000, "duration_s": 0.25},  # with dropout
}
NUM_CLASSES = 3


@pytest.fixture(params=list(SMALL))
def config(request: pytest.FixtureRequest) -> TrainConfig:
    return TrainConfig.from_recipe(request.param, "reference", **SMALL[request.param])


def train(model: keras.Model) -> list[np.ndarray]:
    """The weights after two epochs on noise."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(10, *model.input_shape[1:])).astype(np.float32)
    targets = np.eye(NUM_CLASSES, dtype=np.float32)[np.arange(10) % NUM_CLASSES]
    model.fit(features, targets, batch_size=4, epochs=2, shuffle=False, verbose=0)
    return model.get_weights()


def test_the_same_as_a_new_network_to_the_last_bit(config: TrainConfig) -> None:
    wanted = train(build_model(config, NUM_CLASSES, seed=7))
    other = train(fresh_model(config, NUM_CLASSES, 1, seed=6))
    assert not all(np.array_equal(one, two) for one, two in zip(other, wanted, strict=True))
    for _ in range(2):
        for one, two in zip(train(fresh_model(config, NUM_CLASSES, 1, seed=7)), wanted, strict=True):
            np.testing.assert_array_equal(one, two)


def test_what_was_compiled_is_kept(config: TrainConfig) -> None:
    first = fresh_model(config, NUM_CLASSES, 1, seed=0)
    train(first)
    compiled = first.train_function
    again = fresh_model(config, NUM_CLASSES, 1, seed=1)
    assert again is first
    assert again.train_function is compiled is not None
    assert int(again.optimizer.iterations) == 0


def test_another_kind_is_another_network(config: TrainConfig) -> None:
    first = fresh_model(config, NUM_CLASSES, 1, seed=0)
    changed = config.model_copy(update={"learning_rate": 0.5})
    assert float(fresh_model(changed, NUM_CLASSES, 1, seed=0).optimizer.learning_rate) == 0.5
    assert fresh_model(config, NUM_CLASSES, 1, seed=0) is not first
    assert fresh_model(config, NUM_CLASSES + 1, 1, seed=0).output_shape == (None, NUM_CLASSES + 1)


def test_threads_have_a_network_each(config: TrainConfig) -> None:
    models = [fresh_model(config, NUM_CLASSES, 1, seed=0)]
    thread = threading.Thread(target=lambda: models.append(fresh_model(config, NUM_CLASSES, 1, seed=0)))
    thread.start()
    thread.join()
    assert models[0] is not models[1]
    assert fresh_model(config, NUM_CLASSES, 1, seed=0) is models[0]


def test_caches_are_opened_once_for_all_folds_of_a_worker(
    settings: Settings, new_run: Callable[..., Run]
) -> None:
    run = new_run("wave_dummy")
    first, second = (begin_fold(run, settings.cache_dir, fold) for fold in (0, 1))
    assert second.cache is first.cache
    assert second.test_cache is first.test_cache is not None
    status = run.status
    status.started_at = 5.0
    status.save(run.path / "status.json")  # another worker goes on
    assert begin_fold(run, settings.cache_dir, 1).cache is not first.cache
