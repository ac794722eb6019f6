"""Several runs together: means, and ridge regression over all their classes, judged out of fold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from fsat_core.dataset.label_text import label_matrix
from fsat_core.errors import RunError
from fsat_core.metrics import lwlrap
from fsat_core.prediction.combine import Combination, combine_probabilities
from fsat_core.runs.predictions import Predictions, load_oof, read_saved, with_truth
from fsat_core.runs.run import Run

if TYPE_CHECKING:
    from sklearn.linear_model import RidgeCV

Method = Literal["geometric", "arithmetic", "ridge"]
METHODS: tuple[Method, ...] = ("geometric", "arithmetic", "ridge")

_ALPHAS = np.logspace(-1, 5, 13)
_LOGIT_FLOOR = 1e-4  # of a probability: below it a member's confidence says no more
_TAIL = 0.02  # regression values within it of 0 or 1, or beyond, are squeezed


@dataclass(frozen=True)
class RunTable:
    """Predictions of M runs for the N clips that all of them have, over the C classes of any.

    `probabilities` [shape=(M, N, C)] is NaN where a run does not know a class; `folds` [shape=(N,)] is the
    fold of the first run that held a clip out; `normalise` says whether rows sum to 1.
    """

    run_ids: list[str]
    clip_ids: list[str]
    classes: list[str]
    truth: np.ndarray
    folds: np.ndarray
    probabilities: np.ndarray
    normalise: bool

    def without(self, member: int) -> "RunTable":
        """The same less one run."""
        return RunTable(
            [run_id for index, run_id in enumerate(self.run_ids) if index != member],
            self.clip_ids,
            self.classes,
            self.truth,
            self.folds,
            np.delete(self.probabilities, member, axis=0),
            self.normalise,
        )

    def judge(self, labels: pd.DataFrame) -> "RunTable":
        """The same with other labels (columns `clip_id, labels`) as the truth, for the clips that have some.

        Raises
        ------
        RunError
            If none of the clips has any.
        """
        texts = labels.loc[labels["labels"] != ""].set_index("clip_id")["labels"]
        rows = [row for row, clip_id in enumerate(self.clip_ids) if clip_id in texts.index]
        if not rows:
            raise RunError(
                f"None of the {len(self.clip_ids):,} clips that the runs share has a label: expected labels "
                "of these clips. Judge by other labels, or choose other runs."
            )
        clip_ids = [self.clip_ids[row] for row in rows]
        return replace(
            self,
            clip_ids=clip_ids,
            truth=label_matrix(texts[clip_ids], self.classes),
            folds=self.folds[rows],
            probabilities=self.probabilities[:, rows],
        )


@dataclass(frozen=True)
class Stack:
    """Ridge regression from the predictions of several runs to labels; fitted when first needed.

    `table` has the predictions and the truth that it is fitted on.
    """

    table: RunTable

    @cached_property
    def oof(self) -> np.ndarray:
        """Out-of-fold predictions [shape=(N, C)]: for each fold, of a fit on the other folds."""
        table, inputs = self.table, self._inputs(self.table.probabilities)
        values = np.empty(table.truth.shape)
        for fold in np.unique(table.folds):
            held_out = table.folds == fold
            ridge = _fit_ridge(inputs[~held_out], table.truth[~held_out])
            values[held_out] = ridge.predict(inputs[held_out])
        return _to_probabilities(values, table.normalise)

    @property
    def alpha(self) -> float:
        """The strength of the penalty that cross-validation chose, of the fit on all clips."""
        return float(self._ridge.alpha_)

    def apply(self, members: np.ndarray) -> np.ndarray:
        """Combined probabilities [shape=(N, C)] of the members' [shape=(M, N, C)], as in `RunTable`.

        All clips of the table are fitted on.
        """
        return _to_probabilities(self._ridge.predict(self._inputs(members)), self.table.normalise)

    @cached_property
    def _ridge(self) -> "RidgeCV":
        return _fit_ridge(self._inputs(self.table.probabilities), self.table.truth)

    def _inputs(self, members: np.ndarray) -> np.ndarray:
        """Logits of every class of every member that knows it, side by side."""
        known = ~np.isnan(self.table.probabilities).all(axis=1)
        probabilities = np.clip(np.moveaxis(members, 1, 0)[:, known], _LOGIT_FLOOR, 1 - _LOGIT_FLOOR)
        return np.log(probabilities / (1 - probabilities))


def fit_stack(runs: Sequence[Run]) -> Stack:
    """Ridge regression over all classes' out-of-fold predictions of the runs.

    Every class of every run is an input for every class, so that classes that occur together, or are
    confused, help each other. Clips keep the fold of the first run. The penalty is chosen within the clips
    that a fit sees, so that no clip's label has a part in its own prediction.

    Raises
    ------
    RunError
        If the runs share no clips of at least two folds, or their files cannot be read.
    """
    return fit_stack_of(align_oof(runs))


def fit_stack_of(table: RunTable) -> Stack:
    """As `fit_stack`, for predictions that are loaded already."""
    if len(np.unique(table.folds)) < 2:
        raise RunError(
            f"{len(table.clip_ids)} shared clips of one fold: ridge regression needs two folds at least. "
            "Choose runs on the same clips, or another combination."
        )
    return Stack(table)


def combine_runs(
    runs: Sequence[Run],
    how: Method = "geometric",
    part: Literal["oof", "test"] = "oof",
    truth: pd.DataFrame | None = None,
) -> Predictions:
    """Predictions of several runs together, for the clips that all of them know.

    Parameters
    ----------
    how : "geometric", "arithmetic" or "ridge"
        For the means, a class that a run does not know is decided by the others.
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
        return combine_oof(table, fit_stack_of(table) if how == "ridge" else how)
    predictions = combine_test(align_test(runs), fit_stack(runs) if how == "ridge" else how)
    return predictions if truth is None else with_truth(predictions, truth)


