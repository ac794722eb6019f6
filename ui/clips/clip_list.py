"""The list of clips on the page *Clips*: its filter widgets, the pick, and the address that says both.

The session holds filters and pick, and every change of theirs is written into the address. An address that
was not written here, because somebody followed a link or went back, is read into the session.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from fsat_core.dataset import Catalogue
from fsat_core.dataset.filters import Filters
from fsat_core.dataset.kept_choice import read_choice
from fsat_core.dataset.lengths import abnormal_lengths
from fsat_core.labels.truth import with_decisions
from fsat_core.listing import LABEL_KINDS, ORDERS, SHOW_CHOICES, STATUS_CHOICES, UNREADABLE
from ui.clips import table
from ui.clips.address import MOST_CHARACTERS, USUAL, filters_query, read_filters
from ui.clips.table import Asked
from ui.shared import links, state
from ui.shared.truth import annotators, decisions_in_use, decisions_key

_SHOW_NAMES = {"same": "Same length", UNREADABLE: "Broken"}
_LABELS_NAMES = {"all": "Any number", "single": "One", "several": "Several"}
_SECONDS_NAMES = {
    "min_s": "At least, in seconds",
    "max_s": "At most, in seconds",
    "long_s": "Long is more than, in seconds",
    "short_s": "Short is less than, in seconds",
}
_FRAMES_NAMES = {"min_frames": "At least, in frames", "max_frames": "At most, in frames"}
_QUICK_S = 60.0  # a clip of that length is read in a moment
_ADDRESS_KEY = "clips_address"
_PICK_KEY = "clips_pick"
_PAGES_KEY, _PAGE = "clips_pages", 150  # the parts of the list that were shown last, and rows of a part
_PIN = "pin"
_PIN_KEY = "clips_pin"


@dataclass(frozen=True)
class Listing:
    """The clips of a list, which may be as long as the catalogue.

    Parameters
    ----------
    clips : Catalogue
        In their order, with what was decided on each.
    num_clips : int
    counts : dict of str to int
        How many of them are `long`, `short`, of a length that many `same`, and `broken`.
    """

    clips: Catalogue
    num_clips: int
    counts: dict[str, int]


def follow_address() -> None:
    """Take filters and pick from the page's address, unless the page itself wrote it."""
    query = _address()
    if st.session_state.get(_ADDRESS_KEY) == query and _key("show") in st.session_state:
        return
    pick = query.get(links.CLIP, [""])[0]
    filters = read_filters(query, state.splits(), state.dataset().classes)
    if links.SHOW not in query and not _has(filters, pick):
        filters = replace(filters, show="all")
    _fill_widgets(filters)
    st.session_state[_PICK_KEY] = pick
    st.session_state[_PIN_KEY] = query.get(_PIN, [""])[0]
    st.session_state[_ADDRESS_KEY] = query


def current_filters() -> Filters:
    """The filters that the widgets describe; an empty threshold means the default."""
    values = {name: st.session_state[_key(name)] for name in asdict(USUAL)}
    thresholds = {name: values[name] or getattr(USUAL, name) for name in ("short_s", "long_s")}
    return Filters(**values | thresholds)


def reset_filters(show: str) -> None:
    """Drop all filters and list the clips of these lengths."""
    _fill_widgets(replace(USUAL, show=show))
    _write_address()


def listed(filters: Filters) -> Listing:
    """The clips that these filters leave, in order; shared by all sessions."""
    return _listed(decisions_key(), repr(filters), is_choice_missing(filters), filters)


def pick(clip_id: str) -> None:
    """Show this clip."""
    st.session_state[_PICK_KEY] = clip_id
    _write_address()


def pin(clip_id: str) -> None:
    """Keep this clip in view beside those that are picked; "" for none."""
    st.session_state[_PIN_KEY] = clip_id
    _write_address()


def is_pinned(clip_id: str) -> bool:
    """Whether this clip is kept in view."""
    return bool(clip_id) and st.session_state.get(_PIN_KEY) == clip_id


def pinned() -> pd.Series | None:
    """The row of the clip that is kept in view; None where there is none."""
    clip_id = st.session_state.get(_PIN_KEY, "")
    if not clip_id:
        return None
    found = _with_decisions(current_filters()).rows_of([clip_id])
    return None if found.empty else found.iloc[0]


