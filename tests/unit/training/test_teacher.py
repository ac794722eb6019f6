"""A teacher says of a crop what was heard there, and learns from the training clips alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fsat_core.audio.cache.stored import Crop
from fsat_core.config.train_config import TrainConfig
from fsat_core.embedding import YAMNET, EmbeddingStore
from fsat_core.training.batches import Examples
from fsat_core.training.teacher import Teacher, fit_teacher
from tests.helpers.embedders import make_store

RATE = 8_000  # half of what was listened at
HOP, WINDOW = YAMNET.hop_samples // 2, YAMNET.window_samples // 2


def window(position: int, value: float) -> np.ndarray:
    """An embedding of one number that is not 0."""
    return np.eye(YAMNET.dimension, dtype=np.float32)[position] * value


@pytest.fixture
def store(tmp_path: Path) -> EmbeddingStore:
    """Twenty clips of two classes, one whose class changes in the middle, and one of silence."""
    rng = np.random.default_rng(0)
    clips = {
        f"curated/{name}_{number}.wav": np.stack([window(at, 3.0) + rng.random(YAMNET.dimension) / 50] * 4)
        for at, name in enumerate(("bark", "meow"))
        for number in range(10)
    }
    mixed = np.stack(
        [window(0, 3.0), window(0, 3.0), window(1, 3.0), window(1, 3.0), np.zeros(YAMNET.dimension)]
    )
    return make_store(
        tmp_path / "store",
        {**clips, "curated/mixed.wav": mixed, "curated/silent.wav": np.zeros((2, YAMNET.dimension))},
    )


def config_of(**settings: Any) -> TrainConfig:
    values: dict[str, Any] = {"new_crops": True, "soft_labels": 0.5, "sample_rate": RATE, **settings}
    return TrainConfig.from_recipe("mfcc_cnn", **values)


def fitted(store: EmbeddingStore, swapped: bool = False, **settings: Any) -> Teacher:
    clip_ids = [clip_id for clip_id in store.clip_ids if "_" in clip_id]
    is_bark = np.array(["bark" in clip_id for clip_id in clip_ids]) != swapped
    targets = np.stack([is_bark, ~is_bark], axis=1).astype(np.float32)
    examples = Examples(clip_ids, targets, np.ones(len(clip_ids), np.float32))
    return fit_teacher(store, examples, config_of(**settings), seed=0, should_stop=lambda: False)


@pytest.mark.parametrize("task", ["single", "multi"])
def test_it_says_the_class_that_is_heard_in_the_crop(store: EmbeddingStore, task: str) -> None:
    teacher = fitted(store, task=task)
    crops = [Crop("curated/mixed.wav", 0, HOP), Crop("curated/mixed.wav", 3 * HOP, HOP)]
    bark, meow = teacher.teach(crops, RATE).probabilities
    assert bark[0] > bark[1] + 0.2
    assert meow[1] > meow[0] + 0.2


def test_it_learns_from_the_labels_that_it_is_given(store: EmbeddingStore) -> None:
    crops = [Crop("curated/mixed.wav", 0, HOP)]
    assert fitted(store, swapped=True).teach(crops, RATE).probabilities[0, 1] > 0.7


@pytest.mark.parametrize(
    ("start", "num_samples", "expected"),
    [
        (0, 1, [3.0, 0.0]),
        (2 * HOP + WINDOW - HOP, HOP, [0.0, 3.0]),  # the second half of the third window, and the fourth
        (0, 2 * HOP + WINDOW, None),
        (-3 * HOP, 4 * HOP, [3.0, 0.0]),  # zeros first
        (HOP + WINDOW, 9 * HOP, [0.0, 3.0]),  # beyond the end
    ],
)
def test_windows_count_by_how_much_of_them_is_there(
    store: EmbeddingStore, start: int, num_samples: int, expected: list[float] | None
) -> None:
    teacher = Teacher(
        store,
        kernel=np.zeros((YAMNET.dimension, 2), np.float32),
        bias=np.zeros(2, np.float32),
        mean=np.zeros(YAMNET.dimension, np.float32),
        std=np.ones(YAMNET.dimension, np.float32),
        is_single=True,
    )
    heard = teacher.teach([Crop("curated/mixed.wav", start, num_samples)], RATE).embeddings[0, :2]
    if expected is None:  # two windows of each, of which half of the last one
        last = num_samples - 3 * HOP
        expected = list(3 * np.array([2 * WINDOW, WINDOW + last]) / (3 * WINDOW + last))
    np.testing.assert_allclose(heard, expected, atol=1e-6)


@pytest.mark.parametrize("clip_id", ["curated/silent.wav", "curated/unheard.wav"])
def test_of_what_was_not_heard_it_says_nothing(store: EmbeddingStore, clip_id: str) -> None:
    teacher = fitted(store)
    crops, targets = [Crop(clip_id, 0, HOP), Crop("curated/bark_0.wav", 0, HOP)], np.array([[0, 1], [1, 0]])
    taught = teacher.teaching(config_of(embedding_loss=1.0))(crops, targets)
    assert taught.shape == (2, 2 + YAMNET.dimension)
    assert taught[0, :2].tolist() == [0, 1]
    assert np.isnan(taught[0, 2:]).all()
    assert np.isfinite(taught[1]).all()


def test_targets_are_partly_what_it_says(store: EmbeddingStore) -> None:
    teacher, crops = fitted(store), [Crop("curated/bark_0.wav", 0, HOP)]
    said = teacher.teach(crops, RATE).probabilities
    wrong = np.array([[0.0, 1.0]])
    taught = teacher.teaching(config_of(soft_labels=0.25))(crops, wrong)
    np.testing.assert_allclose(taught, 0.75 * wrong + 0.25 * said, rtol=1e-6)
