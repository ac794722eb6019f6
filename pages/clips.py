"""Clips: find a clip, abnormal lengths first; listen to it and look at it."""

from typing import Literal

import pandas as pd
import streamlit as st

from fsat_core.dataset import clip_path, split_labels
from fsat_core.dataset.filters import ABNORMAL, UNREADABLE, Filters
from fsat_core.dataset.lengths import describe_abnormal
from fsat_core.errors import AudioError
from fsat_core.text import size_text
from ui.clips import clip_list
from ui.label.sending import offer_labelling
from ui.player.component import player
from ui.shared import state
from ui.shared.guard import require_app
from ui.shared.tables import choose_row
from ui.shared.texts import plain, show_error

require_app(__file__)

BITS = {"PCM_U8": "8", "PCM_S8": "8", "PCM_16": "16", "PCM_24": "24", "PCM_32": "32", "FLOAT": "32 (float)"}
BROKEN = ":material/broken_image:"
CHANNELS = {1: "1 (mono)", 2: "2 (stereo)"}
ROWS_PER_PAGE = 8  # so that clip and picked row stay in sight: a table does not scroll to its selection
STEPS: tuple[tuple[str, int, Literal["left", "right"], str], ...] = (
    ("Previous", -1, "left", "P"),
    ("Next", 1, "right", "N"),
)


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
    return f"{len(listing.ids):,} of {total:,} clips" + (f": {parts}" if parts else "")


def pick_page(ids: pd.Series, key: str) -> None:
    """Show the first clip of the page of the table that was chosen."""
    clip_list.pick(ids.iloc[(st.session_state[key] - 1) * ROWS_PER_PAGE])


def draw_pages(ids: pd.Series, page: int) -> None:
    """The pages of the table, where it has more than one."""
    if len(ids) > ROWS_PER_PAGE:
        key = f"clips_page_{page}"  # a widget per page, so that it follows the buttons to the next clip
        num_pages = -(-len(ids) // ROWS_PER_PAGE)
        st.pagination(num_pages, default=page + 1, key=key, on_change=pick_page, args=(ids, key))


def draw_table(rows: pd.DataFrame, marks: pd.DataFrame, picked: int) -> None:
    """One page of the table to pick from, with this row picked."""
    table = pd.DataFrame(
        {
            "File": rows["fname"],
            "Labels": [labels.replace(",", ", ") for labels in rows["labels"]],
            "Duration": rows["duration_s"],
            "Frames": rows["num_frames"].where(rows["error"] == ""),
            "Note": describe_abnormal(rows, marks),
            "Split": [split.capitalize() for split in rows["split"]],
        }
    )
    choose_row(
        table,
        picked,
        lambda row: clip_list.pick(rows["clip_id"].iloc[row]),
        key="clips_table",
        alt="The clips that the filters leave",
        columns={
            "Labels": st.column_config.TextColumn(width=150),
            "Note": st.column_config.TextColumn(width=170),
            "Duration": st.column_config.NumberColumn(format="%.3f s"),
            "Frames": st.column_config.NumberColumn(format="localized"),
        },
        max_rows=ROWS_PER_PAGE,
    )


def draw_heading(clip: pd.Series, ids: pd.Series, position: int) -> None:
    """The name of the clip, and buttons to the ones before and after it in the list."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(clip["fname"]), anchor=False, width="content")
        st.badge(plain(clip["split"].capitalize()), color="gray")
        for label in split_labels(clip["labels"]):
            st.badge(plain(label))
        st.space("stretch")
        st.caption(f"{position + 1:,} of {len(ids):,}", width="content")
        for name, step, side, shortcut in STEPS:
            st.button(
                name,
                icon=f":material/chevron_{side}:",
                icon_position=side,
                shortcut=shortcut,
                disabled=not 0 <= position + step < len(ids),
                on_click=clip_list.pick_neighbour,
                args=(ids, step),
            )


def draw_clip(clip: pd.Series) -> None:
    """Header facts, sound and pictures of one clip, or one line if it cannot be read."""
    if clip["error"]:
        show_error(clip["error"], BROKEN)
        return
    facts = {
        "Duration": f"{clip['duration_s']:.3f} s",
        "Frames": f"{clip['num_frames']:,}",
        "Sample rate": f"{clip['sample_rate']:,} Hz",
        "Bits": BITS.get(clip["subtype"]) or plain(clip["subtype"]),
        "Channels": CHANNELS.get(clip["num_channels"], str(clip["num_channels"])),
        "File size": size_text(clip["num_bytes"]),
    }
    st.table(pd.DataFrame([facts]), hide_index=True, border="horizontal", alt="Header of the file")
    try:
        path = clip_path(state.dataset(), clip["clip_id"])
        player(path, key="clips-player", label=clip["fname"], mfcc=True)
    except AudioError as error:
        show_error(error, BROKEN)


@st.fragment
def draw_listing(filters: Filters) -> None:
    """The table and the clip picked from it; a pick redraws these and nothing else."""
    listing = clip_list.listed(filters)
    ids = listing.ids
    if ids.empty:  # somebody may have rescanned the set
        st.rerun()
    position = clip_list.show_pick(ids)
    page, picked = divmod(position, ROWS_PER_PAGE)
    on_page = listing.positions[page * ROWS_PER_PAGE : (page + 1) * ROWS_PER_PAGE]
    rows, marks = state.catalogue().iloc[on_page], clip_list.abnormal(filters).iloc[on_page]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.caption(summarise(listing), width="content")
            help_text = "Decide on these clips, in this order."
            offer_labelling("filter", ids, "Label these", help_text)
        draw_pages(ids, page)
    draw_table(rows, marks, picked)
    draw_heading(rows.iloc[picked], ids, position)
    draw_clip(rows.iloc[picked])


st.title("Clips", anchor=False)

clip_list.follow_address()
clip_list.draw_filters()
filters = clip_list.current_filters()
if clip_list.listed(filters).ids.empty:
    explain_empty(filters)
else:
    draw_listing(filters)
