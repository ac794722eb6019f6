"""Combining the probabilities of several members."""

from typing import Literal

import numpy as np

Mean = Literal["geometric", "arithmetic"]
Combination = Literal["geometric", "arithmetic", "weighted"]
_FLOOR = 1e-7
_LEAST_EVIDENCE = 1e-4  # of a probability: below it a member's confidence says no more


def combine_probabilities(members: np.ndarray, how: Mean = "geometric", normalise: bool = True) -> np.ndarray:
    """The mean of several members' probabilities.

    Parameters
    ----------
    members : np.ndarray [shape=(M, ..., C)]
        Probabilities of M members. NaN where a member does not know a class: the mean is over the others.
    how : "geometric" or "arithmetic"
        The geometric mean lets a confident "no" of one member weigh more. Probabilities below 1e-7 count
        as 1e-7 in it.
    normalise : bool
        Scale each row to sum to 1, as the single-label task wants.

    Returns
    -------
    np.ndarray [shape=(..., C)]
    """
    members = np.asarray(members, dtype=np.float64)
    values = np.log(np.maximum(members, _FLOOR)) if how == "geometric" else members
    known = ~np.isnan(values)
    mean = np.where(known, values, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    combined = np.where(known.any(axis=0), np.exp(mean) if how == "geometric" else mean, 0.0)
    if normalise:
        combined = combined / np.maximum(combined.sum(axis=-1, keepdims=True), _FLOOR)
    return combined


def weigh_probabilities(members: np.ndarray, weights: np.ndarray, normalise: bool = True) -> np.ndarray:
    """The probabilities of several members together, each with a weight of its own.

    A logarithmic opinion pool: weights multiply the logarithms of probabilities, or their logits where a clip
    may have several labels. They need not sum to 1: a smaller sum makes answers less sure.

    Parameters
    ----------
    members : np.ndarray [shape=(M, ..., C)]
        As for `combine_probabilities`; a class that a member does not know is decided by the others.
    weights : np.ndarray [shape=(M,)]
        At least 0.
    normalise : bool
        Whether a clip has one label: then each row sums to 1.

    Returns
    -------
    np.ndarray [shape=(..., C)]
        0 for a class that no member knows.

    References
    ----------
    Hinton (2002), "Training products of experts by minimizing contrastive divergence", Neural Computation 14.
    """
    evidence = evidence_of(members, normalise)
    values = np.tensordot(np.asarray(weights, dtype=np.float64), evidence, axes=1)
    values = np.where(np.isnan(members).all(axis=0), -np.inf, values)
    return pooled(values, normalise)


def evidence_of(members: np.ndarray, normalise: bool) -> np.ndarray:
    """Logarithms of probabilities, or logits, of the same shape; where one is NaN the mean of the others."""
    members = np.clip(np.asarray(members, dtype=np.float64), _LEAST_EVIDENCE, 1 - _LEAST_EVIDENCE)
    values = np.log(members) if normalise else np.log(members / (1 - members))
    unknown = np.isnan(values)
    if not unknown.any():
        return values
    num_known = (~unknown).sum(axis=0)
    mean = np.where(unknown, 0, values).sum(axis=0) / np.maximum(num_known, 1)
    return np.where(unknown, mean, values)


def pooled(values: np.ndarray, normalise: bool) -> np.ndarray:
    """Probabilities [shape=(..., C)] of what weighted evidence comes to, of the same shape."""
    if not normalise:
        return 1 / (1 + np.exp(-values))
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
