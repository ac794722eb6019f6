"""Several runs together: means, and what is learned from their predictions, judged out of fold."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from fsat_core.errors import RunError
from fsat_core.metrics import lwlrap
from fsat_core.prediction.combine import Mean, combine_probabilities
from fsat_core.prediction.run_table import RunTable, align_oof, align_test
from fsat_core.prediction.stacking import Stack, fit_ridge, fit_weights
from fsat_core.runs.predictions import Predictions, with_truth
from fsat_core.runs.run import Run
from fsat_core.runs.stamp import stamp_of

Method = Literal["geometric", "arithmetic", "weighted", "ridge"]
_LEARNED_FROM = ("oof.parquet", "labels.csv")  # files of a run
METHODS: tuple[Method, ...] = ("geometric", "arithmetic", "weighted", "ridge")


def combine_runs(
    runs: Sequence[Run],
    how: Method = "geometric",
    part: Literal["oof", "test"] = "oof",
    truth: pd.DataFrame | None = None,
) -> Predictions:
    """Predictions of several runs together, for the clips that all of them know.

    Parameters
    ----------
    how : "geometric", "arithmetic", "weighted" or "ridge"
        For the means, a class that a run does not know is decided by the others. The last two are learned
        from what the runs say out of fold: see `Weights` and `Ridge`.
    part : "oof" or "test"
        Out-of-fold predictions, or those of the test clips.
    truth : pd.DataFrame, optional
        True labels of test clips, as from `read_truth`; leaves the labelled clips. Without it the truth of
        test clips is all zero.

    Raises
    ------
    RunError
        If no run is given, they share no clip, or their files cannot be read.
    DatasetError
        If `truth` labels none of the test clips.
    """
    if part == "oof":
        table = align_oof(runs)
        return combine_oof(table, fit_stack(table, how))
    predictions = combine_test(align_test(runs), fit_runs(runs, how))
    return predictions if truth is None else with_truth(predictions, truth)


def fit_stack(table: RunTable, how: Method) -> Mean | Stack:
    """What combines the runs of a table: a fit of it, or the name of a mean, which needs none.

    Raises
    ------
    RunError
        If the clips of the table are of one fold, and `how` is learned from them.
    """
    if how == "ridge":
        return fit_ridge(table)
    if how == "weighted":
        return fit_weights(table)
    return how


def fit_runs(runs: Sequence[Run], how: Method) -> Mean | Stack:
    """As `fit_stack`, for the out-of-fold predictions of runs, which a mean does not read."""
    if how in ("geometric", "arithmetic"):
        return how
    return fit_stack(align_oof(runs), how)


def weights_of(runs: Sequence[Run]) -> np.ndarray:
    """How much each run counts in the weighted mean [shape=(M,)]; one alone counts as it is.

    Raises
    ------
    RunError
        If the runs share no clips of at least two folds, or their files cannot be read.
    """
    if len(runs) == 1:
        return np.ones(1)
    return _weights(tuple(run.path for run in runs), tuple(stamp_of(run, _LEARNED_FROM) for run in runs))


@lru_cache(maxsize=16)  # each clip that is tagged asks for them
def _weights(paths: tuple[Path, ...], stamps: tuple[object, ...]) -> np.ndarray:
    weights = fit_weights(align_oof([Run(path) for path in paths])).per_run
    weights.flags.writeable = False
    return weights


def combine_oof(table: RunTable, how: Mean | Stack) -> Predictions:
    """Out-of-fold predictions, as from `align_oof`, together: by a mean, or by a fit of the same table."""
    return _predictions(table, _mean(table, how) if isinstance(how, str) else how.oof)


def combine_test(table: RunTable, how: Mean | Stack) -> Predictions:
    """Test predictions, as from `align_test`, together: by a mean, or by a fit of the same runs."""
    return _predictions(table, _mean(table, how) if isinstance(how, str) else how.apply(table.probabilities))


def _mean(table: RunTable, how: Mean) -> np.ndarray:
    return combine_probabilities(table.probabilities, how, table.normalise)


def _predictions(table: RunTable, probabilities: np.ndarray) -> Predictions:
    return Predictions(table.clip_ids, table.classes, table.truth, probabilities)


def leave_one_out(table: RunTable, how: Method = "geometric") -> pd.DataFrame:
    """Which runs help: columns `run_id, lwlrap_without, change`, one row per run.

    `lwlrap_without` is the out-of-fold lwlrap of the other runs together; `change` is what leaving the run
    out adds to the lwlrap of all: below 0 for a run that helps.

    Raises
    ------
    RunError
        If there are fewer than two runs.
    """
    num = len(table.run_ids)
    if num < 2:
        raise RunError(f"{num} run(s) to leave one out of: expected at least two. Choose more runs.")
    together = _lwlrap(table, how)
    without = [_lwlrap(table.without(m), how) for m in range(num)]
    return pd.DataFrame(
        {
            "run_id": table.run_ids,
            "lwlrap_without": without,
            "change": [value - together for value in without],
        }
    )


def _lwlrap(table: RunTable, how: Method) -> float:
    combined = combine_oof(table, fit_stack(table, how))
    return lwlrap(table.truth, combined.probabilities)
