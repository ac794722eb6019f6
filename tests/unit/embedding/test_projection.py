"""The map: what sounds alike lies together, and it is made once."""

from pathlib import Path

import numpy as np
import pytest

from fsat_core.dataset import open_dataset, scan
from fsat_core.embedding import EmbeddingStore, build_store, locate
from fsat_core.embedding.projection import draw_map, project, read_map
from fsat_core.errors import FsatError, Stopped
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


def test_drawing_says_how_far_it_is_and_stops() -> None:
    vectors = np.random.default_rng(0).random((60, 6)).astype(np.float16)
    said: list[tuple[int, int]] = []
    project(vectors, lambda done, total: said.append((done, total)))
    assert said[-1] == (1_000, 1_000)
    assert len(said) > 5
    with pytest.raises(Stopped):
        project(vectors, should_stop=lambda: True)


def test_clips_of_one_and_the_same_sound_lie_in_a_row() -> None:
    places = project(np.tile(np.arange(6, dtype=np.float16), (40, 1)))
    assert len(np.unique(places, axis=0)) == 40


def test_a_map_that_cannot_be_kept_is_one_line(
    kaggle_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = open_dataset(kaggle_set)
    place = locate(dataset, scan(dataset, tmp_path), tmp_path, TINY)
    store: EmbeddingStore = build_store(place, tmp_path, num_processes=1)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fsat_core.embedding.projection.write_atomically", full)
    with pytest.raises(FsatError, match=r"the map cannot be kept in .*No space left"):
        draw_map(store)


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
