"""Which clips of the data set sound most like a sound: found once for all visitors."""

import numpy as np
import pandas as pd
import streamlit as st

from fsat_core.audio import browser_audio
from fsat_core.dataset import Catalogue, clip_path
from fsat_core.embedding import YAMNET, EmbeddingStore, ExactNeighbours
from fsat_core.embedding.similar import is_same_sound, mean_between, nearest_clips
from fsat_core.text import readable
from ui.shared import state

NUM_NEAREST = 8
_MOST_ANSWERS = 5_000

Stretch = tuple[float, float]  # where it begins and ends, in seconds


def like_clip(store: EmbeddingStore, clip_id: str, stretch: Stretch | None = None) -> pd.DataFrame:
    """The clips that sound most like one that has been heard, or like a stretch of it.

    Returns
    -------
    pd.DataFrame
        Columns `clip_id, similarity, is_same`, nearest first; `is_same` is whether it is the very same sound.
    """
    return _like_clip(_name(store), clip_id, stretch, store)


def like_sound(
    store: EmbeddingStore, key: str, vector: np.ndarray, rows: Catalogue, rows_key: str
) -> pd.DataFrame:
    """As `like_clip`, of a sound that is not in the data set.

    Parameters
    ----------
    key : str
        Identifies the sound.
    vector : np.ndarray [shape=(dimension,)]
        Its mean embedding.
    rows : Catalogue
        The clips that may be found.
    rows_key : str
        Identifies these.
    """
    return _like_sound(_name(store), key, rows_key, store, vector, rows)


@st.cache_resource(max_entries=8, show_spinner=False)
def sound_of(clip_id: str, version: int) -> tuple[bytes, str]:
    """A clip as a browser plays it, and its MIME type; of `state.version()`.

    Raises
    ------
    AudioError
        If it cannot be read.
    """
    return browser_audio(clip_path(state.dataset(), clip_id))


def _name(store: EmbeddingStore) -> str:
    return readable(str(store.folder))


@st.cache_data(max_entries=_MOST_ANSWERS, show_spinner=False)
def _like_clip(folder: str, clip_id: str, stretch: Stretch | None, _store: EmbeddingStore) -> pd.DataFrame:
    row = _store.row(clip_id)
    if row is None:  # callers ask only for clips that have been heard
        raise LookupError(f"{clip_id} has not been heard")
    vector = _store.means[row] if stretch is None else mean_between(_store.windows(clip_id), YAMNET, *stretch)
    near = nearest_clips(_store, _neighbours(folder, _store), vector, NUM_NEAREST, [row])
    return near.assign(is_same=[is_same_sound(_store, clip_id, other) for other in near["clip_id"]])


@st.cache_data(max_entries=_MOST_ANSWERS, show_spinner=False)
def _like_sound(
    folder: str, key: str, rows_key: str, _store: EmbeddingStore, _vector: np.ndarray, _rows: Catalogue
) -> pd.DataFrame:
    wanted = _rows.frame(["clip_id"])["clip_id"]
    skip = np.flatnonzero(~pd.Index(_store.clip_ids).isin(wanted)).tolist()
    near = nearest_clips(_store, _neighbours(folder, _store), _vector, NUM_NEAREST, skip)
    return near.assign(is_same=False)


@st.cache_resource(max_entries=4, show_spinner=False)
def _neighbours(folder: str, _store: EmbeddingStore) -> ExactNeighbours:
    return ExactNeighbours(_store.means)
