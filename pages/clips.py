"""Clips: find a clip, abnormal lengths first; listen to it and look at it."""

import pandas as pd
import streamlit as st

from fsat_core.dataset import clip_path, split_labels
from fsat_core.dataset.filter_text import describe_filters
from fsat_core.dataset.filters import Filters
from fsat_core.errors import AudioError
from fsat_core.listing import ABNORMAL, UNREADABLE
from fsat_core.text import size_text
from ui.clips import clip_list
from ui.clips.table import describe_decision
from ui.label.sending import offer_labelling
from ui.player.component import Place, Scale, common_scale, player, read_ahead
from ui.shared import state
from ui.shared.guard import require_app
from ui.shared.links import link_class
from ui.shared.texts import plain, show_error
from ui.similar.panel import show_similar

require_app(__file__)

BITS = {"PCM_U8": "8", "PCM_S8": "8", "PCM_16": "16", "PCM_24": "24", "PCM_32": "32", "FLOAT": "32 (float)"}
BROKEN = ":material/broken_image:"
CHANNELS = {1: "mono", 2: "stereo"}


def explain_empty(filters: Filters) -> None:
    """Say why no clip is listed, and offer a way on."""
    reasons = {
        "long": f"No clip is longer than {filters.long_s:.4g} s",
        "short": f"No clip is shorter than {filters.short_s:.4g} s",
        "same": "No exact length is shared by more clips than chance explains",
        ABNORMAL: "No clip has an abnormal length",
        UNREADABLE: "Every file can be read",
        "all": "No clip is left",
    }
    if clip_list.is_choice_missing(filters):
        st.info("The clips that this link is about are not kept any more.", icon=":material/filter_alt:")
        st.button("List all clips", on_click=clip_list.reset_filters, args=("all",))
        return
    reach = " among those that the other filters leave" if filters.narrows else ""
    st.info(f"{reasons[filters.show]}{reach}.", icon=":material/filter_alt:")
    with st.container(horizontal=True):
        if filters.narrows:
            st.button("Drop the other filters", on_click=clip_list.reset_filters, args=(filters.show,))
        st.button("List all clips", on_click=clip_list.reset_filters, args=("all",))


def summarise(listing: clip_list.Listing) -> str:
    """How many clips are listed, and how many of them are abnormal in each way."""
    names = {"long": "long", "short": "short", "same": "of a shared length", "broken": "broken"}
    parts = ", ".join(f"{count:,} {names[kind]}" for kind, count in listing.counts.items() if count)
    total = len(state.catalogue())
    return f"{listing.num_clips:,} of {total:,} clips" + (f": {parts}" if parts else "")


def draw_heading(clip: pd.Series) -> None:
    """The name of the clip, its labels, and what its header says; and a pin, to compare it with others."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.header(plain(clip["fname"]), anchor=False, width="content")
        st.badge(plain(clip["split"].capitalize()), color="gray")
        for label in split_labels(clip["labels"]):
            link_class(label)
        if not clip["error"]:
            st.caption(plain(describe_header(clip)), width="content")
        if decision := describe_decision(clip["status"], clip["decided_by"]):
            when = f"{clip['decided_at']:%d %b %Y %H:%M} UTC"
            st.caption(f":material/how_to_reg: {plain(decision)}, {when}", width="content")
        offer_pin(clip["clip_id"])


def offer_pin(clip_id: str) -> None:
    """A button that keeps a clip in view, beside those that are picked from then on, or no longer."""
    is_pinned = clip_list.is_pinned(clip_id)
    st.button(
        "Unpin" if is_pinned else "Pin",
        icon=":material/keep_off:" if is_pinned else ":material/keep:",
        type="tertiary",
        key="clips_unpin" if is_pinned else "clips_pin_it",
        on_click=clip_list.pin,
        args=("" if is_pinned else clip_id,),
        help="Show one clip at a time." if is_pinned else "Keep this clip in view, beside the next one.",
    )


def describe_header(clip: pd.Series) -> str:
    """Length, form and size of a clip in a line."""
    channels = CHANNELS.get(clip["num_channels"], f"{clip['num_channels']} channels")
    bits = BITS.get(clip["subtype"])
    return " · ".join(
        (
            f"{clip['duration_s']:.3f} s",
            f"{clip['num_frames']:,} frames",
            f"{clip['sample_rate']:,} Hz",
            f"{bits} bits" if bits else clip["subtype"],
            channels,
            size_text(clip["num_bytes"]),
        )
    )


def draw_clip(clip: pd.Series, place: Place | None, scale: Scale | None = None) -> None:
    """Sound and pictures of one clip, or one line if it cannot be read; a pinned one has no place."""
    if clip["error"]:
        show_error(clip["error"], BROKEN)
        return
    try:
        player(
            clip_path(state.dataset(), clip["clip_id"]),
            key="clips-player" if place else "clips-pinned",
            label=clip["clip_id"],
            mfcc=True,
            place=place,
            scale=scale,
        )
    except AudioError as error:
        show_error(error, BROKEN)


def draw_clips(clip: pd.Series, place: Place) -> None:
    """The clip that is picked, beside the one that is pinned."""
    pinned = clip_list.pinned()
    if pinned is None or pinned["clip_id"] == clip["clip_id"]:
        draw_heading(clip)
        draw_clip(clip, place)
        return
    scale = common_scale_of(pinned, clip)
    left, right = st.columns(2, vertical_alignment="bottom")  # so that both drawings are at one height
    with left:
        draw_heading(pinned)
        draw_clip(pinned, None, scale)
    with right:
        draw_heading(clip)
        draw_clip(clip, place, scale)


def common_scale_of(*clips: pd.Series) -> Scale | None:
    """The scale of two clips; None where one of them cannot be read, which is said in its place."""
    try:
        return common_scale([clip_path(state.dataset(), clip["clip_id"]) for clip in clips], mfcc=True)
    except AudioError:
        return None


@st.fragment
def draw_listing() -> None:
    """The list and the clip picked from it; a pick, and another order, redraws these and nothing else."""
    filters = clip_list.current_filters()
    listing = clip_list.listed(filters)
    if not listing.num_clips:  # somebody may have rescanned the set
        st.rerun()
    st.caption(summarise(listing), help=plain(clip_list.explain_lengths()))
    clip, at = clip_list.draw_table(filters)
    coming = {
        number: (clip_id, clip_path(state.dataset(), clip_id))
        for number, clip_id in clip_list.coming(filters, at).items()
    }
    draw_clips(clip, Place(at, {number: coming[number] for number in (at + 1, at - 1) if number in coming}))
    read_ahead([path for _, path in coming.values()], mfcc=True)
    if not clip["error"]:
        show_similar(clip["clip_id"])


clip_list.follow_address()
with st.container(gap="xsmall"):
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Clips", anchor=False, width="content")
        clip_list.draw_lengths_and_splits()
    filters = clip_list.current_filters()
    listing = clip_list.listed(filters)
    with st.container(horizontal=True, vertical_alignment="center"):
        clip_list.draw_filters()
        if listing.num_clips:
            name = describe_filters(filters)
            offer_labelling(
                "filter", listing.clips, "Label these", "Decide on these clips, in this order.", name=name
            )
    if not listing.num_clips:
        explain_empty(filters)
    else:
        draw_listing()
