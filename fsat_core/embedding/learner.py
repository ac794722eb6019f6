"""Learns classes from few labelled clips, at once: ridge regression on the embeddings of their windows.

A linear function of a window is fitted to 1 for the classes of its clip and 0 for the others. Its mean over a
clip is its value at the clip's mean embedding, so a set is predicted by one product. What is kept is a matrix
as large as an embedding is long: a decision costs the same whatever was decided before, and what would be
without a clip follows without another fit. On few clips it is as right as a logistic regression, which takes
seconds for the same (docs/measured.md).

Where the network's own names are known for classes of the set, their scores are where it starts from; the
more labels there are, the less they count.

References
----------
Allen (1974), "The relationship between variable selection and data augmentation and a method for
prediction", Technometrics 16(1): the residual of what is left out, without another fit.
Rasmussen & Williams (2006), "Gaussian processes for machine learning", 2.7: regression around known means.
"""

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import softmax
from threadpoolctl import ThreadpoolController

from fsat_core.dataset.label_text import split_labels
from fsat_core.embedding.store import EmbeddingStore

_RIDGE = 1.0  # times the mean squared distance of a window from the set's centre
_SHARPNESS = 8.0  # of the softmax that makes probabilities of values between 0 and 1
_NAMES_COUNT = 5.0  # labels of each class that weigh as much as what the network's own names say
_UNSURE = 0.05  # of all scores: below it own names say little
_MOST_STRETCHES = 20  # of a clip, each the mean of some windows
_ALL_STRETCHES = 100_000  # of a set, about: 5 s for the first fit
_SAMPLE = 500  # clips by which the spread of windows is measured

# Products this small gain nothing by more threads, which wait for each other in a loop where cores are busy.
_BLAS = ThreadpoolController()


class _Clip(NamedTuple):
    """A clip that is learned from."""

    stretches: np.ndarray  # [shape=(S, D)]
    target: np.ndarray  # [shape=(C,)]
    named: np.ndarray  # [shape=(C,)]: what own names say


class Fit(NamedTuple):
    """What has been learned [shape=(D, C)], and what values are without anything heard."""

    factor: tuple[np.ndarray, bool]
    weights: np.ndarray
    usual: np.ndarray
    names_weight: float
    pull: np.ndarray  # what one more of everything usual takes from the weights [shape=(D,)]


