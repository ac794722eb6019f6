"""What a browser asks of the list of clips, when it knows the list and when it knows an older one."""

from dataclasses import asdict
from typing import Any

import pandas as pd
import pytest

from fsat_core.dataset.catalogue import hold_catalogue
from fsat_core.dataset.filters import Filters
from fsat_core.listing import ORDERS
from ui.clips import clip_list
from ui.clips.clip_list import Listing
from ui.clips.table import Asked

CLIPS = hold_catalogue(
    pd.DataFrame({"split": "noisy", "fname": ["a", "b", "c", "d"], "duration_s": [3.0, 1.0, 4.0, 2.0]})
)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The state of a session, whose list is named as its order is."""
    kept: dict[str, Any] = {f"clips_{name}": value for name, value in asdict(Filters(order="name")).items()}
    kept["clips_pick"] = "noisy/a"
    monkeypatch.setattr("streamlit.session_state", kept)
    monkeypatch.setattr(
        clip_list, "listed", lambda filters: Listing(CLIPS.sort(*ORDERS[filters.order]), len(CLIPS), {})
    )
    monkeypatch.setattr(clip_list, "_name", lambda filters: filters.order)
    monkeypatch.setattr(clip_list, "_write_address", lambda: None)
    return kept


def asked(**values: Any) -> Asked:
    return Asked.model_validate({"list": "name", "n": 1, "first": 0, "clip": ""} | values)


def test_a_row_is_its_clip(session: dict[str, Any]) -> None:
    clip_list.take(asked(at=2))  # which the browser has yet to get
    assert session["clips_pick"] == "noisy/c"
    clip_list.take(asked(at=10**30))
    assert session["clips_pick"] == "noisy/c"


def test_a_step_and_another_order_are_done_although_the_list_was_sorted_since(
    session: dict[str, Any],
) -> None:
    clip_list.take(asked(at=0, clip="noisy/a", order="longest"))
    clip_list.take(asked(at=1, clip="noisy/b", order="longest"))
    assert (session["clips_pick"], session["clips_order"]) == ("noisy/b", "longest")
    clip_list.take(asked(at=1, clip="noisy/b", order="name"))
    assert (session["clips_pick"], session["clips_order"]) == ("noisy/b", "name")


def test_a_clip_that_is_listed_no_longer_is_not_picked(session: dict[str, Any]) -> None:
    clip_list.take(asked(list="all", at=3, clip="noisy/e"))
    clip_list.take(asked(list="all", at=3))
    assert session["clips_pick"] == "noisy/a"
