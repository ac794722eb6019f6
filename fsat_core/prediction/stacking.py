"""How to combine several runs, learned from what they say of clips that they have not seen.

Each clip is judged by a fit on the other folds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from fsat_core.errors import RunError
from fsat_core.prediction.combine import evidence_of, pooled, weigh_probabilities
from fsat_core.prediction.run_table import RunTable

if TYPE_CHECKING:
    from sklearn.linear_model import RidgeCV

_ALPHAS = np.logspace(-1, 5, 13)
_TINY = 1e-12  # below any probability: its logarithm is finite
_TAIL = 0.02  # regression values within it of 0 or 1, or beyond, are squeezed


class Stack(Protocol):
    """A combination that is learned from the predictions and the truth of a table."""

    @property
    def oof(self) -> np.ndarray:
        """Out-of-fold predictions [shape=(N, C)]: for each fold, of a fit on the other folds."""
        ...

    def apply(self, members: np.ndarray) -> np.ndarray:
        """Combined probabilities [shape=(N, C)] of the members' [shape=(M, N, C)], as in `RunTable`.

        All clips of the table are fitted on.
        """
        ...


@dataclass(frozen=True)
class Ridge:
    """Ridge regression from the predictions of several runs to labels; fitted when first needed.

    Every class of every run is an input for every class, so that classes that occur together, or are
    confused, help each other. Clips keep the fold of the first run. The penalty is chosen within the clips
    that a fit sees, so that no clip's label has a part in its own prediction.

    `table` has the predictions and the truth that it is fitted on.
    """

    table: RunTable

    @cached_property
    def oof(self) -> np.ndarray:
        """As in `Stack`."""
        table, inputs = self.table, self._inputs(self.table.probabilities)

        def judge(seen: np.ndarray, held_out: np.ndarray) -> np.ndarray:
            return _fit_ridge(inputs[seen], table.truth[seen]).predict(inputs[held_out])

        return _to_probabilities(_held_out(table, judge), table.normalise)

    @property
    def alpha(self) -> float:
        """The strength of the penalty that cross-validation chose, of the fit on all clips."""
        return float(self._ridge.alpha_)

    def apply(self, members: np.ndarray) -> np.ndarray:
        """As in `Stack`."""
        return _to_probabilities(self._ridge.predict(self._inputs(members)), self.table.normalise)

    @cached_property
    def _ridge(self) -> "RidgeCV":
        return _fit_ridge(self._inputs(self.table.probabilities), self.table.truth)

    def _inputs(self, members: np.ndarray) -> np.ndarray:
        """Logits of every class of every member that knows it, side by side."""
        known = ~np.isnan(self.table.probabilities).all(axis=1)
        return np.moveaxis(evidence_of(members, normalise=False), 1, 0)[:, known]


@dataclass(frozen=True)
class Weights:
    """A weight for each of several runs, with which the labels are likeliest; fitted when first needed.

    A run that is surer than it is right, or that says nothing new, counts less. `table` has the predictions
    and the truth that they are fitted on.
    """

    table: RunTable

    @cached_property
    def per_run(self) -> np.ndarray:
        """Fitted on all clips [shape=(M,)], each at least 0."""
        return _fit_weights(self._evidence, self.table.truth, self.table.normalise)

    @cached_property
    def oof(self) -> np.ndarray:
        """As in `Stack`."""
        table = self.table

        def judge(seen: np.ndarray, held_out: np.ndarray) -> np.ndarray:
            weights = _fit_weights(self._evidence[:, seen], table.truth[seen], table.normalise)
            return weigh_probabilities(table.probabilities[:, held_out], weights, table.normalise)

        return _held_out(table, judge)

    def apply(self, members: np.ndarray) -> np.ndarray:
        """As in `Stack`."""
        return weigh_probabilities(members, self.per_run, self.table.normalise)

    @cached_property
    def _evidence(self) -> np.ndarray:
        return evidence_of(self.table.probabilities, self.table.normalise)


def fit_ridge(table: RunTable) -> Ridge:
    """Ridge regression over all classes of the runs of a table; a RunError for clips of one fold."""
    _check_folds(table, "ridge regression")
    return Ridge(table)


def fit_weights(table: RunTable) -> Weights:
    """A weight for each run of a table; a RunError for clips of one fold."""
    _check_folds(table, "a weighted mean")
    return Weights(table)


def _check_folds(table: RunTable, what: str) -> None:
    if len(np.unique(table.folds)) < 2:
        raise RunError(
            f"{len(table.clip_ids)} shared clips of one fold: {what} needs two folds at least. "
            "Choose runs on the same clips, or another combination."
        )


def _held_out(table: RunTable, judge: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """What `judge` says of each fold's clips [shape=(N, C)], given masks of the other clips and of these."""
    values = np.empty(table.truth.shape)
    for fold in np.unique(table.folds):
        held_out = table.folds == fold
        values[held_out] = judge(~held_out, held_out)
    return values


def _fit_weights(evidence: np.ndarray, truth: np.ndarray, normalise: bool) -> np.ndarray:
    """Weights [shape=(M,)] with which the labels of the clips are likeliest, and which are not too uneven.

    What draws them to an equal share weighs as much as one clip does.

    Parameters
    ----------
    evidence : np.ndarray [shape=(M, N, C)]
    truth : np.ndarray [shape=(N, C)]
    """
    from scipy.optimize import minimize

    num_runs, num_clips, _ = evidence.shape
    equal = 1 / num_runs
    wanted = truth / np.maximum(truth.sum(axis=1, keepdims=True), 1) if normalise else truth

    def cost(weights: np.ndarray) -> tuple[float, np.ndarray]:
        values = np.tensordot(weights, evidence, axes=1)
        likely = pooled(values, normalise)
        surprise = -(wanted * np.log(likely + _TINY)).sum()
        if not normalise:
            surprise -= ((1 - wanted) * np.log(1 - likely + _TINY)).sum()
        residual = (likely * wanted.sum(axis=1, keepdims=True) if normalise else likely) - wanted
        slope = np.tensordot(evidence, residual, axes=2)
        away = weights - equal
        return (surprise + 0.5 * (away @ away)) / num_clips, (slope + away) / num_clips

    start = np.full(num_runs, equal)
    return np.asarray(minimize(cost, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * num_runs).x)


def _fit_ridge(inputs: np.ndarray, truth: np.ndarray) -> "RidgeCV":
    from sklearn.linear_model import RidgeCV

    return RidgeCV(alphas=_ALPHAS).fit(inputs, truth)  # leave-one-out among these clips


def _to_probabilities(values: np.ndarray, normalise: bool) -> np.ndarray:
    """Regression values brought between 0 and 1 without changing their order, which clipping would."""
    low = _TAIL * np.exp(np.minimum(values - _TAIL, 0) / _TAIL)
    high = 1 - _TAIL * np.exp(np.minimum(1 - _TAIL - values, 0) / _TAIL)
    inside = np.where(values < _TAIL, low, np.where(values > 1 - _TAIL, high, values))
    return inside / inside.sum(axis=1, keepdims=True) if normalise else inside
