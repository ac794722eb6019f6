"""What networks say of the windows of one clip, asked a few windows at a time, however long the clip is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from fsat_core.audio import FeatureSpec, extract
from fsat_core.audio.windows import cut_windows
from fsat_core.embedding import Embedder, Survey, hear_windows

Ask = Callable[[np.ndarray], np.ndarray]

# Windows that are worked on together: as many as `keras_child` computes at once, and fewer of long windows.
BATCH = 64
_BATCH_SAMPLES = 1 << 23
_STEP = 4  # `OnnxMembers` takes so many at a time


class WindowAnswers:
    """Answers for the windows of a clip in order of time, of all networks that take one kind of input.

    Parameters
    ----------
    features : iterator of np.ndarray [shape=(n, *input_shape)], float32
        The windows, some at a time, as `cut_features` and `heard_features` have them. The same array again
        is not asked about again.
    num_windows : int
        How many there are in all.
    networks : sequence of callable
        Each answers features (windows, *input_shape) with probabilities (windows, members, classes).
    """

    def __init__(self, features: Iterator[np.ndarray], num_windows: int, networks: Sequence[Ask]) -> None:
        self._num_windows, self._networks = num_windows, networks
        self._batches = self._ask(features)
        self._held = next(self._batches)
        self._first = 0  # which window `_held` begins with
        self._total = self._held.sum(axis=0)

    def at(self, windows: np.ndarray) -> np.ndarray:
        """Answers for some windows; those before the first of them cannot be asked for again.

        Parameters
        ----------
        windows : np.ndarray [shape=(n,)]
            Their numbers, ascending.

        Returns
        -------
        np.ndarray [shape=(n, members, classes)]
        """
        first, last = int(windows[0]), int(windows[-1])
        while self._first + len(self._held) <= last:
            self._go_on(first)
        return self._held[windows - self._first]

    def mean(self) -> np.ndarray:
        """The mean over all windows of the clip [shape=(members, classes)]."""
        while self._first + len(self._held) < self._num_windows:
            self._go_on(self._num_windows)
        return self._total / self._num_windows

    def _go_on(self, first: int) -> None:
        """Ask about the next windows; forget those before `first`."""
        batch = next(self._batches)
        # One row after the other, as a sum over all windows at once would go.
        self._total = np.concatenate([self._total[np.newaxis], batch]).sum(axis=0)
        forgotten = min(first - self._first, len(self._held))
        self._held = np.concatenate([self._held[forgotten:], batch])
        self._first += forgotten

    def _ask(self, features: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        last, answer = np.empty(0), np.empty(0)
        for several in features:
            if several is not last:
                answer = np.concatenate([ask(several) for ask in self._networks], axis=1)
            last = several
            yield answer


def cut_features(blocks: Iterable[np.ndarray], spec: FeatureSpec, starts: np.ndarray) -> Iterator[np.ndarray]:
    """The features of the windows of a clip at its `window_starts`, some at a time.

    Parameters
    ----------
    blocks : iterable of np.ndarray [shape=(n,)], float32
        The clip at the rate of `spec`.
    spec : FeatureSpec
        Of networks on waves or MFCCs.
    starts : np.ndarray
    """
    windows = cut_windows(blocks, spec.num_samples, starts)
    last, features = np.empty(0), np.empty(0)
    while several := list(islice(windows, _batch_size(spec.num_samples))):
        pieces = np.stack(several)
        if not np.array_equal(pieces, last):  # hours of digital silence are worked out once
            features = extract(pieces, spec)
        last = pieces
        yield features


def heard_features(embedder: Embedder, blocks: Iterable[np.ndarray], survey: Survey) -> Iterator[np.ndarray]:
    """The embeddings of the windows of a clip that are heard, some at a time, to the digits of a store.

    Parameters
    ----------
    embedder : Embedder
    blocks : iterable of np.ndarray [shape=(n,)], float32
        The clip at the rate of `embedder`.
    survey : Survey
        Of these blocks.
    """
    wanted, first = survey.heard, 0
    for heard in hear_windows(embedder, blocks, survey):
        inside = wanted[(wanted >= first) & (wanted < first + len(heard.embeddings))] - first
        if len(inside):
            yield heard.embeddings[inside].astype(np.float16).astype(np.float32)
        first += len(heard.embeddings)


def _batch_size(num_samples: int) -> int:
    fitting = _BATCH_SAMPLES // num_samples
    return min(max(fitting - fitting % _STEP, _STEP), BATCH)
