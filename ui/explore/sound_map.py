"""The map on Explore: clips that sound alike lie together; a click plays one, a lasso sends some to Label."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fsat_core.charts.sound_map import NO_LABEL, sound_map_figure
from fsat_core.dataset import clip_path
from fsat_core.dataset.clip_ids import fname_of
from fsat_core.embedding.projection import read_map
from fsat_core.errors import FsatError
from fsat_core.listing import LabelKind
from fsat_core.text import counted
from ui.label.sending import offer_labelling
from ui.player.component import player
from ui.shared import state
from ui.shared.charts import choose_points
from ui.shared.ears import heard_clips, offer_drawing, offer_listening
from ui.shared.links import link_clips
from ui.shared.texts import plain, show_error

_COLOURS = {"class": "Class", "split": "Split"}


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
    colour = st.segmented_control(
        "Colour",
        list(_COLOURS),
        default="class",
        required=True,
        format_func=_COLOURS.__getitem__,
        key="explore_map_colour",
        bind="query-params",
    )
    table = pd.DataFrame({"clip_id": store.clip_ids, "x": places[:, 0], "y": places[:, 1]}).dropna()
    rows = state.selection(splits, label_kind)[["clip_id", "labels", "split"]]
    table = table.merge(rows, on="clip_id")
    first = table["labels"].str.partition(",")[0].replace("", NO_LABEL)
    table["group"] = first if colour == "class" else table["split"].str.capitalize()
    if table.empty:
        st.info("None of these clips has a place on the map.", icon=":material/scatter_plot:")
        return
    chosen = choose_points(
        sound_map_figure(table),
        table,
        key="explore_map",
        caption="Clips that sound alike lie together. Click a dot to hear it, or draw around some.",
        alt=f"Map of {counted(len(table), 'clip')} by what they sound like",
    )
    _show_chosen([clip_id for clip_id in chosen if isinstance(clip_id, str)])


def _show_chosen(clip_ids: list[str]) -> None:
    if not clip_ids:
        return
    if len(clip_ids) > 1:
        st.markdown(f"**{counted(len(clip_ids), 'clip')}**")
        offer_labelling("similar", clip_ids, "Label these", "Decide on these clips.", name="from the map")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(fname_of(clip_ids[0]))}**", width="content")
        st.space("stretch")
        link_clips(clip=clip_ids[0])
    try:
        player(clip_path(state.dataset(), clip_ids[0]), key="map-player", label=clip_ids[0])
    except FsatError as error:
        show_error(error, ":material/broken_image:")
