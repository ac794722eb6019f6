"""Clips that sound alike: by the whole clip, and by a stretch of it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from fsat_core.dataset import open_dataset, scan
from fsat_core.embedding import EmbeddingStore, ExactNeighbours, build_store, locate
from fsat_core.embedding.similar import is_same_sound, mean_between, nearest_clips
from tests.helpers.embedders import TINY


@pytest.fixture
def store(kaggle_set: Path, tmp_path: Path) -> EmbeddingStore:
    """Of a set in which one clip is there a second time, under another name."""
    shutil.copy(kaggle_set / "train_curated" / "bark_0.wav", kaggle_set / "test" / "test_bark.wav")
    dataset = open_dataset(kaggle_set)
    return build_store(locate(dataset, scan(dataset, tmp_path), tmp_path, TINY), tmp_path, num_processes=1)


def test_the_nearest_is_the_very_same_sound(store: EmbeddingStore) -> None:
    row = store.row("curated/bark_0.wav")
    assert row is not None
    near = nearest_clips(store, ExactNeighbours(store.means), store.means[row], 3, [row])
    assert near["clip_id"][0] == "test/test_bark.wav"
    assert near["similarity"].is_monotonic_decreasing
    same = [is_same_sound(store, "curated/bark_0.wav", clip_id) for clip_id in near["clip_id"]]
    assert same == [True, False, False]


def test_nothing_sounds_like_silence(store: EmbeddingStore) -> None:
    assert nearest_clips(store, ExactNeighbours(store.means), np.zeros(2), 3).empty


def test_a_stretch_is_the_mean_of_its_windows_that_are_not_silent() -> None:
    windows = np.array([[1, 0], [0, 0], [3, 2], [9, 9]], dtype=np.float16)  # middles: 0.05, 0.1...
    np.testing.assert_allclose(mean_between(windows, TINY, 0.0, 0.16), [2, 1])
    np.testing.assert_allclose(mean_between(windows, TINY, 0.19, 9.0), [9, 9])
    np.testing.assert_allclose(mean_between(windows, TINY, 0.16, 0.17), [3, 2])  # none: the nearest one
    np.testing.assert_allclose(mean_between(windows, TINY, 0.09, 0.11), [0, 0])
