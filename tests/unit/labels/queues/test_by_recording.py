"""The queue of near-duplicates."""

from pathlib import Path

import pandas as pd
import pytest

from fsat_core.embedding import EmbeddingStore
from fsat_core.embedding.near_duplicates import NEAR_DUPLICATES
from fsat_core.errors import LabelError
from fsat_core.labels import Decision, LabelStore, build_queue
from tests.helpers.embedders import make_store

IDS = [f"curated/{name}.wav" for name in "abcdefg"]
PAIRS = [("a", "b", 0.0), ("d", "c", 1.5), ("e", "d", -0.5), ("f", "g", 0.02)]


@pytest.fixture
def clips() -> pd.DataFrame:
    labels = ["Bark", "Bark", "Rain", "", "Bell", "Bell", ""]
    return pd.DataFrame({"clip_id": IDS, "split": "curated", "labels": labels, "error": ""})


@pytest.fixture
def store(tmp_path: Path) -> EmbeddingStore:
    store = make_store(tmp_path / "ears", {clip_id: pd.DataFrame([[1.0, 0.0]]).to_numpy() for clip_id in IDS})
    rows = [(f"curated/{one}.wav", f"curated/{other}.wav", later, 0.97) for one, other, later in PAIRS]
    table = pd.DataFrame(rows, columns=["clip_id", "other_id", "later_s", "likeness"])
    table.to_parquet(store.folder / NEAR_DUPLICATES, index=False)
    return store


def test_recordings_with_different_labels_come_first(clips: pd.DataFrame, store: EmbeddingStore) -> None:
    queue = build_queue("near_duplicates", clips, heard=store)
    assert [clip_id[8] for clip_id in queue.clips["clip_id"]] == list("cdeabfg")
    reasons = dict(zip(queue.clips["clip_id"].str[8], queue.clips["reason"], strict=True))
    assert reasons["a"] == "also in b.wav (Bark)"
    assert reasons["c"] == ("also in d.wav (no label, 1.50 s earlier there), e.wav (Bell)")
    assert reasons["d"] == ("also in c.wav (Rain, 1.50 s later there), e.wav (Bell, 0.50 s later there)")


def test_a_clip_of_another_split_has_its_split(clips: pd.DataFrame, store: EmbeddingStore) -> None:
    other = clips["clip_id"].replace("curated/a.wav", "test/a.wav")
    pairs = pd.read_parquet(store.folder / NEAR_DUPLICATES).replace("curated/a.wav", "test/a.wav")
    pairs.to_parquet(store.folder / NEAR_DUPLICATES, index=False)
    queue = build_queue("near_duplicates", clips.assign(clip_id=other), heard=store)
    reasons = dict(zip(queue.clips["clip_id"], queue.clips["reason"], strict=True))
    assert reasons["curated/b.wav"] == "also in test/a.wav (Bark)"


def test_what_is_decided_counts(clips: pd.DataFrame, store: EmbeddingStore, tmp_path: Path) -> None:
    labels = LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}")
    labels.add(Decision(IDS[0], "ann", "relabel", "Rain"))
    queue = build_queue("near_duplicates", clips, heard=store, decisions=labels.decisions())
    assert [clip_id[8] for clip_id in queue.clips["clip_id"]] == list("abcdefg")


def test_nobody_has_listened(clips: pd.DataFrame) -> None:
    with pytest.raises(LabelError, match="fsat embed"):
        build_queue("near_duplicates", clips)
