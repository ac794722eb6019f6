"""What is wrong where: confusions, calibration and the worst clips."""

import numpy as np
import pandas as pd

from fsat_core.runs.predictions import Predictions


def confusion(predictions: Predictions) -> pd.DataFrame:
    """Counts of true class (rows) by highest-scoring class (columns), both in the order of `classes`.

    Clips with no label or several are left out.
    """
    truth = predictions.truth > 0
    single = truth.sum(axis=1) == 1
    counts = np.zeros((len(predictions.classes),) * 2, dtype=int)
    if single.any():
        pairs = truth[single].argmax(axis=1), predictions.probabilities[single].argmax(axis=1)
        np.add.at(counts, pairs, 1)
    return pd.DataFrame(counts, index=predictions.classes, columns=predictions.classes)


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

    `margin` is the highest probability of a class that the clip does not have, less the lowest of one that
    it has (-1 to 1, above 0 is wrong); `predicted` is the highest-scoring class and `probability` its own.
    """
    truth, probabilities = predictions.truth > 0, predictions.probabilities
    best = probabilities.argmax(axis=1) if probabilities.size else np.empty(0, dtype=int)
    wrong = np.where(truth, -np.inf, probabilities).max(axis=1, initial=0)
    right = np.where(truth, probabilities, np.inf).min(axis=1, initial=np.inf)
    table = pd.DataFrame(
        {
            "clip_id": predictions.clip_ids,
            "labels": predictions.labels(),
            "margin": wrong - right,
            "predicted": [predictions.classes[index] for index in best],
            "probability": probabilities[np.arange(len(best)), best],
        }
    )
    worst = table[truth.any(axis=1)].sort_values("margin", ascending=False, kind="stable")
    return worst.head(num_clips).reset_index(drop=True)
