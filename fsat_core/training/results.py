"""Putting the folds of a run together: out-of-fold and test predictions, and their scores."""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from fsat_core.files import remove, write_atomically, write_json
from fsat_core.metrics import accuracy, lwlrap
from fsat_core.prediction.combine import combine_probabilities
from fsat_core.runs.predictions import load_oof
from fsat_core.runs.run import Run
from fsat_core.runs.saved_folds import SavedFolds, align_test
from fsat_core.text import counted


def assemble_results(run: Run) -> tuple[dict[str, float], list[str]]:
    """Write `oof.parquet`, `test.parquet` (geometric mean of the folds) and `scores.json`.

    Folds are put together by clip id. A clip that went before its fold was trained, or a test clip that went
    before the last one was, is left out.

    Returns
    -------
    (dict, list of str)
        Out-of-fold `lwlrap` and `accuracy`, over the curated clips where there are any; lines for the user.

    Raises
    ------
    RunError
        If a fold is not complete.
    """
    saved = SavedFolds(run)
    folds = [saved.read(fold) for fold in range(run.config.n_folds)]
    pinned, classes = run.labels()["clip_id"].tolist(), run.classes
    row = {clip_id: index for index, clip_id in enumerate(pinned)}
    predictions = np.full((len(pinned), len(classes)), np.nan, dtype=np.float32)
    for fold in folds:
        predictions[[row[clip_id] for clip_id in fold.oof_ids]] = fold.oof
    known = np.array([np.isfinite(row).all() for row in predictions])
    clip_ids = [clip_id for clip_id, is_known in zip(pinned, known, strict=True) if is_known]
    _write_table(run.path / "oof.parquet", clip_ids, predictions[known], classes)
    test_ids, members = align_test(folds)
    if test_ids:
        single = run.config.task == "single"
        combined = combine_probabilities(members, "geometric", normalise=single)
        _write_table(run.path / "test.parquet", test_ids, combined, classes)
    else:
        remove(run.path / "test.parquet")
    oof = load_oof(run)
    scores = {
        "lwlrap": lwlrap(oof.truth, oof.probabilities),
        "accuracy": accuracy(oof.truth, oof.probabilities),
    }
    _make_room(run.path / "scores.json")
    write_json(run.path / "scores.json", scores, make_folder=False)
    return scores, _describe(len(pinned) - len(clip_ids), len(run.test_clips()) - len(test_ids))


def _describe(num_oof: int, num_test: int) -> list[str]:
    missing = [
        counted(number, noun)
        for number, noun in ((num_oof, "training clip"), (num_test, "test clip"))
        if number
    ]
    if not missing:
        return []
    return [
        f"{' and '.join(missing)} went before every fold had predicted them: the results are without them."
    ]


def _make_room(path: Path) -> None:
    """Remove a folder that is where a result belongs: that of a damaged run."""
    if path.is_dir():
        remove(path)


def _write_table(path: Path, clip_ids: list[str], probabilities: np.ndarray, classes: list[str]) -> None:
    table = pd.DataFrame(probabilities.astype(np.float32), columns=classes)
    table.insert(0, "clip_id", clip_ids)
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    _make_room(path)
    write_atomically(path, buffer.getvalue(), make_folder=False)
