"""Putting the folds of a run together: out-of-fold and test predictions, and their scores."""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from fsat_core.files import write_atomically, write_json
from fsat_core.metrics import accuracy, lwlrap
from fsat_core.prediction.combine import combine_probabilities
from fsat_core.runs.predictions import load_fold_array, load_oof
from fsat_core.runs.run import Run


def assemble_results(run: Run) -> dict[str, float]:
    """Write `oof.parquet`, `test.parquet` (geometric mean of the folds) and `scores.json`.

    Returns
    -------
    dict
        Out-of-fold `lwlrap` and `accuracy`, over the curated clips where there are any.
    """
    labels, classes = run.labels(), run.classes
    predictions = np.zeros((len(labels), len(classes)), dtype=np.float32)
    for fold in range(run.config.n_folds):
        predictions[labels["fold"].to_numpy() == fold] = load_fold_array(run, fold, "oof.npy")
    _write_table(run.path / "oof.parquet", labels["clip_id"].tolist(), predictions, classes)
    if test_ids := run.test_clips():
        members = np.stack([load_fold_array(run, fold, "test.npy") for fold in range(run.config.n_folds)])
        single = run.config.task == "single"
        combined = combine_probabilities(members, "geometric", normalise=single)
        _write_table(run.path / "test.parquet", test_ids, combined, classes)
    oof = load_oof(run)
    scores = {
        "lwlrap": lwlrap(oof.truth, oof.probabilities),
        "accuracy": accuracy(oof.truth, oof.probabilities),
    }
    write_json(run.path / "scores.json", scores)
    return scores


def _write_table(path: Path, clip_ids: list[str], probabilities: np.ndarray, classes: list[str]) -> None:
    table = pd.DataFrame(probabilities.astype(np.float32), columns=classes)
    table.insert(0, "clip_id", clip_ids)
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    write_atomically(path, buffer.getvalue())
