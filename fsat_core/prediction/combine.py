"""Combining the probabilities of several members."""

from typing import Literal

import numpy as np

Combination = Literal["geometric", "arithmetic"]
_FLOOR = 1e-7


def combine_probabilities(
    members: np.ndarray, how: Combination = "geometric", normalise: bool = True
) -> np.ndarray:
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
