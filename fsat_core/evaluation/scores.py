"""Scores of predictions: overall, and per class with an interval."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fsat_core.metrics import accuracy, label_precisions, lwlrap, lwlrap_per_class
from fsat_core.runs.predictions import Predictions
from fsat_core.text import list_some

NUM_RESAMPLES = 500
_NUM_NAMED = 3
_Z = 1.96  # standard deviations on either side of 95 % of a normal distribution


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

    `low` and `high` bound the 95 % percentile interval of 500 bootstrap resamples of the clips, drawn with
    `seed` (NaN with fewer than two clips); `accuracy` is the share of the class's clips whose highest-scoring
    class is one of their labels; `count` is the number of clips with the class. Scores of a class without
    clips are NaN.
    """
    truth = predictions.truth > 0
    values, _ = lwlrap_per_class(truth, predictions.probabilities)
    counts = truth.sum(axis=0)
    low, high = interval(resampled_lwlrap(predictions, draw_clips(len(truth), seed)))
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


def score_class(predictions: Predictions, label: str, seed: int = 0) -> dict[str, float] | None:
    """`lwlrap, low, high, count` of one class, the figures of `per_class`; None where no clip has it."""
    if label not in predictions.classes:
        return None
    column = predictions.classes.index(label)
    rows = np.flatnonzero(predictions.truth[:, column] > 0)
    if not len(rows):
        return None
    _, classes, precision = label_precisions(predictions.truth[rows], predictions.probabilities[rows])
    precision = precision[classes == column]
    low = high = np.nan
    if len(rows) > 1:
        times = draw_clips(len(predictions.truth), seed)[:, rows]
        counts = times.sum(axis=1)
        sums = times @ precision.astype(np.float32)
        values = np.divide(sums, counts, out=np.full(len(counts), np.nan, np.float32), where=counts > 0)
        (low,), (high,) = interval(values[:, None])
    return {"lwlrap": precision.mean(), "low": low, "high": high, "count": len(rows)}


def sort_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The classes that have a score, hardest first and by name where equal.

    Parameters
    ----------
    scores : pd.DataFrame
        As `per_class` returns it.
    """
    known = scores.dropna(subset="lwlrap")
    return known.sort_values(["lwlrap", "class"], ignore_index=True)


def describe_class_scores(scores: pd.DataFrame) -> str:
    """The hardest and the easiest classes in a sentence each, from the table of `sort_scores`."""
    first = scores[["class", "lwlrap"]].head(_NUM_NAMED)
    hardest = ", ".join(f"{name} {value:.2f}" for name, value in first.itertuples(index=False))
    best = scores["lwlrap"].max()
    easiest = scores.loc[scores["lwlrap"] == best, "class"].sort_values().tolist()
    return f"Hardest: {hardest}. Easiest: {list_some(easiest, _NUM_NAMED)}, {best:.2f}."


def draw_clips(num_clips: int, seed: int) -> np.ndarray:
    """How often each clip is in each of 500 bootstrap resamples [shape=(500, num_clips)], float32."""
    rng = np.random.default_rng(seed)
    times = np.zeros((NUM_RESAMPLES, num_clips), dtype=np.float32)
    for row in times if num_clips else ():
        row[:] = np.bincount(rng.integers(num_clips, size=num_clips), minlength=num_clips)
    return times


def resampled_lwlrap(predictions: Predictions, times: np.ndarray) -> np.ndarray:
    """lwlrap of each class in each resample [shape=(500, C)]; NaN where a resample has no clip of it.

    Parameters
    ----------
    times : np.ndarray [shape=(500, N)]
        From `draw_clips`; so 500 passes over the clips are two matrix products.
    """
    clips, classes, precision = label_precisions(predictions.truth, predictions.probabilities)
    sums = np.zeros(predictions.truth.shape, dtype=np.float32)
    sums[clips, classes] = precision
    counts = times @ (predictions.truth > 0).astype(np.float32)
    return np.divide(times @ sums, counts, out=np.full(counts.shape, np.nan, np.float32), where=counts > 0)


def overall_interval(predictions: Predictions, seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile interval of lwlrap over 500 bootstrap resamples of clips; NaN below two."""
    truth = predictions.truth > 0
    if truth.any(axis=1).sum() < 2:
        return np.nan, np.nan
    times = draw_clips(len(truth), seed)
    clips, _, precision = label_precisions(truth, predictions.probabilities)
    sums = np.bincount(clips, weights=precision, minlength=len(truth))
    counts = times @ truth.sum(axis=1)
    values = np.divide(times @ sums, counts, out=np.full(len(times), np.nan), where=counts > 0)
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def accuracy_interval(predictions: Predictions) -> tuple[float, float]:
    """The 95 % interval of accuracy, as from `share_interval`."""
    scores = score(predictions)
    return share_interval(scores.accuracy, scores.num_clips)


def share_interval(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share that was found in so many; NaN for none.

    Wilson's, which is no point where the share is 0 or 1.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22.
    """
    if not count:
        return np.nan, np.nan
    spread = _Z**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * np.sqrt(share * (1 - share) / count + spread / (4 * count))
    return float(max(middle - half, 0)), float(min(middle + half, 1))


def interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """2.5th and 97.5th percentile of each column, NaN where it has no value."""
    bounds = np.full((2, values.shape[1]), np.nan)
    known = ~np.isnan(values).all(axis=0)
    if known.any():
        bounds[:, known] = np.nanpercentile(values[:, known], [2.5, 97.5], axis=0)
    return bounds[0], bounds[1]
