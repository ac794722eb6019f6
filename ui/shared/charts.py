"""Charts on a page: each with its data as CSV, made only when somebody asks for it."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fsat_core.csv_cells import format_csv

_CONFIG = {"displayModeBar": False}

Table: TypeAlias = pd.DataFrame | Callable[[], pd.DataFrame]


def show_chart(figure: go.Figure, data: Table, *, key: str, alt: str, caption: str = "") -> None:
    """A Plotly chart below its caption and a button for its data as CSV.

    Parameters
    ----------
    figure : go.Figure
    data : pd.DataFrame or callable
        What the chart shows, or a function that gives it; turned into CSV when the button is pressed.
    key : str
        Unique on the page; also the name of the file.
    alt : str
        The chart in words.
    caption : str
        Markdown: how to read the chart.
    """
    show_line(caption, data, key)
    st.plotly_chart(figure, key=key, config=_CONFIG, alt=alt)


def choose_point(
    figure: go.Figure,
    data: Table,
    *,
    key: str,
    alt: str,
    caption: str = "",
    on_click: Callable[[], None] | None = None,
) -> dict[str, Any] | None:
    """The point of a chart that was clicked just now; None without one. Else as `show_chart`.

    Parameters
    ----------
    on_click : callable, optional
        Is called after a click, before the page is drawn again; what was clicked is in
        `st.session_state[key]`.
    """
    show_line(caption, data, key)
    event: Any = st.plotly_chart(
        figure, key=key, on_select=on_click or "rerun", selection_mode="points", config=_CONFIG, alt=alt
    )
    return next(iter(event.selection.points), None)


def show_line(caption: str, data: Table, key: str) -> None:
    """How to read a chart, beside the button for its data."""
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.caption(caption, width="stretch")
        _offer_csv(data, key)


def _offer_csv(data: Table, key: str) -> None:
    """A small button that downloads a table, or what a function gives, as CSV for people."""
    st.download_button(
        "CSV",
        partial(_encode, data),
        f"{key.replace('_', '-')}.csv",
        "text/csv",
        key=f"{key}_csv",
        help="The data of this chart, as a table",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _encode(data: Table) -> bytes:
    table = data if isinstance(data, pd.DataFrame) else data()
    return format_csv(table).encode("utf-8", "backslashreplace")
