"""Clips from other pages, sent to be labelled."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fsat_core.errors import FsatError
from fsat_core.runs import Run
from ui.label.queue_choice import make_queue, open_queue
from ui.shared.annotator import known_name
from ui.shared.links import LABEL_PAGE
from ui.shared.texts import show_error


def offer_labelling(
    kind: str,
    clip_ids: Sequence[str] | pd.Series,
    label: str,
    explanation: str,
    run: Run | None = None,
    name: str = "",
) -> None:
    """A button that makes a queue of these clips, in this order, and opens it on Label: the next step.

    Parameters
    ----------
    kind : str
        `filter`, `judged` or `sent`.
    clip_ids : sequence or pd.Series of str
    label, explanation : str
        Of the button.
    run : Run, optional
        What it hears in them is said beside each, for `judged`.
    name : str
        What was chosen, in a few words, for the name of the queue.
    """
    key = f"label_these_{kind}"
    if not st.button(label, type="primary", icon=":material/label:", key=key, help=explanation):
        return
    try:
        given = {"clip_ids": list(clip_ids), "limit": len(clip_ids), "run": run, "name": name}
        query = open_queue(make_queue(kind, known_name(), **given))
    except FsatError as error:
        show_error(error)
        return
    st.switch_page(LABEL_PAGE, query_params=query)
