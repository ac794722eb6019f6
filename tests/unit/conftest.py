"""Fixtures for unit tests: runs that say what a test wants, without any training."""

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
