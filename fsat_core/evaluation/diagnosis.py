"""What is wrong where: confusions, what is ranked above the right class, calibration and the worst clips."""

import numpy as np
import pandas as pd

from fsat_core.runs.predictions import Predictions


def confusion(predictions: Predictions) -> pd.DataFrame:
    """Counts of true class (rows) by highest-scoring class (columns), both in the order of `classes`.

    Clips with no label or several are left out.
    """
    counts = np.zeros((len(predictions.classes),) * 2, dtype=int)
    single = _single(predictions)
    if single.any():
        pairs = predictions.truth[single].argmax(axis=1), predictions.probabilities[single].argmax(axis=1)
        np.add.at(counts, pairs, 1)
    return pd.DataFrame(counts, index=predictions.classes, columns=predictions.classes)


def confused_clips(predictions: Predictions, true: str, heard: str) -> list[str]:
    """The clips that one cell of `confusion` counts."""
    row, column = predictions.classes.index(true), predictions.classes.index(heard)
    chosen = _single(predictions) & (predictions.truth[:, row] > 0)
    chosen[chosen] = predictions.probabilities[chosen].argmax(axis=1) == column
    return _named(predictions, chosen)


def outranking(predictions: Predictions) -> pd.DataFrame:
    """How often a class (columns) that a clip lacks is more probable than one that it has (rows).

    The counterpart of `confusion` for clips of several labels: both in the order of `classes`. On the
    diagonal is the number of clips of the class that have no such class above it, so that a row may sum to
    more than the clips of its class.
    """
    truth, probabilities = predictions.truth > 0, predictions.probabilities
    counts = np.zeros((len(predictions.classes),) * 2, dtype=int)
    for column in range(len(predictions.classes)):
        has = truth[:, column]
        above = ~truth[has] & (probabilities[has] > probabilities[has, column][:, None])
        counts[column] = above.sum(axis=0)
        counts[column, column] = (~above.any(axis=1)).sum()
    return pd.DataFrame(counts, index=predictions.classes, columns=predictions.classes)


def outranked_clips(predictions: Predictions, true: str, above: str) -> list[str]:
    """The clips that one cell of `outranking` counts."""
    row, column = predictions.classes.index(true), predictions.classes.index(above)
    truth, probabilities = predictions.truth > 0, predictions.probabilities
    higher = ~truth & (probabilities > probabilities[:, [row]])
    chosen = ~higher.any(axis=1) if row == column else higher[:, column]
    return _named(predictions, chosen & truth[:, row])


def _single(predictions: Predictions) -> np.ndarray:
    return (predictions.truth > 0).sum(axis=1) == 1


def _named(predictions: Predictions, chosen: np.ndarray) -> list[str]:
    return [predictions.clip_ids[row] for row in np.flatnonzero(chosen)]


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


def likeliest(predictions: Predictions) -> list[str]:
    """The highest-scoring class of each clip."""
    if not predictions.probabilities.size:
        return []
    return [predictions.classes[index] for index in predictions.probabilities.argmax(axis=1)]
