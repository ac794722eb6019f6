"""Which clips sound most like one: exact neighbours by the cosine between embeddings.

Every vector is looked at, in blocks that fit the processor's cache, by several threads: a million of them
take a fifth of a second, and no index has to be built or kept up to date. For more, an approximate index
such as usearch's can stand in for `ExactNeighbours`: callers know `Neighbours` only.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

import numpy as np

from fsat_core.machine import usable_cores

_BLOCK = 2_048  # vectors: 8 MB as float32
_TINY = 1e-12


class Near(NamedTuple):
    """The neighbours of one vector, nearest first.

    Parameters
    ----------
    rows : np.ndarray [shape=(k,)], int64
    similarities : np.ndarray [shape=(k,)], float32
        Cosines, 1 for the same direction.
    """

    rows: np.ndarray
    similarities: np.ndarray


class Neighbours(Protocol):
    """Finds neighbours among the vectors that it was made of."""

    def nearest(self, vector: np.ndarray, k: int, skip: Sequence[int] = ()) -> Near:
        """The `k` nearest vectors to one [shape=(D,)], or all there are, less those in the rows `skip`."""
        ...


class ExactNeighbours:
    """Looks at every vector.

    Parameters
    ----------
    vectors : np.ndarray [shape=(N, D)]
        May be a memory map; float16 is looked at in float32. Rows of zeros are nobody's neighbours.
    """

    def __init__(self, vectors: np.ndarray) -> None:
        self._vectors = vectors
        self._lengths = np.concatenate([*self._map(_lengths_of), np.empty(0, np.float32)])

    def nearest(self, vector: np.ndarray, k: int, skip: Sequence[int] = ()) -> Near:
        """As in `Neighbours`."""
        query = np.asarray(vector, np.float32)
        query = query / max(float(np.linalg.norm(query)), _TINY)
        parts = self._map(lambda block: block @ query)
        similarities = np.concatenate([*parts, np.empty(0, np.float32)])
        similarities /= np.maximum(self._lengths, _TINY)
        similarities[self._lengths == 0] = -np.inf
        similarities[list(skip)] = -np.inf
        rows = _largest(similarities, k)
        return Near(rows, similarities[rows])

    def _map(self, function: Callable[[np.ndarray], np.ndarray]) -> list[np.ndarray]:
        starts = range(0, len(self._vectors), _BLOCK)

        def of_block(start: int) -> np.ndarray:
            return function(self._vectors[start : start + _BLOCK].astype(np.float32, copy=False))

        if len(starts) <= 1:
            return [of_block(start) for start in starts]
        with ThreadPoolExecutor(usable_cores(), thread_name_prefix="neighbours") as pool:
            return list(pool.map(of_block, starts))


def _lengths_of(block: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("ij,ij->i", block, block))


def _largest(values: np.ndarray, k: int) -> np.ndarray:
    """Where the `k` largest finite values are, largest first; of equal ones the first."""
    k = min(k, int(np.isfinite(values).sum()))
    if k == 0:
        return np.empty(0, np.int64)
    threshold = np.partition(values, -k)[-k]
    candidates = np.flatnonzero(values >= threshold)
    return candidates[np.argsort(-values[candidates], kind="stable")][:k]
