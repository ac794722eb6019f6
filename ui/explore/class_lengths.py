"""How long the clips of each class are, on Explore: all classes, a page of them at a time."""

import math
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fsat_core.charts.lengths import length_violins_figure
from fsat_core.dataset import Catalogue
from fsat_core.dataset.length_distribution import Unit, lengths_by_class, summarise_lengths
from fsat_core.listing import LabelKind
from ui.shared import state
from ui.shared.charts import choose_point
from ui.shared.links import open_class
from ui.shared.texts import plain

_EACH = 25  # classes on a page: as many as are read at a glance
# By which column of `summarise_lengths`, and whether the highest comes first.
_ORDERS = {
    "Largest first": ("clips", False),
    "Longest first": ("median", False),
    "Shortest first": ("median", True),
    "By name": ("class", True),
}
_ORDER, _FIND, _PAGE = "explore_violin_order", "explore_violin_classes", "explore_violin_page"


def show_class_lengths(splits: Sequence[str], label_kind: LabelKind, unit: Unit) -> None:
    """Outlines of the lengths within each class; a click on one opens its class."""
    st.header("Length by class", anchor=False)
    table = state.worked_out(summarise_lengths, splits, label_kind, unit)
    if table.empty:
        st.info("No clip here that can be read has a known label.", icon=":material/label_off:")
        return
    table = _sort(table)
    names = _page_of(table["class"].tolist())
    point = choose_point(
        state.worked_out(_violins, splits, label_kind, unit, tuple(names)),
        table,
        key="explore_violins",
        caption="From the shortest to the longest clip of each class, on a log scale. Click a dot to open "
        f"its class. The data has all {len(table):,} classes.",
        alt=f"Distribution of clip lengths within each class, from {names[0]} to {names[-1]}",
    )
    if point:
        open_class(names[point["point_index"]])


def _violins(clips: Catalogue, unit: Unit, names: tuple[str, ...]) -> go.Figure:
    return length_violins_figure(lengths_by_class(clips, unit, names), unit)


def _sort(table: pd.DataFrame) -> pd.DataFrame:
    """The classes in the order that is chosen, and those that are looked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.selectbox(
            "Order", list(_ORDERS), key=_ORDER, width=170, bind="query-params", label_visibility="collapsed"
        )
        st.session_state[_FIND] = [
            name for name in st.session_state.get(_FIND, []) if name in set(table["class"])
        ]
        chosen = st.multiselect(
            "Classes",
            sorted(table["class"]),
            key=_FIND,
            placeholder="Look for classes",
            label_visibility="collapsed",
            bind="query-params",
        )
    column, rises = _ORDERS[order]
    table = table.sort_values(column, ascending=rises, kind="stable")
    return table[table["class"].isin(chosen)] if chosen else table


def _page_of(names: Sequence[str]) -> Sequence[str]:
    """The classes of the page that is chosen; all where they fit on one."""
    num_pages = math.ceil(len(names) / _EACH)
    if num_pages == 1:
        return names
    st.session_state[_PAGE] = min(st.session_state.get(_PAGE, 1), num_pages)
    with st.container(horizontal=True, vertical_alignment="center"):
        page = st.pagination(num_pages, key=_PAGE, bind="query-params")
        first, last = (page - 1) * _EACH, min(page * _EACH, len(names))
        st.caption(
            f"Classes {first + 1:,} to {last:,} of {len(names):,}: {plain(names[first])} to "
            f"{plain(names[last - 1])}",
            width="content",
        )
    return names[first:last]
