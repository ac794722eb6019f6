"""Scores of predictions: label-weighted label-ranking average precision (lwlrap) and accuracy."""

import numpy as np


def lwlrap_per_class(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Label-ranking average precision of each class, and each class's weight in `lwlrap`.

    For every label of a clip, the precision is the share of true labels among the classes that score at
    least as high as it does. Clips without labels do not count.

    Parameters
    ----------
    truth : np.ndarray [shape=(N, C)]
        1 where the clip has the class, else 0.
    scores : np.ndarray [shape=(N, C)]
        Any real numbers; only their order within a clip matters.

    Returns
    -------
    per_class : np.ndarray [shape=(C,)], float64
        Mean precision over the labels of that class, NaN where it has none.
    weight : np.ndarray [shape=(C,)], float64
        Share of all labels; sums to 1 (all zero without labels).

    References
    ----------
    Fonseca et al. (2019), "Audio tagging with noisy labels and minimal supervision", DCASE workshop.
    """
    truth = np.asarray(truth) > 0
    _, classes, precision = label_precisions(truth, scores)
    counts = np.bincount(classes, minlength=truth.shape[1])
    sums = np.bincount(classes, weights=precision, minlength=truth.shape[1])
    per_class = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return per_class, counts / max(counts.sum(), 1)


def label_precisions(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, column and ranking precision of every label in `truth`: what `lwlrap` averages.

    Parameters and precision as for `lwlrap_per_class`; three arrays [shape=(number of labels,)].
    """
    truth = np.asarray(truth) > 0
    scores = np.asarray(scores, dtype=np.float64)
    clips, classes = np.nonzero(truth)
    at_least = scores[clips] >= scores[clips, classes][:, None]
    precision = (at_least & truth[clips]).sum(axis=1) / np.maximum(at_least.sum(axis=1), 1)
    return clips, classes, precision


def lwlrap(truth: np.ndarray, scores: np.ndarray) -> float:
    """Label-weighted label-ranking average precision: every label counts the same; NaN without labels."""
    per_class, weight = lwlrap_per_class(truth, scores)
    return float(np.nansum(per_class * weight)) if weight.any() else float("nan")


def accuracy(truth: np.ndarray, scores: np.ndarray) -> float:
    """Share of labelled clips whose highest-scoring class is one of their labels; NaN without labels."""
    truth = np.asarray(truth) > 0
    labelled = truth.any(axis=1)
    if not labelled.any():
        return float("nan")
    best = np.argmax(scores, axis=1)
    return float(truth[np.arange(len(truth)), best][labelled].mean())
