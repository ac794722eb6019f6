"""One run against another: what changed for each class and for each clip, and whose labels say so."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fsat_core.evaluation.diagnosis import likeliest, margins
from fsat_core.evaluation.scores import draw_clips, interval, resampled_lwlrap
from fsat_core.metrics import lwlrap_per_class
from fsat_core.runs.predictions import Predictions
from fsat_core.text import list_some

_NUM_NAMED = 5


@dataclass(frozen=True)
class Pair:
    """Predictions of a first and a second run for the clips of both, in one order, over the classes of both.

    Each keeps its own labels as the truth; a class that a run does not know has the probability 0 in it.
    `only_first` and `only_second` are the classes that the other run does not know, `relabelled` the clips
    whose labels differ.
    """

    first: Predictions
    second: Predictions
    only_first: list[str]
    only_second: list[str]
    relabelled: list[str]

    def judged(self, own_labels: bool) -> tuple[Predictions, Predictions]:
        """Both, each with its own labels or both with those of the first."""
        if own_labels:
            return self.first, self.second
        first, second = self.first, self.second
        return first, Predictions(second.clip_ids, second.classes, first.truth, second.probabilities)


def pair_up(first: Predictions, second: Predictions) -> Pair:
    """What two runs say of the clips that both have; there may be none."""
    only_first = [name for name in first.classes if name not in set(second.classes)]
    only_second = [name for name in second.classes if name not in set(first.classes)]
    known = set(second.clip_ids)
    shared = [clip_id for clip_id in first.clip_ids if clip_id in known]
    classes = [*first.classes, *only_second]
    a, b = first.select(shared).widen(classes), second.select(shared).widen(classes)
    differs = ((a.truth > 0) != (b.truth > 0)).any(axis=1)
    relabelled = [shared[row] for row in np.flatnonzero(differs)]
    return Pair(a, b, only_first, only_second, relabelled)


def compare(pair: Pair, own_labels: bool = False, seed: int = 0) -> pd.DataFrame:
    """Per-class lwlrap of both runs: columns `class, first, second, change, low, high, count`.

    `change` is first - second, and `low` to `high` its 95 % percentile interval from 500 bootstrap resamples
    of the clips, the same clips for both runs each time (NaN with fewer than two clips). All three, and the
    run's own score, are NaN where a run does not know the class or no clip has it; `count` is the number of
    clips that the first run is judged by.

    Parameters
    ----------
    own_labels : bool
        Judge each run by its own labels, and not both by those of the first.
    """
    first, second = pair.judged(own_labels)
    times = draw_clips(len(first.clip_ids), seed)
    low, high = interval(resampled_lwlrap(first, times) - resampled_lwlrap(second, times))
    scores = _known_scores(first, pair.only_second), _known_scores(second, pair.only_first)
    counts = (first.truth > 0).sum(axis=0)
    change = scores[0] - scores[1]
    bounded = np.isfinite(change) & (counts > 1)
    return pd.DataFrame(
        {
            "class": first.classes,
            "first": scores[0],
            "second": scores[1],
            "change": change,
            "low": np.where(bounded, low, np.nan),
            "high": np.where(bounded, high, np.nan),
            "count": counts,
        }
    )


def _known_scores(predictions: Predictions, unknown: list[str]) -> np.ndarray:
    values, _ = lwlrap_per_class(predictions.truth, predictions.probabilities)
    return np.where(np.isin(predictions.classes, unknown), np.nan, values)


def sort_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """The classes that both runs have a score for, what got better most first and by name where equal.

    Parameters
    ----------
    changes : pd.DataFrame
        As `compare` returns it.
    """
    known = changes.dropna(subset="change")
    return known.sort_values(["change", "class"], ascending=[False, True], ignore_index=True)


def largest_changes(changes: pd.DataFrame, num_each: int) -> pd.DataFrame:
    """The first and the last rows of the table of `sort_changes`: the largest gains and losses."""
    if len(changes) <= 2 * num_each:
        return changes
    return pd.concat([changes.head(num_each), changes.tail(num_each)], ignore_index=True)


def describe_changes(changes: pd.DataFrame) -> str:
    """How many classes got better and worse in a sentence or two, from the table of `sort_changes`."""
    better, worse = int((changes["change"] > 0).sum()), int((changes["change"] < 0).sum())
    same = len(changes) - better - worse
    unchanged = f", {same:,} the same" if same else ""
    text = f"{better:,} of {len(changes):,} classes are better, {worse:,} worse{unchanged}."
    clear = int(((changes["low"] > 0) | (changes["high"] < 0)).sum())
    return f"{text} {clear:,} of these changes {'is' if clear == 1 else 'are'} larger than chance explains."


def describe_unshared(only_first: Sequence[str], only_second: Sequence[str]) -> str:
    """Which classes only one of the runs knows, in a sentence; "" where both know the same."""
    parts = []
    for who, names in (("this run", only_first), ("the other run", only_second)):
        if names:
            parts.append(f"only {who} knows {list_some(names, _NUM_NAMED)}")
    return f"Not compared: {'; '.join(parts)}." if parts else ""


def changed_clips(pair: Pair, own_labels: bool = False) -> pd.DataFrame:
    """Every clip that both runs have, what changed most from the second run to the first one on top.

    Returns
    -------
    pd.DataFrame
        Columns `clip_id, labels, second_labels, first_heard, second_heard, first_margin, second_margin,
        change, kind`. `heard` is the highest-scoring class and `margin` as in `worst_clips`: above 0, a
        wrong class is more probable than a right one. `change` is second_margin - first_margin, above 0
        for the better; `kind` is "mended" (wrong in the second run, right in the first), "broken" (the
        reverse) or "". Clips without labels are left out.
    """
    labelled = [
        clip_id
        for clip_id, row, second_row in zip(
            pair.first.clip_ids, pair.first.truth, pair.second.truth, strict=True
        )
        if row.any() and second_row.any()
    ]
    first, second = (predictions.select(labelled) for predictions in pair.judged(own_labels))
    margin, second_margin = margins(first), margins(second)
    right, second_right = margin <= 0, second_margin <= 0
    table = pd.DataFrame(
        {
            "clip_id": labelled,
            "labels": first.labels(),
            "second_labels": pair.second.select(labelled).labels(),
            "first_heard": likeliest(first),
            "second_heard": likeliest(second),
            "first_margin": margin,
            "second_margin": second_margin,
            "change": second_margin - margin,
            "kind": np.select([right & ~second_right, ~right & second_right], ["mended", "broken"], ""),
        }
    )
    return table.sort_values("change", key=np.abs, ascending=False, kind="stable", ignore_index=True)
