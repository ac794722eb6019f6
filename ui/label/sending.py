"""Clips from other pages, sent to be labelled."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fsat_core.errors import FsatError
from ui.label.queue_choice import make_queue, open_queue
from ui.shared.annotator import known_name
from ui.shared.links import LABEL_PAGE
from ui.shared.texts import show_error


def offer_labelling(kind: str, clip_ids: Sequence[str] | pd.Series, label: str, explanation: str) -> None:
    """A button that makes a queue of these clips, in this order, and opens it on Label.

    Parameters
    ----------
    kind : str
        `filter` or `sent`.
    clip_ids : sequence or pd.Series of str
    label, explanation : str
        Of the button.
    """
    if not st.button(label, icon=":material/label:", key=f"label_these_{kind}", help=explanation):
        return
    try:
        query = open_queue(make_queue(kind, known_name(), clip_ids=list(clip_ids), limit=len(clip_ids)))
    except FsatError as error:
        show_error(error)
        return
    st.switch_page(LABEL_PAGE, query_params=query)
