"""The map on Explore: clips that sound alike lie together; a click plays one, a lasso leads on with some."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fsat_core.charts.sound_map import pack_clips, pack_colours
from fsat_core.dataset import clip_path
from fsat_core.dataset.clip_ids import fname_of
from fsat_core.dataset.kept_choice import keep_choice
from fsat_core.embedding import EmbeddingStore
from fsat_core.embedding.projection import read_map
from fsat_core.errors import FsatError
from fsat_core.listing import LabelKind
from fsat_core.text import counted, readable
from ui.explore.map_colours import choose_colours, value_of
from ui.explore.map_component import MapView, show_dots
from ui.label.sending import offer_labelling
from ui.player.component import player
from ui.shared import state
from ui.shared.charts import show_line
from ui.shared.ears import heard_clips, offer_drawing, offer_listening
from ui.shared.links import clips_query, link_clips, open_clips
from ui.shared.texts import plain, show_error
from ui.similar.nearest import sound_of

_KEY = "explore_map"
_HINT = (
    "Clips that sound alike lie together. Draw around some to go on with them; click one to hear it. "
    "Ctrl and the wheel zoom."
)
_HOVER = "map-hover-sound"  # map.js looks for the sound there


@dataclass(frozen=True)
class _Clips:
    """The clips of a map: columns `clip_id, x, y, labels, split`; and as they are sent to the browser."""

    table: pd.DataFrame
    packed: dict[str, Any]


def show_map(splits: Sequence[str], label_kind: LabelKind) -> None:
    """The map of these clips, or the line that says what is missing."""
    offer_listening("On the map, clips that sound alike lie together.")
    store = heard_clips()
    if store is None:
        return
    places = read_map(store)
    if places is None:
        offer_drawing()
        return
    _show(tuple(splits), label_kind, store, places)


@st.fragment
def _show(splits: tuple[str, ...], label_kind: LabelKind, store: EmbeddingStore, places: np.ndarray) -> None:
    clips = _clips(state.labels_in_use().key, splits, label_kind, readable(str(store.folder)), store, places)
    if clips.table.empty:
        st.info("None of these clips has a place on the map.", icon=":material/scatter_plot:")
        return
    colours = choose_colours(clips.table, store)
    above = st.container()
    alt = f"Map of {counted(len(clips.table), 'clip')} by what they sound like"
    view = show_dots(clips.packed, pack_colours(colours), _KEY, alt)
    ids = clips.table["clip_id"]
    with above:
        if len(view.chosen):
            _lead_on(ids.iloc[view.chosen].tolist())
        else:
            show_line(_HINT, lambda: clips.table.assign(colour=value_of(colours)), _KEY)
    _show_clips(ids, view)


@st.cache_resource(max_entries=4, show_spinner=False)
def _clips(
    key: str,
    splits: tuple[str, ...],
    label_kind: LabelKind,
    folder: str,
    _store: EmbeddingStore,
    _places: np.ndarray,
) -> _Clips:
    places = pd.DataFrame({"clip_id": _store.clip_ids, "x": _places[:, 0], "y": _places[:, 1]}).dropna()
    rows = state.selection(splits, label_kind).frame(["clip_id", "labels", "split"])
    table = places.merge(rows, on="clip_id")
    packed = pack_clips(table[["x", "y"]].to_numpy(), table["clip_id"].tolist(), table["labels"].tolist())
    return _Clips(table, packed)


def _show_clips(ids: pd.Series, view: MapView) -> None:
    """The clip that was clicked, and the sound of the one under the pointer."""
    if view.picked >= 0:
        _show_picked(ids.iloc[view.picked])
    with st.container(key=_HOVER):
        st.html(f"<style>.st-key-{_HOVER} {{display: none}}</style>")
        if view.heard >= 0:
            _put_sound(ids.iloc[view.heard])


def _lead_on(clip_ids: list[str]) -> None:
    """What can be done with the clips that are chosen."""
    with st.container(horizontal=True, vertical_alignment="center"):
        offer_labelling("similar", clip_ids, "Label these", "Decide on these clips.", name="from the map")
        if st.button("Open in Clips", icon=":material/headphones:", key="explore_map_open"):
            try:
                name = keep_choice(state.settings().cache_dir, clip_ids)
            except FsatError as error:
                show_error(error)
                return
            open_clips(clips_query(among=name))


def _show_picked(clip_id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(fname_of(clip_id))}**", width="content")
        st.space("stretch")
        link_clips(clip=clip_id)
    try:
        player(clip_path(state.dataset(), clip_id), key="map-player", label=clip_id)
    except FsatError as error:
        show_error(error, ":material/broken_image:")


def _put_sound(clip_id: str) -> None:
    """The sound of a clip, which the map plays while the pointer is on it; nothing if it cannot be read."""
    try:
        content, mime = sound_of(clip_id, state.version())
    except FsatError:  # whoever clicks the clip is told
        return
    if content:
        st.audio(content, format=mime, alt=clip_id)
