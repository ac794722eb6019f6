"""Which clips are of the same recording: copies at another level, cut, resampled or compressed.

Two prints of a clip, 40 ms apart, are a key. Clips that share a key are compared around it, and, where they
agree there, as a whole.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from fsat_core.embedding.fingerprint import UNHEARD

_HALF_BITS = 16  # the low bands and the high ones count by themselves: a copy at 8 kHz has no high ones
_HALF = np.uint32(0xFFFF)
_GAP = 2  # prints from the first of a key to the second
_NEXT = 8  # further clips of the same key that a clip is compared with: more are found through these
_AROUND = np.arange(-8, 9 + _GAP)
_FEWEST_AROUND = 8
_WRONG_AROUND = 0.3  # share of bits that differ; half of them do where sounds have nothing in common
_ENOUGH = 3  # keys that two clips share at one offset: with fewer it is looked around them first
_BLOCK = 50_000  # places that are looked around together
_OFFSETS = 3  # ways to lay a clip over another one that are tried in full
_FEWEST = 12  # prints that both have, a quarter of a second
_WRONG, _WRONG_PER_PRINT = 0.25, 1.2  # fewer prints have to agree better: 0.15 of 12, 0.24 of 120
_OVERLAP = 0.5  # of what is heard in one of two clips


class Copy(NamedTuple):
    """Two clips of the same recording.

    Parameters
    ----------
    row, other : int
    offset : int
        How many prints later the same is heard in the other clip; negative: earlier.
    likeness : float
        The share of bits that agree, in the bands that agree better: about 0.5 in sounds that have nothing
        in common.
    """

    row: int
    other: int
    offset: int
    likeness: float


def find_copies(prints: np.ndarray, starts: np.ndarray) -> list[Copy]:
    """Pairs of clips of the same recording; of several copies not every pair, but all hang together.

    Parameters
    ----------
    prints : np.ndarray [shape=(P,)], uint32
        Those of all clips, one clip after the other.
    starts : np.ndarray [shape=(N + 1,)], int64
        Where each clip begins, and where the last one ends.
    """
    from scipy.cluster.hierarchy import DisjointSet  # late: pages that only list queues do without

    prints = np.asarray(prints)
    rows = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    groups = DisjointSet(range(len(starts) - 1))
    tried = Counter[tuple[int, int]]()
    found = []
    for row, other, offset in _ways(prints, starts, rows):
        tried[row, other] += 1
        if tried[row, other] > _OFFSETS or groups.connected(row, other):
            continue
        own, others = (prints[starts[at] : starts[at + 1]] for at in (row, other))
        likeness = _likeness(own, others, offset)
        if likeness:
            groups.merge(row, other)
            found.append(Copy(row, other, offset, likeness))
    return found


def _ways(prints: np.ndarray, starts: np.ndarray, rows: np.ndarray) -> list[tuple[int, int, int]]:
    """Ways to lay a clip over another one that look good: two rows and an offset, the best one first."""
    span = 2 * int(np.diff(starts).max(initial=0)) + 1  # of offsets
    found = []
    for pairs in (pairs for shift in (0, _HALF_BITS) for pairs in _sharing_keys(prints, rows, shift)):
        first, second = rows[pairs].T.astype(np.int64)
        offsets = (pairs[:, 1] - starts[second]) - (pairs[:, 0] - starts[first])
        codes = (first * (len(starts) - 1) + second) * span + offsets + span // 2
        # Each way once and not for every key: copies share all of theirs.
        _, at, votes = np.unique(codes, return_index=True, return_counts=True)
        found.append(np.column_stack([codes[at], pairs[at], votes]))
    ways = np.concatenate(found)
    _, at, way = np.unique(ways[:, 0], return_index=True, return_inverse=True)
    pairs, votes = ways[at, 1:3], np.bincount(way, ways[:, 3])
    is_good = votes >= _ENOUGH
    is_good[~is_good] = _agree_around(prints, rows, pairs[~is_good])
    pairs, votes = pairs[is_good], votes[is_good]
    places = pairs[np.argsort(-votes, kind="stable")]
    first, second = rows[places].T
    offsets = (places[:, 1] - starts[second]) - (places[:, 0] - starts[first])
    return list(zip(first.tolist(), second.tolist(), offsets.tolist(), strict=True))


def _sharing_keys(prints: np.ndarray, rows: np.ndarray, shift: int) -> Iterator[np.ndarray]:
    """Places of prints in two clips that share a key [shape=(n, 2)]."""
    half = (prints >> np.uint32(shift)) & _HALF
    is_key = (prints[:-_GAP] != UNHEARD) & (prints[_GAP:] != UNHEARD) & (rows[:-_GAP] == rows[_GAP:])
    places = np.flatnonzero(is_key)
    keys = half[places] | (half[places + _GAP] << np.uint32(_HALF_BITS))
    order = np.argsort(keys, kind="stable")
    keys, places = keys[order], places[order]
    # The first of each key in a clip is enough: a hum has the same one over and over.
    is_first = np.ones(len(keys), bool)
    is_first[1:] = (keys[1:] != keys[:-1]) | (rows[places[1:]] != rows[places[:-1]])
    keys, places = keys[is_first], places[is_first]
    for ahead in range(1, _NEXT + 1):
        same = np.flatnonzero(keys[ahead:] == keys[:-ahead])
        yield np.stack([places[same], places[same + ahead]], axis=1)


def _agree_around(prints: np.ndarray, rows: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Whether the prints around two places agree [shape=(n,)], bool."""
    agree = np.zeros(len(pairs), bool)
    for start in range(0, len(pairs), _BLOCK):
        part = pairs[start : start + _BLOCK]
        around = np.clip(part[:, :, np.newaxis] + _AROUND, 0, len(prints) - 1)
        is_own = (rows[around] == rows[part][:, :, np.newaxis]).all(axis=1)
        first, second = prints[around].swapaxes(0, 1)
        wrong, count = _differing(first, second, is_own)
        agree[start : start + _BLOCK] = (count >= _FEWEST_AROUND) & (wrong <= _WRONG_AROUND)
    return agree


def _likeness(first: np.ndarray, second: np.ndarray, offset: int) -> float:
    """The share of bits that agree where a clip is laid over another one; 0 where they are no copies."""
    num_heard = min(np.count_nonzero(first), np.count_nonzero(second))
    first, second = first[max(-offset, 0) :], second[max(offset, 0) :]
    size = min(len(first), len(second))
    (wrong,), (count,) = _differing(first[np.newaxis, :size], second[np.newaxis, :size], True)
    is_copy = count >= max(_FEWEST, _OVERLAP * num_heard) and wrong <= _WRONG - _WRONG_PER_PRINT / count
    return 1 - float(wrong) if is_copy else 0.0


def _differing(
    first: np.ndarray, second: np.ndarray, counts: np.ndarray | bool
) -> tuple[np.ndarray, np.ndarray]:
    """The share of bits that differ in the half that agrees better, and how many prints both have.

    Parameters
    ----------
    first, second : np.ndarray [shape=(n, size)], uint32
    counts : np.ndarray [shape=(n, size)], bool
        Which of them are looked at.
    """
    both = (first != UNHEARD) & (second != UNHEARD) & counts
    bits = np.where(both, first ^ second, np.uint32(0))
    count = both.sum(axis=1)
    wrong = [
        np.bitwise_count(part).sum(axis=1, dtype=np.int64)
        for part in (bits & _HALF, bits >> np.uint32(_HALF_BITS))
    ]
    return np.minimum(*wrong) / np.maximum(_HALF_BITS * count, 1), count
