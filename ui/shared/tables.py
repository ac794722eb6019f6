"""Tables to choose a row from."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import pandas as pd
import streamlit as st


def choose_row(
    table: pd.DataFrame,
    row: int | None,
    on_choose: Callable[[int], None],
    *,
    key: str,
    alt: str,
    columns: Mapping[str, Any] | None = None,
    max_rows: int = 6,
    height: int = 250,
    by_cell: bool = True,
    required: bool = True,
) -> None:
    """A table with this row chosen, in which a click chooses another one.

    Parameters
    ----------
    row : int or None
        None where nothing is chosen.
    on_choose : callable
        Is given the row that was clicked, before the page is drawn again. The browser's first message may
        repeat the row that was drawn, together with a choice made elsewhere on the page: where that can be,
        `on_choose` has to ignore this row.
    key, alt : str
        Of the table.
    columns : mapping, optional
        Configuration of columns by their name.
    max_rows, height : int
        A table of more rows scrolls, in this height in pixels.
    by_cell : bool
        Whether a click in any cell chooses its row, or only one in the row's box.
    required : bool
        Whether one row is chosen always.
    """
    st.session_state[key] = {"selection": {"rows": [] if row is None else [row], "columns": [], "cells": []}}
    by_row: Literal["single-row", "single-row-required"] = "single-row-required" if required else "single-row"
    st.dataframe(
        table,
        key=key,
        on_select=lambda: _take_click(key, len(table), on_choose),
        selection_mode=[by_row, "single-cell"] if by_cell else by_row,
        hide_index=True,
        height="content" if len(table) <= max_rows else height,
        column_config=columns,
        placeholder="",
        alt=alt,
    )


def _take_click(key: str, num_rows: int, on_choose: Callable[[int], None]) -> None:
    selection = st.session_state[key]["selection"]
    rows = [row for row, _ in selection["cells"]] or selection["rows"]  # a click can also deselect
    if rows and rows[0] < num_rows:
        on_choose(int(rows[0]))
