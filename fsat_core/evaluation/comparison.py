"""One run against another: what changed for each class and for each clip, and whose labels say so."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fsat_core.evaluation.diagnosis import likeliest, margins
from fsat_core.evaluation.label_quality import relabel
from fsat_core.evaluation.scores import draw_clips, interval, resampled_lwlrap
from fsat_core.metrics import lwlrap_per_class
from fsat_core.runs.predictions import Predictions
from fsat_core.text import list_some

_NUM_NAMED = 5


@dataclass(frozen=True)
class Pair:
    """Predictions of two runs for the clips that both have, in one order, over the classes of both.

    A change is from the baseline to the candidate. Each run keeps its own labels as the truth; a class that
    it does not know has the probability 0 in it. `only_baseline` and `only_candidate` are the classes that
    the other run does not know, `relabelled` the clips whose labels differ.
    """

    baseline: Predictions
    candidate: Predictions
    only_baseline: list[str]
    only_candidate: list[str]
    relabelled: list[str]

    def to_score(self, own_labels: bool) -> "Pair":
        """The pair with the labels to score it by: each run's own, or those of the candidate for both."""
        if own_labels:
            return self
        return replace(self, baseline=replace(self.baseline, truth=self.candidate.truth))

    def judge(self, labels: pd.DataFrame) -> "Pair":
        """The pair with other labels (columns `clip_id, labels`) for both runs, on the clips that have some.

        `relabelled` still says which clips the two runs were trained with different labels for.
        """
        baseline, candidate = (relabel(own, labels, fill=0.0) for own in (self.baseline, self.candidate))
        kept = set(candidate.clip_ids)
        relabelled = [clip_id for clip_id in self.relabelled if clip_id in kept]
        return replace(self, baseline=baseline, candidate=candidate, relabelled=relabelled)


def pair_up(*, baseline: Predictions, candidate: Predictions) -> Pair:
    """What two runs say of the clips that both have; there may be none."""
    only_baseline = [name for name in baseline.classes if name not in set(candidate.classes)]
    only_candidate = [name for name in candidate.classes if name not in set(baseline.classes)]
    known = set(baseline.clip_ids)
    shared = [clip_id for clip_id in candidate.clip_ids if clip_id in known]
    classes = [*candidate.classes, *only_baseline]
    old, new = (predictions.select(shared).widen(classes) for predictions in (baseline, candidate))
    differs = ((old.truth > 0) != (new.truth > 0)).any(axis=1)
    relabelled = [shared[row] for row in np.flatnonzero(differs)]
    return Pair(old, new, only_baseline, only_candidate, relabelled)


def compare(pair: Pair, own_labels: bool = False, seed: int = 0) -> pd.DataFrame:
    """Per-class lwlrap of both runs: columns `class, baseline, candidate, change, low, high, count`.

    `change` is candidate - baseline, and `low` to `high` its 95 % percentile interval from 500 bootstrap
    resamples of the clips, the same clips for both runs each time (NaN with fewer than two clips). All three,
    and the run's own score, are NaN where a run does not know the class or no clip has it; `count` is the
    number of clips that the candidate is scored on.

    Parameters
    ----------
    own_labels : bool
        Score each run by its own labels, and not both by those of the candidate.
    """
    scored = pair.to_score(own_labels)
    times = draw_clips(len(scored.candidate.clip_ids), seed)
    low, high = interval(resampled_lwlrap(scored.candidate, times) - resampled_lwlrap(scored.baseline, times))
    baseline = _known_scores(scored.baseline, pair.only_candidate)
    candidate = _known_scores(scored.candidate, pair.only_baseline)
    change = candidate - baseline
    counts = (scored.candidate.truth > 0).sum(axis=0)
    bounded = np.isfinite(change) & (counts > 1)
    return pd.DataFrame(
        {
            "class": scored.candidate.classes,
            "baseline": baseline,
            "candidate": candidate,
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


def describe_unshared(pair: Pair) -> str:
    """Which classes only one of the runs knows, in a sentence; "" where both know the same."""
    parts = []
    for who, names in (("this run", pair.only_candidate), ("the other run", pair.only_baseline)):
        if names:
            parts.append(f"only {who} knows {list_some(names, _NUM_NAMED)}")
    return f"Not compared: {'; '.join(parts)}." if parts else ""


def changed_clips(pair: Pair, own_labels: bool = False) -> pd.DataFrame:
    """Every clip that both runs have, what changed most from the baseline to the candidate on top.

    Returns
    -------
    pd.DataFrame
        Columns `clip_id, labels, baseline_labels, baseline_predicted, candidate_predicted, change, kind`.
        `labels` are those of the candidate, and what is predicted is the highest-scoring class. `change` is
        by how much the margin of `worst_clips` fell, above 0 for the better; `kind` is "mended" (wrong in
        the baseline, right in the candidate), "broken" (the reverse) or "". Clips without labels are left
        out.
    """
    has_both = (pair.baseline.truth > 0).any(axis=1) & (pair.candidate.truth > 0).any(axis=1)
    labelled = [pair.candidate.clip_ids[row] for row in np.flatnonzero(has_both)]
    scored = pair.to_score(own_labels)
    baseline, candidate = scored.baseline.select(labelled), scored.candidate.select(labelled)
    old_margin, new_margin = margins(baseline), margins(candidate)
    was_right, is_right = old_margin <= 0, new_margin <= 0
    table = pd.DataFrame(
        {
            "clip_id": labelled,
            "labels": candidate.labels(),
            "baseline_labels": pair.baseline.select(labelled).labels(),
            "baseline_predicted": likeliest(baseline),
            "candidate_predicted": likeliest(candidate),
            "change": old_margin - new_margin,
            "kind": np.select([is_right & ~was_right, ~is_right & was_right], ["mended", "broken"], ""),
        }
    )
    return table.sort_values("change", key=np.abs, ascending=False, kind="stable", ignore_index=True)
