"""Which rows of a long list the browser is sent."""

from typing import Any

import pandas as pd
import pytest

from ui.clips import table

TOTAL = 1_000


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The state of a session, with what was sent to the browser under `sent`."""
    kept: dict[str, Any] = {}
    monkeypatch.setattr("streamlit.session_state", kept)
    monkeypatch.setattr(table, "_mount", lambda data, **_: kept.update(sent=data))
    monkeypatch.setattr(table, "_texts", lambda *_: [])
    return kept


def first_row(session: dict[str, Any], name: str, order: str, at: int) -> int:
    empty = pd.DataFrame()
    table.draw_list(name, order, lambda *_: (empty, empty), TOTAL, at, lambda _: None)
    return session["sent"]["first"]


def test_a_list_sorted_anew_begins_at_its_beginning_and_one_filtered_after_that_at_its_clip(
    session: dict[str, Any],
) -> None:
    around = 500 - table.NUM_ROWS // 2
    assert first_row(session, "by name", "name", 500) == around
    session[table.KEY] = {"asked": {"list": "by name", "n": 1, "at": 500, "first": 495, "order": "longest"}}
    for _ in range(2):
        assert first_row(session, "by length", "longest", 500) == 0
    assert first_row(session, "by length, only Bark", "longest", 500) == around
    session[table.KEY]["asked"] |= {"list": "by length, only Bark", "n": 2, "first": 300, "order": ""}
    assert first_row(session, "by length, only Bark", "longest", 500) == 300 - table.NUM_ROWS // 2
