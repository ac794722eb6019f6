"""Fixtures for unit tests: catalogues without files, and runs that say what a test wants without training."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.config.train_config import TrainConfig
from fsat_core.runs import Run


@pytest.fixture
def predicted_run(tmp_path: Path) -> Callable[..., Run]:
    """Writes a run: `predicted_run({"curated/a.wav": ("Bark", [0.9, 0.1])})`.

    Each clip has its pinned labels and, out of fold, the probability of each of `classes`. `folds` are what
    each fold says of each of the `test` clips.
    """

    def write(
        clips: Mapping[str, tuple[str, Sequence[float]]],
        classes: Sequence[str] = ("Bark", "Knock"),
        *,
        task: str = "single",
        name: str = "run",
        test: Sequence[str] = (),
        folds: Sequence[Sequence[Sequence[float]]] = (),
    ) -> Run:
        path = tmp_path / "predicted" / name
        path.mkdir(parents=True)
        TrainConfig.from_recipe("mfcc_dummy", task=task, n_folds=max(len(folds), 2)).save(
            path / "config.json"
        )
        (path / "classes.json").write_text(json.dumps(list(classes)))
        table = pd.DataFrame(
            {"clip_id": list(clips), "labels": [labels for labels, _ in clips.values()], "fold": 0}
        )
        table.to_csv(path / "labels.csv", index=False)
        pd.DataFrame({"clip_id": [], "error": []}).to_csv(path / "skipped.csv", index=False)
        pd.DataFrame({"clip_id": list(test)}).to_csv(path / "test_clips.csv", index=False)
        oof = pd.DataFrame([values for _, values in clips.values()], columns=list(classes), dtype="float32")
        oof.insert(0, "clip_id", list(clips))
        oof.to_parquet(path / "oof.parquet", index=False)
        for fold, values in enumerate(folds):
            (path / f"fold_{fold:02d}").mkdir()
            np.save(path / f"fold_{fold:02d}" / "test.npy", np.array(values, dtype=np.float32))
            np.save(path / f"fold_{fold:02d}" / "oof.npy", np.empty(0))
        return Run(path)

    return write


@pytest.fixture(scope="session")
def catalogue_of() -> Callable[[list[tuple[str, str, int]]], pd.DataFrame]:
    """Makes a catalogue of clips that have no files: `catalogue_of([("curated", "Bark,Yell", 20_000)])`.

    A row is the split, the labels and the number of frames at 44.1 kHz, 0 for an unreadable clip.
    """

    def make(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
        table = pd.DataFrame(rows, columns=["split", "labels", "num_frames"])
        table["num_labels"] = [len(labels.split(",")) if labels else 0 for labels in table["labels"]]
        table["duration_s"] = (table["num_frames"] / 44_100).where(table["num_frames"] > 0)
        return table

    return make


@pytest.fixture
def small_catalogue(catalogue_of: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """Eight clips in three splits: some of several labels, some of none, one unreadable."""
    return catalogue_of(
        [
            ("curated", "Bark", 10_000),
            ("curated", "Bark,Yell", 20_000),
            ("curated", "Yell", 30_000),
            ("noisy", "Bark", 40_000),
            ("noisy", "Bark,Knock,Yell", 50_000),
            ("noisy", "Bark", 0),
            ("test", "", 100_000),
            ("test", "", 5_000),
        ]
    )


@pytest.fixture(scope="session")
def large_catalogue(catalogue_of: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """28,000 clips of 80 classes with names as long as the longest of FSDKaggle2019; not to be changed."""
    rng = np.random.default_rng(0)
    names = [f"Class_{i:02d}_with_a_name_of_many_words" for i in range(80)]
    labels = [",".join(rng.choice(names, rng.choice([1, 1, 1, 2, 3]), replace=False)) for _ in range(2_000)]
    splits = rng.choice(["curated", "noisy", "test"], 28_000, p=[0.2, 0.6, 0.2])
    frames = (rng.lognormal(1.5, 0.8, 28_000) * 44_100).astype(int)
    rows = [
        (str(split), labels[i % 2_000], int(num_frames))
        for i, (split, num_frames) in enumerate(zip(splits, frames, strict=True))
    ]
    return catalogue_of(rows)
