"""The list of clips in the browser, and Python's side of it.

However long the list is, the browser has the rows around those in view, and asks for others in its state
`asked`, as for another clip or another order.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from pydantic import BaseModel, NonNegativeInt, ValidationError

from fsat_core.dataset.lengths import describe_abnormal
from fsat_core.listing import UNDECIDED
from ui.shared.modules import make_component

KEY = "clips_list"
NUM_ROWS = 150  # that are sent at a time
_SORTED = "clips_list_sorted"  # the number of the last ask for an order, and the list that it made

# Name, style, and the orders that a first and a second click ask for.
COLUMNS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("File", "file", ("name", "name_down")),
    ("Labels", "labels", ("label", "label_down")),
    ("Duration", "number duration", ("longest", "shortest")),
    ("Frames", "number frames", ("most_frames", "fewest_frames")),
    ("Status", "status", ("status", "latest")),
    ("Note", "note", ()),
    ("Split", "split", ("split", "split_down")),
)


class Asked(BaseModel):
    """What a browser asks for.

    Parameters
    ----------
    list : str
        The list that it is about: the rows mean nothing in another one.
    n : int
        Counts what is asked.
    at : int
        The row that is chosen.
    clip : str
        The clip of that row; "" where the browser has yet to get it.
    first : int
        The first row in view.
    order : str
        Another order; "" for none.
    """

    list: str
    n: NonNegativeInt
    at: NonNegativeInt
    clip: str = ""
    first: NonNegativeInt
    order: str = ""


_mount = make_component("fsat_clip_list", Path(__file__).parent, "list")


def draw_list(
    name: str,
    order: str,
    rows: Callable[[int, int], tuple[pd.DataFrame, pd.DataFrame]],
    total: int,
    at: int,
    on_ask: Callable[[Asked], None],
) -> None:
    """The list, with this clip chosen.

    Parameters
    ----------
    name : str
        What the list holds: another name is another list.
    order : str
        By which it is sorted.
    rows : callable
        Its rows from a number on and at most so many: their facts with what was decided on each, and the same
        ones of `abnormal_lengths`.
    total : int
        Number of its rows.
    at : int
        The row that is chosen.
    on_ask : callable
        Is told what the browser asks for, before the page is drawn again.
    """
    asked = _read_asked()
    first = max(min(_first_in_view(asked, name, order, at) - NUM_ROWS // 2, total - NUM_ROWS), 0)
    data = {
        "list": name,
        "n": asked.n if asked else 0,
        "order": order,
        "columns": [{"name": title, "kind": kind, "orders": orders} for title, kind, orders in COLUMNS],
        "total": total,
        "at": at,
        "first": first,
        "rows": _texts(*rows(first, NUM_ROWS)),
    }
    _mount(key=KEY, data=data, on_asked_change=lambda: _tell(on_ask))


def name_list(*contents: object) -> str:
    """A name for what a list holds."""
    return hashlib.blake2b(repr(contents).encode(), digest_size=8).hexdigest()


def describe_decision(status: str, decided_by: str) -> str:
    """What was decided on a clip and by whom, in a few words; "" where nobody did."""
    if status == UNDECIDED:
        return ""
    return f"Disputed: {decided_by}" if status == "disputed" else f"{status.capitalize()} by {decided_by}"


def _read_asked() -> Asked | None:
    """What a browser asks for; None for nothing, or where it makes no sense."""
    try:
        return Asked.model_validate(st.session_state.get(KEY, {}).get("asked"))
    except ValidationError:
        return None


def _first_in_view(asked: Asked | None, name: str, order: str, at: int) -> int:
    """The row that the browser has, or will have, at the top, or one near it."""
    if asked and asked.list == name:
        return asked.first
    return 0 if asked and asked.order == order and _is_sorted_anew(asked, name) else at


def _is_sorted_anew(asked: Asked, name: str) -> bool:
    """Whether this list is what an ask for its order made: it is shown from its beginning.

    One that comes later, by another filter, has the same order, and shows its clip.
    """
    n, made = st.session_state.get(_SORTED, (None, ""))
    if n != asked.n:
        made = name
        st.session_state[_SORTED] = asked.n, name
    return bool(made == name)


def _tell(on_ask: Callable[[Asked], None]) -> None:
    if asked := _read_asked():
        on_ask(asked)


def _texts(rows: pd.DataFrame, marks: pd.DataFrame) -> list[tuple[Any, ...]]:
    """What the browser draws of these clips: id, whether it cannot be read, and a text for each column."""
    facts = rows[["clip_id", "error", "fname", "labels", "duration_s", "num_frames", "split"]]
    decided = [describe_decision(*row) for row in rows[["status", "decided_by"]].itertuples(index=False)]
    return [
        (
            clip_id,
            error != "",
            fname,
            labels.replace(",", ", "),
            "" if error else f"{duration_s:.3f} s",
            "" if error else f"{num_frames:,}",
            status,
            note,
            split.capitalize(),
        )
        for (clip_id, error, fname, labels, duration_s, num_frames, split), status, note in zip(
            facts.itertuples(index=False), decided, describe_abnormal(rows, marks), strict=True
        )
    ]