def take(asked: Asked) -> None:
    """Do what the browser asks of the list; of one that it is no longer, a clip is found by its name."""
    filters = current_filters()
    found = ""
    if asked.list == _name(filters):
        if asked.at < listed(filters).num_clips:
            found = _row(filters, asked.at)["clip_id"]
    elif listed(filters).clips.place(asked.clip) is not None:
        found = asked.clip
    if asked.order in ORDERS:
        st.session_state[_key("order")] = asked.order
    pick(found or st.session_state[_PICK_KEY])


def draw_table(filters: Filters) -> tuple[pd.Series, int]:
    """The list; returns the row of the catalogue that is picked, and its number.

    The first is picked where the one that was is not listed.
    """
    at = _place(filters, st.session_state[_PICK_KEY])

    def rows(first: int, most: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        found = _rows(filters, first, most)
        return found, abnormal_lengths(found, filters.long_s, filters.short_s)

    table.draw_list(_name(filters), filters.order, rows, listed(filters).num_clips, at, take)
    return _row(filters, at), at


def coming(filters: Filters, at: int) -> dict[int, str]:
    """The clips that steps from this number lead to, by theirs, but for those that take long to read."""
    first = max(at - 1, 0)
    rows = _rows(filters, first, at + 3 - first)
    quick = rows[(rows["error"] == "") & (rows["duration_s"] <= _QUICK_S)]["clip_id"]
    found = {first + place: clip_id for place, clip_id in quick.items()}
    return {number: found[number] for number in (at + 1, at - 1, at + 2) if number in found}


def draw_lengths_and_splits() -> None:
    """The filters that are rows of buttons."""
    st.segmented_control(
        "Lengths",
        SHOW_CHOICES,
        required=True,
        format_func=lambda show: _SHOW_NAMES.get(show, show.capitalize()),
        key=_key("show"),
        on_change=_write_address,
        wrap=True,
        label_visibility="collapsed",
    )
    st.pills(
        "Splits",
        state.splits(),
        selection_mode="multi",
        format_func=str.capitalize,
        key=_key("split"),
        on_change=_write_address,
        label_visibility="collapsed",
    )


def draw_filters() -> None:
    """The other filters."""
    if st.session_state[_key("among")]:
        st.button(
            "Chosen on the map",
            icon=":material/close:",
            key="clips_drop_choice",
            on_click=_drop_choice,
            help="List other clips, too",
        )
    st.selectbox(
        "Label",
        state.dataset().classes,
        index=None,
        placeholder="Any label",
        key=_key("label"),
        on_change=_write_address,
        width=310,  # for the longest names of AudioSet
        label_visibility="collapsed",
    )
    st.text_input(
        "File name",
        type="search",
        placeholder="Any file name",
        max_chars=MOST_CHARACTERS,
        key=_key("find"),
        on_change=_write_address,
        width=170,
        label_visibility="collapsed",
    )
    with st.popover("More filters", icon=":material/tune:"):
        _draw_more_filters()


def is_choice_missing(filters: Filters) -> bool:
    """Whether these filters are about a choice of clips that is not kept any more."""
    return bool(filters.among) and _choice(filters) is None


def explain_lengths() -> str:
    """What an abnormal length is, by the thresholds in use."""
    filters = current_filters()
    return (
        "Abnormal is long, short, or of one exact length that more clips share than chance explains. "
        f"Long: more than {filters.long_s:.4g} s; short: less than {filters.short_s:.4g} s. "
        "Broken: cannot be read."
    )


def _drop_choice() -> None:
    st.session_state[_key("among")] = ""
    _write_address()


def _draw_more_filters() -> None:
    with st.grid(2):
        _draw_decision_filters()
        st.selectbox(
            "And this label, too",
            state.dataset().classes,
            index=None,
            placeholder="Any label",
            key=_key("also"),
            on_change=_write_address,
        )
    st.segmented_control(
        "Labels per clip",
        LABEL_KINDS,
        required=True,
        format_func=_LABELS_NAMES.__getitem__,
        key=_key("labels"),
        on_change=_write_address,
    )
    st.number_input(
        "Exactly so many labels",
        min_value=0,
        step=1,
        value=None,
        placeholder="Any",
        key=_key("num_labels"),
        on_change=_write_address,
    )
    with st.grid(2):
        for names, step in ((_SECONDS_NAMES, 0.1), (_FRAMES_NAMES, 1000)):
            for name, label in names.items():
                st.number_input(
                    label,
                    min_value=0 * step,  # of the same type: whole numbers are written without a point
                    step=step,
                    value=None,
                    placeholder="Any",
                    key=_key(name),
                    on_change=_write_address,
                )


def _draw_decision_filters() -> None:
    st.multiselect(
        "Decided",
        STATUS_CHOICES,
        placeholder="Any or nothing",
        format_func=str.capitalize,
        key=_key("status"),
        on_change=_write_address,
        help="What was decided on a clip: by those whose labels are in use, else by everybody.",
    )
    people = annotators()
    st.selectbox(
        "By whom",
        people if (by := st.session_state[_key("by")]) is None or by in people else [*people, by],
        index=None,
        placeholder="Anybody" if people else "Nobody has decided yet",
        key=_key("by"),
        on_change=_write_address,
    )
    st.date_input(
        "Since",
        value=None,
        format="YYYY-MM-DD",
        key=_key("since"),
        on_change=_write_address,
        help="On this day (UTC) or later.",
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _listed(key: str, text: str, is_missing: bool, _filters: Filters) -> Listing:
    clips = _filters.select(_with_decisions(_filters), _choice(_filters))
    counts = _filters.count(clips)
    return Listing(clips, counts.pop("all"), counts)


def _place(filters: Filters, clip_id: str) -> int:
    """The number of a clip in the list; 0 if it is not there."""
    pages = st.session_state.setdefault(_PAGES_KEY, {})
    for page in pages.get(_name(filters), ()):  # those that this visitor has seen
        found = np.flatnonzero(_page(_name(filters), page, filters)["clip_id"] == clip_id)
        if len(found):
            return page * _PAGE + int(found[0])
    return listed(filters).clips.place(clip_id) or 0


def _row(filters: Filters, at: int) -> pd.Series:
    return _rows(filters, at, 1).iloc[0]


def _rows(filters: Filters, first: int, most: int) -> pd.DataFrame:
    """The clips of the list from one on, with all facts."""
    name, last = _name(filters), min(first + most, listed(filters).num_clips) - 1
    pages = range(first // _PAGE, max(last, first) // _PAGE + 1)
    st.session_state[_PAGES_KEY] = {name: list(pages)}
    found = pd.concat([_page(name, page, filters) for page in pages], ignore_index=True)
    start = first - pages.start * _PAGE
    return found.iloc[start : start + most].reset_index(drop=True)


@st.cache_resource(max_entries=64, show_spinner=False)
def _page(name: str, page: int, _filters: Filters) -> pd.DataFrame:
    return listed(_filters).clips.frame(first=page * _PAGE, most=_PAGE)


def _with_decisions(filters: Filters) -> Catalogue:
    return _decided(decisions_key(), filters.by, state.labelled(), decisions_in_use(filters.by))


@st.cache_resource(max_entries=4, show_spinner=False)
def _decided(key: str, by: str | None, _clips: Catalogue, _decisions: pd.DataFrame) -> Catalogue:
    return with_decisions(_clips, _decisions)


def _choice(filters: Filters) -> list[str] | None:
    """The clips that were chosen elsewhere; None where no such choice is kept."""
    return read_choice(state.settings().cache_dir, filters.among) if filters.among else None


def _has(filters: Filters, clip_id: str) -> bool:
    """Whether these filters leave this clip, or where none is named, any clip."""
    listing = listed(filters)
    return listing.clips.place(clip_id) is not None if clip_id else listing.num_clips > 0


def _name(filters: Filters) -> str:
    return table.name_list(decisions_key(), filters)


def _key(name: str) -> str:
    """The key of the widget that holds a filter."""
    return f"clips_{name}"


def _fill_widgets(filters: Filters) -> None:
    for name, value in asdict(filters).items():
        st.session_state[_key(name)] = value


def _address() -> dict[str, list[str]]:
    """What the address says about clips, which is all but the data set and whose labels count."""
    others = (links.DATA_SET, links.TRUTH)
    return {name: st.query_params.get_all(name) for name in st.query_params if name not in others}


def _write_address() -> None:
    query = filters_query(current_filters()) | links.set_query()
    if picked := st.session_state[_PICK_KEY]:
        query[links.CLIP] = picked
    if pinned_id := st.session_state.get(_PIN_KEY):
        query[_PIN] = pinned_id
    links.write_address(query)
    st.session_state[_ADDRESS_KEY] = _address()