class Learner:
    """Learns the classes of a data set from labels that change from decision to decision.

    Parameters
    ----------
    store : EmbeddingStore
    classes : sequence of str
        Of the data set.
    own_names : mapping of str to sequence of int, optional
        The columns of `store.scores` that are a class under another name.
    """

    def __init__(
        self,
        store: EmbeddingStore,
        classes: Sequence[str],
        own_names: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        self.store, self.classes = store, list(classes)
        self._column = {name: column for column, name in enumerate(self.classes)}
        self._named = _scores_by_name(store.scores, self.classes, own_names or {})
        self._has_names = bool(self._named.any())
        heard = store.heard
        means = store.means[heard].astype(np.float32)
        self._dimension = store.means.shape[1]
        self._centre = means.mean(axis=0) if len(means) else np.zeros(self._dimension, np.float32)
        self._most = int(np.clip(_ALL_STRETCHES // max(len(store.clip_ids), 1), 1, _MOST_STRETCHES))
        self._ridge = _RIDGE * self._spread(np.flatnonzero(heard))
        self._given: Mapping[str, str] = {}  # the labels that it was given last
        self._learned: dict[str, str] = {}  # those of them that it has learned from
        num_classes = len(self.classes)
        self._squares = np.zeros((self._dimension, self._dimension))
        self._products = np.zeros((self._dimension, num_classes))
        self._named_products = np.zeros((self._dimension, num_classes))
        self._sum, self._targets = np.zeros(self._dimension), np.zeros(num_classes)
        self._num_stretches = 0
        self._fit: Fit | None = None
        self._lock = Lock()

    @property
    def num_learned(self) -> int:
        """From how many clips it has learned."""
        return len(self._learned)

    def learn(self, labels: Mapping[str, str], at_most: int | None = None) -> bool:
        """Learn from these labels of clips, and from nothing else that was learned before.

        Only what differs from what was learned last is computed. Clips that have not been heard, and classes
        that the set does not have, are left out.

        Parameters
        ----------
        labels : mapping of str to str
            By clip.
        at_most : int, optional
            If more clips than that differ, nothing is learned.

        Returns
        -------
        bool
            Whether it has learned.
        """
        with self._lock, _BLAS.limit(limits=1, user_api="blas"):
            changed = [clip_id for clip_id, text in labels.items() if self._given.get(clip_id) != text]
            gone = [clip_id for clip_id in self._given if clip_id not in labels]
            old = {
                clip_id: self._learned[clip_id] for clip_id in [*gone, *changed] if clip_id in self._learned
            }
            new = {clip_id: labels[clip_id] for clip_id in changed if self._teaches(clip_id, labels[clip_id])}
            if at_most is not None and len(old) + len(new) > at_most:
                return False
            self._add(old, -1)
            self._add(new, 1)
            self._learned = {**{key: text for key, text in self._learned.items() if key not in old}, **new}
            self._given = dict(labels)
            return True

    def probabilities(self, clip_ids: Sequence[str]) -> np.ndarray:
        """How probable each class is in each clip [shape=(N, C)]; zeros for a clip that has not been heard.

        Of a clip that was learned from, what all others alone say.
        """
        with self._lock, _BLAS.limit(limits=1, user_api="blas"):
            fit = self._fitted()
            rows = [self.store.row(clip_id) for clip_id in clip_ids]
            is_heard = np.array([row is not None for row in rows], dtype=bool)
            found = np.zeros((len(rows), len(self.classes)))
            there = [row for row in rows if row is not None]
            means = self.store.means[there].astype(np.float32) - self._centre
            found[is_heard] = means @ fit.weights + self._base(fit, self._named[there])
            for at, clip_id in enumerate(clip_ids):
                if clip_id in self._learned:
                    found[at] = self._without(fit, self._clip(clip_id, self._learned[clip_id]))
        found[is_heard] = softmax(_SHARPNESS * found[is_heard], axis=1) if self.classes else 0.0
        return found

    def _known(self, text: str) -> list[int]:
        return [self._column[name] for name in split_labels(text) if name in self._column]

    def _teaches(self, clip_id: str, text: str) -> bool:
        return self.store.row(clip_id) is not None and bool(self._known(text))

    def _spread(self, rows: np.ndarray) -> float:
        some = rows[:: max(len(rows) // _SAMPLE, 1)]
        parts = [self._stretches(self.store.clip_ids[row]) for row in some]
        squares = [np.einsum("ij,ij->i", part, part).mean() for part in parts]
        return max(float(np.mean(squares)), 1e-9) if squares else 1.0

    def _stretches(self, clip_id: str) -> np.ndarray:
        windows = self.store.windows(clip_id).astype(np.float32)
        windows = windows[windows.any(axis=1)]
        if not len(windows):
            windows = np.zeros((1, self._dimension), np.float32)
        if len(windows) > self._most:
            parts = np.array_split(windows, self._most)
            windows = np.stack([part.mean(axis=0) for part in parts])
        return windows - self._centre

    def _clip(self, clip_id: str, text: str) -> _Clip:
        target = np.zeros(len(self.classes))
        target[self._known(text)] = 1.0
        row = self.store.row(clip_id)
        return _Clip(self._stretches(clip_id), target, self._named[row])

    def _add(self, labels: Mapping[str, str], sign: int) -> None:
        """Count these clips in, or out, some at a time."""
        clip_ids = list(labels)
        for start in range(0, len(clip_ids), _SAMPLE):
            some = clip_ids[start : start + _SAMPLE]
            clips = [self._clip(clip_id, labels[clip_id]) for clip_id in some]
            lengths = np.array([len(clip.stretches) for clip in clips])
            targets, named = (
                np.stack([clip.target for clip in clips]),
                np.stack([clip.named for clip in clips]),
            )
            totals = np.stack([clip.stretches.sum(axis=0, dtype=np.float64) for clip in clips])
            stretches = np.concatenate([clip.stretches for clip in clips])
            self._squares += sign * (stretches.T @ stretches)
            self._products += sign * (totals.T @ targets)
            self._named_products += sign * (totals.T @ named)
            self._sum += sign * totals.sum(axis=0)
            self._targets += sign * (lengths @ targets)
            self._num_stretches += sign * int(lengths.sum())
            self._fit = None

    def _fitted(self) -> Fit:
        if self._fit is None:
            usual = self._targets / max(self._num_stretches, 1)
            per_class = len(self._learned) / max(len(self.classes), 1)
            weight = _NAMES_COUNT / (_NAMES_COUNT + per_class) if self._has_names else 0.0
            regularised = self._squares.astype(np.float32)  # half the time, and exact enough
            regularised[np.diag_indices(self._dimension)] += self._ridge
            factor = cho_factor(regularised, lower=True, overwrite_a=True, check_finite=False)
            products = self._products - weight * self._named_products
            products -= (1 - weight) * np.outer(self._sum, usual)
            weights = cho_solve(factor, products.astype(np.float32), check_finite=False)
            pull = cho_solve(factor, self._sum.astype(np.float32), check_finite=False)
            self._fit = Fit(factor, weights, usual, weight, pull)
        return self._fit

    def _base(self, fit: Fit, named: np.ndarray) -> np.ndarray:
        return fit.names_weight * named + (1 - fit.names_weight) * fit.usual

    def _without(self, fit: Fit, clip: _Clip) -> np.ndarray:
        """What values would be for a clip, had it not been learned from."""
        stretches, num_others = clip.stretches, self._num_stretches - len(clip.stretches)
        others = (self._targets - len(stretches) * clip.target) / max(num_others, 1)
        shift = (1 - fit.names_weight) * (others - fit.usual)  # of what is usual, were the clip not there
        values = stretches @ fit.weights - np.outer(stretches @ fit.pull, shift)
        residuals = clip.target - (values + self._base(fit, clip.named) + shift)
        own = stretches @ cho_solve(fit.factor, stretches.T, check_finite=False)
        return clip.target - np.linalg.solve(np.eye(len(own)) - own, residuals).mean(axis=0)


def _scores_by_name(
    scores: np.ndarray, classes: Sequence[str], own_names: Mapping[str, Sequence[int]]
) -> np.ndarray:
    """What the network says of each class by its own names [shape=(N, C)]: a share of all named ones."""
    named = np.zeros((len(scores), len(classes)), np.float32)
    for column, name in enumerate(classes):
        if own := list(own_names.get(name, ())):
            named[:, column] = scores[:, own].max(axis=1)
    return named / (named.sum(axis=1, keepdims=True) + _UNSURE)


def teaching(clip_ids: Iterable[str], labels: Iterable[str], is_sure: Iterable[bool]) -> dict[str, str]:
    """The labels to learn from: those that are sure, or all where none is."""
    rows = [row for row in zip(clip_ids, labels, is_sure, strict=True) if row[1]]
    sure = {clip_id: text for clip_id, text, known in rows if known}
    return sure or {clip_id: text for clip_id, text, _ in rows}
