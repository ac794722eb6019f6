"""Clips from other pages, sent to be labelled."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fsat_core.dataset import clip_path
from fsat_core.errors import FsatError
from ui.label.annotator import known_name
from ui.label.queue_choice import make_queue, open_queue
from ui.shared import state
from ui.shared.links import LABEL_PAGE


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
        st.error(str(error), icon=":material/error:")
        return
    st.switch_page(LABEL_PAGE, query_params=query)


def clips_of_set(files: Sequence[tuple[str, bytes]]) -> list[str]:
    """The clips of the data set among some files, by file name and content.

    Parameters
    ----------
    files : sequence of (str, bytes)
        Name and content of each.

    Returns
    -------
    list of str
        `clip_id` of each file that is a clip of the set.
    """
    catalogue = state.catalogue()
    named = catalogue[catalogue["fname"].isin([name for name, _ in files])]
    found = []
    for name, content in files:
        alike = named[(named["fname"] == name) & (named["num_bytes"] == len(content))]
        found += [clip_id for clip_id in alike["clip_id"] if _has_content(clip_id, content)]
    return list(dict.fromkeys(found))


def _has_content(clip_id: str, content: bytes) -> bool:
    try:
        return clip_path(state.dataset(), clip_id).read_bytes() == content
    except OSError:  # gone since the scan
        return False
