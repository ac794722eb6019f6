"""The map: what sounds alike lies together, and it is made once."""

from pathlib import Path

import numpy as np
import pytest

from fsat_core.dataset import open_dataset, scan
from fsat_core.embedding import EmbeddingStore, build_store, locate
from fsat_core.embedding.projection import draw_map, project, read_map
from tests.helpers.embedders import TINY


def test_neighbours_stay_neighbours() -> None:
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.arange(4), 25)
    vectors = np.eye(4)[kinds].repeat(8, axis=1) + rng.normal(0, 0.05, (100, 32))
    places = project(vectors.astype(np.float16))
    far = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    np.fill_diagonal(far, np.inf)
    nearest = np.argsort(far, axis=1)[:, :5]
    assert (kinds[nearest] == kinds[:, None]).mean() > 0.98
    np.testing.assert_array_equal(project(vectors.astype(np.float16)), places)


@pytest.mark.parametrize("num_clips", [0, 1, 3, 5])
def test_few_clips_and_silent_ones(num_clips: int) -> None:
    vectors = np.random.default_rng(0).random((num_clips + 1, 6)).astype(np.float16)
    vectors[0] = 0
    places = project(vectors)
    assert np.isnan(places[0]).all()
    assert np.isfinite(places[1:]).all()


def test_a_map_is_made_once_and_a_damaged_one_anew(kaggle_set: Path, tmp_path: Path) -> None:
    dataset = open_dataset(kaggle_set)
    place = locate(dataset, scan(dataset, tmp_path), tmp_path, TINY)
    store: EmbeddingStore = build_store(place, tmp_path, num_processes=1)
    assert read_map(store) is None
    places = draw_map(store)
    assert places.shape == (len(place.clips), 2)
    stamp = (store.folder / "map.npy").stat().st_mtime_ns
    draw_map(store)
    assert (store.folder / "map.npy").stat().st_mtime_ns == stamp
    (store.folder / "map.npy").write_bytes(b"cut off")
    np.testing.assert_array_equal(draw_map(store), places)
