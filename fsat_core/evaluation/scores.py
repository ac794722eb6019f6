"""Scores of predictions: overall, per class with an interval, and one set of predictions against another."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fsat_core.metrics import accuracy, label_precisions, lwlrap, lwlrap_per_class
from fsat_core.runs.predictions import Predictions

_NUM_RESAMPLES = 500

WARNING_CURATED = (
    "Out-of-fold scores on the curated clips overstate test scores on FSDKaggle2019: its test clips differ "
    "more, and published teams saw 0.14 to 0.16 lwlrap less on them."
)


@dataclass(frozen=True)
class Scores:
    """`lwlrap` and `accuracy`, both 0 to 1 (NaN without labelled clips), over `num_clips` labelled clips."""

    lwlrap: float
    accuracy: float
    num_clips: int


def score(predictions: Predictions) -> Scores:
    """Overall scores."""
    truth, probabilities = predictions.truth, predictions.probabilities
    return Scores(
        lwlrap=lwlrap(truth, probabilities),
        accuracy=accuracy(truth, probabilities),
        num_clips=int((truth > 0).any(axis=1).sum()),
    )


def score_by_usage(predictions: Predictions, truth: pd.DataFrame) -> dict[str, Scores]:
    """Scores of test predictions: "all", then "Public" and "Private" where `truth` tells them apart.

    Parameters
    ----------
    truth : pd.DataFrame
        As from `read_truth`.
    """
    scores = {"all": score(predictions)}
    for usage in ("Public", "Private"):
        members = set(truth.loc[truth["usage"] == usage, "clip_id"])
        if clip_ids := [clip_id for clip_id in predictions.clip_ids if clip_id in members]:
            scores[usage] = score(predictions.select(clip_ids))
    return scores


def per_class(predictions: Predictions, seed: int = 0) -> pd.DataFrame:
    """Scores of each class: columns `class, lwlrap, low, high, accuracy, count`, in the order of the classes.

    `low` and `high` bound the 95 % interval from 500 resamples of the clips, drawn with `seed` (NaN with
    fewer than two clips); `accuracy` is the share of the class's clips whose highest-scoring class is one of
    their labels; `count` is the number of clips with the class. Scores of a class without clips are NaN.
    """
    truth = predictions.truth > 0
    values, _ = lwlrap_per_class(truth, predictions.probabilities)
    counts = truth.sum(axis=0)
    low, high = _intervals(predictions, seed)
    hit = np.zeros(len(truth))
    if truth.size:
        hit = truth[np.arange(len(truth)), predictions.probabilities.argmax(axis=1)].astype(float)
    hits = np.divide(hit @ truth, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return pd.DataFrame(
        {
            "class": predictions.classes,
            "lwlrap": values,
            "low": np.where(counts > 1, low, np.nan),
            "high": np.where(counts > 1, high, np.nan),
            "accuracy": hits,
            "count": counts,
        }
    )


def _intervals(predictions: Predictions, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """2.5th and 97.5th percentile of each class's lwlrap over resamples of the clips."""
    num_clips, num_classes = predictions.truth.shape
    if num_clips == 0:
        return np.full(num_classes, np.nan), np.full(num_classes, np.nan)
    clips, classes, precision = label_precisions(predictions.truth, predictions.probabilities)
    sums = np.zeros((num_clips, num_classes), dtype=np.float32)
    sums[clips, classes] = precision
    rng = np.random.default_rng(seed)
    drawn = rng.integers(num_clips, size=(_NUM_RESAMPLES, num_clips))
    # How often each clip is drawn turns 500 passes over the clips into two matrix products.
    times = np.stack([np.bincount(row, minlength=num_clips) for row in drawn]).astype(np.float32)
    counts = times @ (predictions.truth > 0).astype(np.float32)
    values = np.divide(times @ sums, counts, out=np.full(counts.shape, np.nan, np.float32), where=counts > 0)
    bounds = np.full((2, num_classes), np.nan)
    for column in np.flatnonzero(~np.isnan(values).all(axis=0)):
        bounds[:, column] = np.nanpercentile(values[:, column], [2.5, 97.5])
    return bounds[0], bounds[1]


def compare(a: Predictions, b: Predictions) -> pd.DataFrame:
    """Per-class lwlrap of two sets of predictions: columns `class, a, b, change, count`.

    Both are scored on the clips that they share and among the classes of both; where their labels differ,
    those of `a` hold for the classes that it knows. NaN where one does not know a class or no shared clip has
    it; `change` is b - a.
    """
    classes = [*a.classes, *(name for name in b.classes if name not in set(a.classes))]
    in_b = set(b.clip_ids)
    shared = [clip_id for clip_id in a.clip_ids if clip_id in in_b]
    wide_a, wide_b = a.select(shared).widen(classes), b.select(shared).widen(classes)
    truth = np.where(np.isin(classes, a.classes), wide_a.truth, wide_b.truth)
    columns = {}
    for name, own, wide in (("a", a, wide_a), ("b", b, wide_b)):
        values, _ = lwlrap_per_class(truth, wide.probabilities)
        columns[name] = np.where(np.isin(classes, own.classes), values, np.nan)
    return pd.DataFrame(
        {
            "class": classes,
            **columns,
            "change": columns["b"] - columns["a"],
            "count": (truth > 0).sum(axis=0),
        }
    )
