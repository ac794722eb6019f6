"""Suspicion before any training, on sounds that are told apart easily."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.errors import DatasetError
from fsat_core.evaluation.by_ear import predict_by_ear, rank_by_ear
from tests.helpers.embedders import make_store

CLASSES = ["Bark", "Rain"]


def make_clips(splits: list[str]) -> pd.DataFrame:
    ids = [f"{split}/{number}.wav" for number, split in enumerate(splits)]
    labels = [CLASSES[number % 2] for number in range(len(ids))]
    return pd.DataFrame({"clip_id": ids, "split": splits, "labels": labels})


def windows_of(clips: pd.DataFrame) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    at = [CLASSES.index(label) for label in clips["labels"]]
    rows = zip(clips["clip_id"], at, strict=True)
    return {clip_id: np.eye(521)[place] + rng.normal(0, 0.05, (3, 521)) for clip_id, place in rows}


def test_wrong_labels_come_first(tmp_path: Path) -> None:
    clips = make_clips(["curated"] * 16 + ["noisy"] * 4 + ["test"])
    scores = dict.fromkeys(clips["clip_id"], np.zeros(521))
    store = make_store(tmp_path / "store", windows_of(clips), scores)
    wrong = ["curated/2.wav", "curated/7.wav", "noisy/17.wav"]
    is_wrong = clips["clip_id"].isin(wrong)
    swapped = clips["labels"].map({"Bark": "Rain", "Rain": "Bark"})
    ranked = rank_by_ear(store, clips.assign(labels=clips["labels"].mask(is_wrong, swapped)), CLASSES)
    assert set(ranked["clip_id"][:3]) == set(wrong)
    assert ranked["suggested"][0] != ranked["labels"][0]
    assert "test/20.wav" not in set(ranked["clip_id"])
    assert len(ranked) == 20


def test_one_class_teaches_nothing(tmp_path: Path) -> None:
    clips = make_clips(["curated"] * 4).assign(labels="Bark")
    store = make_store(tmp_path / "store", windows_of(clips))
    with pytest.raises(DatasetError, match=r"4 labelled clips of 1 class.*Label some first"):
        predict_by_ear(store, clips, CLASSES)
