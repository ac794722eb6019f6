"""What a pretrained network is to the rest of the program: from sound to numbers, window by window."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

import numpy as np

_BATCH = 32  # windows that are heard together: more would not fit the processor's cache


class Heard(NamedTuple):
    """What a network makes of consecutive windows.

    Parameters
    ----------
    embeddings : np.ndarray [shape=(W, dimension)], float32
    scores : np.ndarray [shape=(W, num_classes)], float32
        How sure the network is of each of its own classes, 0 to 1.
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


def hear_windows(embedder: Embedder, blocks: Iterable[np.ndarray]) -> Iterator[Heard]:
    """What a network makes of a clip of any length, some windows at a time.

    The last window is filled up with silence, and a clip that is shorter than a window, too.

    Parameters
    ----------
    embedder : Embedder
    blocks : iterable of np.ndarray [shape=(n,)], float32
        Consecutive blocks of the clip's mono mix at the embedder's rate.
    """
    window, hop = embedder.window_samples, embedder.hop_samples
    wanted = (_BATCH - 1) * hop + window
    held, is_first = np.empty(0, np.float32), True
    for block in blocks:
        held = np.concatenate([held, block]) if len(held) else block
        while len(held) >= wanted + hop:  # one more window follows, so that the last one is filled up once
            yield embedder.hear(held[:wanted])
            held, is_first = held[_BATCH * hop :], False
    overlap = window - hop  # of what is held, heard already unless nothing has been
    if is_first or len(held) > overlap:
        num_hops = -(-max(len(held) - window, 0) // hop)
        yield embedder.hear(np.pad(held, (0, window + num_hops * hop - len(held))))


def hear_clip(embedder: Embedder, blocks: Iterable[np.ndarray]) -> Heard:
    """As `hear_windows`, all windows of a clip together."""
    parts = list(hear_windows(embedder, blocks))
    return Heard(
        np.concatenate([part.embeddings for part in parts]), np.concatenate([part.scores for part in parts])
    )
