"""Whether probabilities mean what they say, the worst clips, and what a run says of a clip."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from fsat_core.runs.predictions import Predictions


def calibration(predictions: Predictions, num_bins: int = 10) -> pd.DataFrame:
    """Whether probabilities mean what they say: columns `low, high, confidence, frequency, count`.

    One row per bin of equal width over every probability of every labelled clip: `confidence` is the mean
    probability in it, `frequency` how often the class was really there (both NaN in an empty bin), `count`
    the number of probabilities.
    """
    labelled = (predictions.truth > 0).any(axis=1)
    probabilities = predictions.probabilities[labelled].ravel()
    truth = (predictions.truth[labelled] > 0).ravel()
    edges = np.linspace(0, 1, num_bins + 1)
    bins = np.clip((probabilities * num_bins).astype(int), 0, num_bins - 1)
    counts = np.bincount(bins, minlength=num_bins)
    means = [
        np.divide(
            np.bincount(bins, weights=values, minlength=num_bins),
            counts,
            out=np.full(num_bins, np.nan),
            where=counts > 0,
        )
        for values in (probabilities, truth)
    ]
    return pd.DataFrame(
        {"low": edges[:-1], "high": edges[1:], "confidence": means[0], "frequency": means[1], "count": counts}
    )


def describe_calibration(bins: pd.DataFrame) -> str:
    """The mean distance from the ideal in a sentence, weighted by the number of probabilities."""
    filled = bins[bins["count"] > 0]
    gaps = filled["confidence"] - filled["frequency"]
    error = float(np.average(gaps.abs(), weights=filled["count"]))
    likely = filled[filled["low"] >= 0.5]
    if likely.empty:
        return f"On average, a probability is {100 * error:.1f} points from how often the class was there."
    gap = float(np.average(likely["confidence"] - likely["frequency"], weights=likely["count"]))
    direction = "too sure" if gap > 0 else "too careful"
    return (
        f"On average, a probability is {100 * error:.1f} points from how often the class was there. "
        f"In the {likely['count'].sum():,} of 50 % or more, it is {100 * abs(gap):.0f} points {direction}."
    )


def worst_clips(predictions: Predictions, num_clips: int) -> pd.DataFrame:
    """Labelled clips, most wrong first: columns `clip_id, labels, margin, predicted, probability`.

    `margin` is that of `margins`; `predicted` is the highest-scoring class and `probability` its own.
    """
    table = pd.DataFrame(
        {
            "clip_id": predictions.clip_ids,
            "labels": predictions.labels(),
            "margin": margins(predictions),
            "predicted": likeliest(predictions),
            "probability": predictions.probabilities.max(axis=1, initial=0),
        }
    )
    labelled = (predictions.truth > 0).any(axis=1)
    worst = table[labelled].sort_values("margin", ascending=False, kind="stable")
    return worst.head(num_clips).reset_index(drop=True)


def margins(predictions: Predictions) -> np.ndarray:
    """How wrong each clip is [shape=(N,)], from -1 to 1: above 0 where a wrong class is ahead of a right one.

    The highest probability of a class that the clip does not have, less the lowest of one that it has; -inf
    for a clip without labels.
    """
    truth, probabilities = predictions.truth > 0, predictions.probabilities
    wrong = np.where(truth, -np.inf, probabilities).max(axis=1, initial=0)
    right = np.where(truth, probabilities, np.inf).min(axis=1, initial=np.inf)
    return wrong - right


def mistaken_for(predictions: Predictions) -> pd.Series:
    """The wrong class that is ahead of a right one, or "": of each labelled clip, by its `clip_id`."""
    labelled = np.flatnonzero((predictions.truth > 0).any(axis=1))
    names = np.array([*predictions.classes, ""], dtype=object)
    wrong = np.where(predictions.truth > 0, -np.inf, predictions.probabilities)[labelled]
    ahead = np.where(margins(predictions)[labelled] > 0, wrong.argmax(axis=1), len(names) - 1)
    return pd.Series(names[ahead], index=[predictions.clip_ids[row] for row in labelled], dtype="object")


def likeliest(predictions: Predictions) -> list[str]:
    """The highest-scoring class of each clip."""
    if not predictions.probabilities.size:
        return []
    return [predictions.classes[index] for index in predictions.probabilities.argmax(axis=1)]


def answer(probabilities: pd.Series, labels: Collection[str], num_classes: int = 5) -> pd.DataFrame:
    """The likeliest classes of a clip, and those that it has.

    Parameters
    ----------
    probabilities : pd.Series
        Of each class, indexed by it.
    labels : collection of str
        The classes that the clip has.

    Returns
    -------
    pd.DataFrame
        Columns `class, probability, right`, likeliest first: `num_classes` of them, and the clip's own.
    """
    order = probabilities.sort_values(ascending=False, kind="stable")
    shown = order[[place < num_classes or name in labels for place, name in enumerate(order.index)]]
    return pd.DataFrame(
        {"class": shown.index, "probability": shown.to_numpy(), "right": shown.index.isin(list(labels))}
    )
