"""What a pretrained network is to the rest of the program: from sound to numbers, window by window."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

import numpy as np

from fsat_core.audio.blocks import regroup
from fsat_core.audio.levels import SILENCE

_BATCH = 32  # windows that are heard together: more would not fit the processor's cache
_PEAK = 0.5  # to which clips are brought before they are heard: a quiet recording sounds like a loud one
_LOWEST_PEAK = 1e-4  # -80 dBFS: below it there is nothing to bring up but noise
_SILENT = SILENCE**2  # of the loudest stretch's energy, as for the windows of other networks


class Heard(NamedTuple):
    """What a network makes of consecutive windows.

    Parameters
    ----------
    embeddings : np.ndarray [shape=(W, dimension)], float32
        Zeros for a silent window of a clip.
    scores : np.ndarray [shape=(W, num_classes)], float32
        How sure the network is of each of its own classes, 0 to 1; zeros for a silent window, too.
    """

    embeddings: np.ndarray
    scores: np.ndarray


class Embedder(Protocol):
    """A pretrained network, ready to hear.

    Attributes
    ----------
    name, version : str
        What it has heard is kept under both: a network that answers otherwise has another version.
    sample_rate : int
        In Hz.
    window_samples, hop_samples : int
        The length of a window, and from where one begins to where the next does.
    dimension : int
        Numbers per window.
    class_names : tuple of str
        The classes that it knows by itself.
    """

    name: str
    version: str
    sample_rate: int
    window_samples: int
    hop_samples: int
    dimension: int
    class_names: tuple[str, ...]

    def hear(self, samples: np.ndarray) -> Heard:
        """Answers for all whole windows of a mono wave [shape=(n,)], float32, at `sample_rate`."""
        ...


class Survey(NamedTuple):
    """What has to be known of a clip before any of it is heard.

    Parameters
    ----------
    peak : float
    is_silent : np.ndarray [shape=(num_stretches,)], bool
        Which of its stretches of a hop each are silent.
    num_windows : int
    """

    peak: float
    is_silent: np.ndarray
    num_windows: int

    def silent(self, first: int, count: int) -> np.ndarray:
        """Which of so many windows from the first on are silent [shape=(count,)], bool."""
        stretches = self.is_silent[first : first + count + 1]  # a window reaches over two of them
        silent = stretches[:count].copy()
        silent[: len(stretches) - 1] &= stretches[1:]
        return silent

    @property
    def heard(self) -> np.ndarray:
        """The numbers of the windows that are not silent; of all where none is heard [shape=(n,)]."""
        silent = self.silent(0, self.num_windows)
        return np.flatnonzero(~silent | silent.all())


def survey_clip(embedder: Embedder, blocks: Iterable[np.ndarray]) -> Survey:
    """What `hear_windows` has to know of a clip, from its blocks."""
    hop = embedder.hop_samples
    peak, length, energies = 0.0, 0, [np.empty(0, np.float32)]
    for block in regroup(blocks, hop):
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        length += len(block)
        stretches = np.pad(block, (0, -len(block) % hop)).reshape(-1, hop)
        energies.append(np.einsum("ij,ij->i", stretches, stretches))
    found = np.concatenate(energies)
    num_windows = 1 + -(-max(length - embedder.window_samples, 0) // hop)
    is_silent = found < _SILENT * found.max(initial=0.0)
    # A clip of a few samples at a high rate has none at a lower one, and is a window all the same.
    return Survey(peak, np.pad(is_silent, (0, max(num_windows - len(found), 0))), num_windows)


def hear_windows(
    embedder: Embedder, blocks: Iterable[np.ndarray], survey: Survey | None = None
) -> Iterator[Heard]:
    """What a network makes of a clip of any length, some windows at a time.

    The clip is brought to one level. The last window is filled up with silence, and a clip that is shorter
    than a window, too. A window is silent if both stretches of a hop that it begins with are: their energy is
    at most a millionth of that of the loudest stretch.

    Parameters
    ----------
    embedder : Embedder
    blocks : iterable of np.ndarray [shape=(n,)], float32
        Consecutive blocks of the clip's mono mix at the embedder's rate; they are gone through twice.
    survey : Survey, optional
        Of the same blocks, which are then gone through once.
    """
    survey = survey or survey_clip(embedder, blocks)
    scale = np.float32(_PEAK / survey.peak if survey.peak > _LOWEST_PEAK else 1.0)
    first = 0
    for samples in _batches(embedder, blocks):
        heard = embedder.hear(samples * scale)
        silent = survey.silent(first, len(heard.scores))
        for values in heard:
            values[silent] = 0
        first += len(silent)
        yield heard


def _batches(embedder: Embedder, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The samples of so many whole windows after the other, the last ones filled up."""
    window, hop = embedder.window_samples, embedder.hop_samples
    wanted = (_BATCH - 1) * hop + window
    held, is_first = np.empty(0, np.float32), True
    for block in blocks:
        held = np.concatenate([held, block]) if len(held) else block
        while len(held) >= wanted + hop:  # one more window follows, so that the last one is filled up once
            yield held[:wanted]
            held, is_first = held[_BATCH * hop :], False
    overlap = window - hop  # of what is held, heard already unless nothing has been
    if is_first or len(held) > overlap:
        num_hops = -(-max(len(held) - window, 0) // hop)
        yield np.pad(held, (0, window + num_hops * hop - len(held)))


def mean_heard(parts: Iterable[Heard]) -> Heard:
    """The means over the windows that are not silent [shape=(dimension,)] and [shape=(num_classes,)].

    Parameters
    ----------
    parts : iterable of Heard
        At least one, as from `hear_windows`: only one is in memory at a time.
    """
    sums, num_heard = [np.zeros(1), np.zeros(1)], 0
    for heard in parts:
        sums = [total + values.sum(axis=0) for total, values in zip(sums, heard, strict=True)]
        num_heard += int(heard.scores.any(axis=1).sum())
    return Heard(*(total / max(num_heard, 1) for total in sums))
