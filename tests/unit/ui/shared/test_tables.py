"""Clicks in a table to choose from, as the browser reports them."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ui.shared import tables


@pytest.mark.parametrize(
    ("rows", "cells", "chosen"),
    [
        ([1], [], [1]),
        ([0], [(2, "Class")], [2]),  # a cell wins over the row that is chosen already
        ([], [], []),  # a choice that was taken back
        ([3], [], []),  # of a longer table that was there before
    ],
)
def test_a_click_chooses_a_row(
    monkeypatch: pytest.MonkeyPatch, rows: list[int], cells: list[tuple[int, str]], chosen: list[int]
) -> None:
    session: dict[str, Any] = {"table": {"selection": {"rows": rows, "columns": [], "cells": cells}}}
    monkeypatch.setattr("streamlit.session_state", session)
    clicked: list[int] = []
    tables._take_click("table", 3, clicked.append)
    assert clicked == chosen


@pytest.mark.parametrize(("row", "rows"), [(1, [1]), (None, [])])
def test_the_row_is_shown_as_chosen(row: int | None, rows: list[int]) -> None:
    app = AppTest.from_string(
        "import pandas as pd\n"
        "from ui.shared.tables import choose_row\n"
        f"choose_row(pd.DataFrame({{'A': [1, 2]}}), {row}, print, key='table', alt='A table')"
    ).run()
    assert not app.exception
    assert app.session_state["table"]["selection"]["rows"] == rows
