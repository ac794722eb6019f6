"""Near-duplicates of a set: found once, kept, and found anew where what was kept is damaged."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from fsat_core.dataset import Dataset, open_dataset, scan
from fsat_core.embedding import EmbeddingStore, build_store, locate
from fsat_core.embedding.near_duplicates import NEAR_DUPLICATES, group_near_duplicates, near_duplicates
from fsat_core.errors import FsatError
from tests.helpers.embedders import TINY

RATE = 16_000
SOUND = np.random.default_rng(0).normal(0, 0.1, 3 * RATE)


@pytest.fixture
def dataset(kaggle_set: Path) -> Dataset:
    """A set with a clip, and a quieter one that begins later."""
    folder = kaggle_set / "train_curated"
    rows = pd.read_csv(kaggle_set / "train_curated.csv")
    for name, wave in (("whole.wav", SOUND), ("later.wav", 0.2 * SOUND[RATE:])):
        sf.write(folder / name, wave, RATE)
        rows.loc[len(rows), ["fname", "labels"]] = [name, rows["labels"][0]]
    rows.to_csv(kaggle_set / "train_curated.csv", index=False)
    return open_dataset(kaggle_set)


@pytest.fixture
def store(dataset: Dataset, tmp_path: Path) -> EmbeddingStore:
    place = locate(dataset, scan(dataset, tmp_path), tmp_path, TINY)
    return build_store(place, tmp_path, num_processes=1)


def test_a_quieter_part_of_a_clip(store: EmbeddingStore) -> None:
    pairs = near_duplicates(store)
    ours = pairs[pairs["clip_id"].str.contains("whole|later")]
    (pair,) = ours.itertuples(index=False)
    sign = 1 if pair.clip_id == "curated/later.wav" else -1
    assert {pair.clip_id, pair.other_id} == {"curated/whole.wav", "curated/later.wav"}
    assert pair.later_s == pytest.approx(sign * 1.0)
    assert pair.likeness > 0.95


def test_they_are_kept(store: EmbeddingStore) -> None:
    first = near_duplicates(store)
    time = (store.folder / NEAR_DUPLICATES).stat().st_mtime_ns
    pd.testing.assert_frame_equal(near_duplicates(store), first)
    assert (store.folder / NEAR_DUPLICATES).stat().st_mtime_ns == time


@pytest.mark.parametrize("damage", [b"", b"PAR1 no table"])
def test_what_is_damaged_is_found_anew(store: EmbeddingStore, damage: bytes) -> None:
    first = near_duplicates(store)
    (store.folder / NEAR_DUPLICATES).write_bytes(damage)
    pd.testing.assert_frame_equal(near_duplicates(store), first)


def test_a_folder_that_cannot_be_written(store: EmbeddingStore) -> None:
    (store.folder / NEAR_DUPLICATES).mkdir()
    with pytest.raises(FsatError, match="near-duplicates cannot be kept"):
        near_duplicates(store)


def test_groups_hang_together() -> None:
    pairs = pd.DataFrame([("d", "b"), ("x", "y"), ("b", "a")], columns=["clip_id", "other_id"])
    assert group_near_duplicates(pairs) == [["a", "b", "d"], ["x", "y"]]
    assert group_near_duplicates(pairs.head(0)) == []
