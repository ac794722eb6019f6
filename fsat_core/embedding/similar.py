"""Clips that sound like another one, or like a stretch of it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fsat_core.embedding.neighbours import Neighbours
from fsat_core.embedding.spec import EmbedderSpec
from fsat_core.embedding.store import EmbeddingStore


def nearest_clips(
    store: EmbeddingStore,
    neighbours: Neighbours,
    vector: np.ndarray,
    num_clips: int,
    skip: Sequence[int] = (),
) -> pd.DataFrame:
    """The clips whose means are nearest to an embedding: columns `clip_id, similarity`, nearest first.

    Parameters
    ----------
    store : EmbeddingStore
    neighbours : Neighbours
        Made of the store's means.
    vector : np.ndarray [shape=(dimension,)]
        Nothing is near to one of zeros.
    num_clips : int
        So many at most.
    skip : sequence of int
        Rows that are left out.
    """
    near = neighbours.nearest(vector, num_clips if np.any(vector) else 0, skip)
    clip_ids = [store.clip_ids[row] for row in near.rows]
    return pd.DataFrame({"clip_id": pd.Series(clip_ids, dtype=object), "similarity": near.similarities})


def is_same_sound(store: EmbeddingStore, clip_id: str, other_id: str) -> bool:
    """Whether two clips that have been heard are the very same sound: equal in every window."""
    return np.array_equal(store.windows(clip_id), store.windows(other_id))


def mean_between(windows: np.ndarray, spec: EmbedderSpec, start_s: float, stop_s: float) -> np.ndarray:
    """The mean embedding of a stretch of a clip [shape=(dimension,)], float32; zeros where it is silent.

    Parameters
    ----------
    windows : np.ndarray [shape=(W, dimension)]
        Of the whole clip.
    spec : EmbedderSpec
        What has heard them.
    start_s, stop_s : float
        Windows whose middle is in between count; where there is none, the one that is nearest.
    """
    middles_s = (np.arange(len(windows)) * spec.hop_samples + spec.window_samples / 2) / spec.sample_rate
    chosen = (middles_s >= start_s) & (middles_s <= stop_s)
    if not chosen.any():
        chosen[np.abs(middles_s - (start_s + stop_s) / 2).argmin()] = True
    heard = windows[chosen].astype(np.float32)
    num_heard = max(int(heard.any(axis=1).sum()), 1)
    return np.asarray(heard.sum(axis=0) / num_heard)