def combine_oof(table: RunTable, how: Combination | Stack) -> Predictions:
    """Out-of-fold predictions, as from `align_oof`, together: by a mean, or by a fit of the same table."""
    if isinstance(how, Stack):
        return _predictions(table, how.oof)
    return _predictions(table, combine_probabilities(table.probabilities, how, table.normalise))


def combine_test(table: RunTable, how: Combination | Stack) -> Predictions:
    """Test predictions, as from `align_test`, together: by a mean, or by a fit of the same runs."""
    if isinstance(how, Stack):
        return _predictions(table, how.apply(table.probabilities))
    return _predictions(table, combine_probabilities(table.probabilities, how, table.normalise))


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


def align_oof(runs: Sequence[Run]) -> RunTable:
    """Out-of-fold predictions of the runs side by side; where labels differ, those of the first run count."""
    table = _align(runs, [load_oof(run) for run in runs])
    folds = runs[0].labels().set_index("clip_id")["fold"]
    table.folds[:] = folds[table.clip_ids]
    return table


def align_test(runs: Sequence[Run]) -> RunTable:
    """Test predictions of the runs side by side, with a truth and folds of zero."""
    predictions = []
    for run in runs:
        clip_ids, probabilities = read_saved(run, "test.parquet")
        predictions.append(Predictions(clip_ids, run.classes, np.zeros(probabilities.shape), probabilities))
    return _align(runs, predictions)


def _align(runs: Sequence[Run], predictions: Sequence[Predictions]) -> RunTable:
    if not runs:
        raise RunError("No run was chosen: expected at least one trained run. Choose one, or train one.")
    classes = list(dict.fromkeys(name for run in runs for name in run.classes))
    common = set.intersection(*(set(own.clip_ids) for own in predictions))
    clip_ids = [clip_id for clip_id in predictions[0].clip_ids if clip_id in common]
    if not clip_ids:
        raise RunError(
            f"The runs {', '.join(run.run_id for run in runs)} share no clip: expected runs on the same data "
            "set and splits. Choose others, or evaluate them one by one."
        )
    wide = [own.select(clip_ids).widen(classes, fill=np.nan) for own in predictions]
    truth = wide[0].truth.copy()
    for run, own in zip(reversed(runs), reversed(wide), strict=True):
        columns = np.isin(classes, run.classes)
        truth[:, columns] = own.truth[:, columns]
    return RunTable(
        [run.run_id for run in runs],
        clip_ids,
        classes,
        truth,
        np.zeros(len(clip_ids), dtype=np.int64),
        np.stack([own.probabilities for own in wide]),
        all(run.config.task == "single" for run in runs),
    )


def _lwlrap(table: RunTable, how: Method) -> float:
    combined = combine_oof(table, fit_stack_of(table) if how == "ridge" else how)
    return lwlrap(table.truth, combined.probabilities)


def _fit_ridge(inputs: np.ndarray, truth: np.ndarray) -> "RidgeCV":
    from sklearn.linear_model import RidgeCV

    return RidgeCV(alphas=_ALPHAS).fit(inputs, truth)  # leave-one-out among these clips


def _to_probabilities(values: np.ndarray, normalise: bool) -> np.ndarray:
    """Regression values brought between 0 and 1 without changing their order, which clipping would."""
    low = _TAIL * np.exp(np.minimum(values - _TAIL, 0) / _TAIL)
    high = 1 - _TAIL * np.exp(np.minimum(1 - _TAIL - values, 0) / _TAIL)
    inside = np.where(values < _TAIL, low, np.where(values > 1 - _TAIL, high, values))
    return inside / inside.sum(axis=1, keepdims=True) if normalise else inside
