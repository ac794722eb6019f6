"""The labelled clips that an upload sounds most like: evidence for or against what networks say of it."""

import io
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from fsat_core.audio.blocks import MonoWave
from fsat_core.dataset import Catalogue, split_labels
from fsat_core.embedding import YAMNET, Embedder, EmbeddingStore, hear_windows, load_embedder, mean_heard
from fsat_core.errors import FsatError
from fsat_core.text import list_some
from ui.predict.clips import Clip
from ui.shared import state
from ui.shared.ears import heard_clips, is_yamnet_here, offer_listening
from ui.shared.texts import plain, show_error
from ui.similar.nearest import like_sound
from ui.similar.panel import list_similar

_MOST_S = 600.0  # that is heard of an upload: a longer one has hardly one sound
_MOST_KEPT = 1_000  # means of uploads
_MOST_NAMED = 3  # classes


@st.fragment
def show_evidence(clip: Clip) -> None:
    """A part to open, with the labelled clips that an upload sounds most like."""
    part = st.expander(
        "Similar clips with labels", icon=":material/graphic_eq:", key="predict_similar", on_change="rerun"
    )
    if not part.open:
        return
    with part:
        offer_listening("Clips that sound like an upload are found by ear.", needs_weights=True)
        store = heard_clips()
        if store is None or not is_yamnet_here():
            return
        try:
            _show_near(store, clip)
        except FsatError as error:
            show_error(error)


def _show_near(store: EmbeddingStore, clip: Clip) -> None:
    rows, labels = state.labelled(), state.labels_in_use()
    near = like_sound(store, clip.key, _mean(clip.key, clip), rows.filter("labels <> ''"), labels.key)
    if near.empty:
        st.caption("Nothing is heard in it, or no clip has a label: none sounds like it.")
        return
    st.caption(_summarise(near, rows))
    list_similar(near, clip.key)


def _summarise(near: pd.DataFrame, rows: Catalogue) -> str:
    """Which classes those clips have, and how many of them each."""
    labels = rows.rows_of(near["clip_id"])["labels"]
    counts = Counter(name for text in labels for name in split_labels(text))
    parts = [f"{plain(name)} {count} of {len(near)}" for name, count in counts.most_common()]
    return f"The nearest clips are {list_some(parts, _MOST_NAMED)}."


@st.cache_data(max_entries=_MOST_KEPT, show_spinner="Listening")
def _mean(key: str, _clip: Clip) -> np.ndarray:
    """The mean embedding of an upload, or of its first ten minutes."""
    embedder, source = _embedder(YAMNET.name), _clip.to_play()
    sound = MonoWave(source if isinstance(source, Path) else io.BytesIO(source))
    blocks, num_samples = [], 0
    for block in sound.at(embedder.sample_rate):
        blocks.append(block)
        num_samples += len(block)
        if num_samples >= _MOST_S * embedder.sample_rate:
            break
    return mean_heard(hear_windows(embedder, blocks)).embeddings


@st.cache_resource(max_entries=1, show_spinner=False)
def _embedder(name: str) -> Embedder:
    return load_embedder(YAMNET, state.settings().cache_dir)
