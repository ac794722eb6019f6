"""Tables to choose a row from, and tables that are dragged in."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fsat_core.text import size_text
from ui.shared.texts import show_error

MOST_MB = 20  # of a table that is dragged in; reading one takes many times that


def upload_table(label: str, suffixes: Sequence[str], *, key: str, help: str) -> UploadedFile | None:
    """A table that is dragged in; None without one, and after a line that says so where it is too large.

    Parameters
    ----------
    suffixes : sequence of str
        Of the files that are taken, without the dot.
    label, key, help : str
        As for `st.file_uploader`.
    """
    upload = st.file_uploader(label, type=list(suffixes), key=key, help=help, max_upload_size=MOST_MB)
    if upload is None or upload.size <= MOST_MB * 1024 * 1024:
        return upload
    show_error(f"{upload.name} has {size_text(upload.size)}: expected at most {MOST_MB} MB. Split it.")
    return None


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
    required : bool
        Whether one row is chosen always.
    """
    st.session_state[key] = {"selection": {"rows": [] if row is None else [row], "columns": [], "cells": []}}
    by_row: Literal["single-row", "single-row-required"] = "single-row-required" if required else "single-row"
    st.dataframe(
        table,
        key=key,
        on_select=lambda: _take_click(key, len(table), on_choose),
        selection_mode=[by_row, "single-cell"],
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
