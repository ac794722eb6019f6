"""Clips from other pages, sent to be labelled."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from fsat_core.dataset import Catalogue
from fsat_core.errors import FsatError
from fsat_core.runs import Run
from ui.label.queue_choice import make_queue, open_queue
from ui.shared import access
from ui.shared.annotator import known_name
from ui.shared.links import LABEL_PAGE
from ui.shared.texts import show_error

_MADE = "label_these_made"  # the address of the queue that was made, or why there is none


def offer_labelling(
    kind: str,
    clip_ids: Sequence[str] | pd.Series | Catalogue,
    label: str,
    explanation: str,
    run: Run | None = None,
    name: str = "",
    is_next: bool = True,
) -> None:
    """A button that makes a queue of these clips, in this order, and opens it on Label.

    Parameters
    ----------
    kind : str
        `filter`, `judged`, `sent` or `similar`.
    clip_ids : sequence or pd.Series of str, or Catalogue
        The clips; of a catalogue they are looked up when the button is pressed.
    label, explanation : str
        Of the button.
    run : Run, optional
        What it hears in them is said beside each, for `judged`.
    name : str
        What was chosen, in a few words, for the name of the queue.
    is_next : bool
        Whether it is the next step from here, which stands out.
    """
    key = f"label_these_{kind}"
    is_pressed = st.button(
        label,
        type="primary" if is_next else "secondary",
        icon=":material/label:",
        key=key,
        disabled=not access.may("label"),
        help=access.hint("label", explanation),
        on_click=_make,
        args=(kind, clip_ids, run, name),
    )
    if not is_pressed:
        return
    made = st.session_state.pop(_MADE, "")
    if isinstance(made, dict):
        st.switch_page(LABEL_PAGE, query_params=made)
    show_error(made)


def _make(kind: str, clip_ids: Sequence[str] | pd.Series | Catalogue, run: Run | None, name: str) -> None:
    """Make the queue, before anything is drawn: on Label itself its list of queues is to have it."""
    try:
        ids = clip_ids.frame(["clip_id"])["clip_id"] if isinstance(clip_ids, Catalogue) else clip_ids
        given: dict[str, Any] = {"clip_ids": list(ids), "limit": len(ids), "run": run, "name": name}
        st.session_state[_MADE] = open_queue(make_queue(kind, known_name(), **given))
    except FsatError as error:
        st.session_state[_MADE] = str(error)
