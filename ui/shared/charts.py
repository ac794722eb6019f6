"""Charts on a page: each with its data as CSV, made only when somebody asks for it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fsat_core.csv_cells import format_csv

_CONFIG = {"displayModeBar": False}


def show_chart(
    figure: go.Figure,
    data: pd.DataFrame | Callable[[], pd.DataFrame],
    *,
    key: str,
    alt: str,
    caption: str = "",
    on_click: Callable[[], None] | None = None,
) -> list[dict[str, Any]]:
    """A Plotly chart below its caption and a button for its data as CSV; returns what was clicked.

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
    on_click : callable, optional
        Is called after a click on a point, before the page is drawn again; the points are in
        `st.session_state[key]`. Without it, the page is drawn again and the points are returned.
    """
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.caption(caption, width="stretch")
        offer_csv(data, key)
    event: Any = st.plotly_chart(
        figure,
        key=key,
        on_select=on_click or "rerun",
        selection_mode="points",
        config=_CONFIG,
        alt=alt,
    )
    return list(event.selection.points)


def offer_csv(data: pd.DataFrame | Callable[[], pd.DataFrame], key: str) -> None:
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


def _encode(data: pd.DataFrame | Callable[[], pd.DataFrame]) -> bytes:
    table = data if isinstance(data, pd.DataFrame) else data()
    return format_csv(table).encode("utf-8", "backslashreplace")
