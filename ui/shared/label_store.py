"""The label database: opened once per server and shared by all visitors."""

import streamlit as st

from fsat_core.labels import LabelStore
from ui.shared import state

_PATIENCE_S = 5.0  # after this a page looks dead; the browser sends again what was not stored


def label_store() -> LabelStore:
    """The label database in use; a LabelError where it cannot be opened."""
    return _open(state.settings().database_url)


@st.cache_resource(max_entries=2, show_spinner="Opening the label database", on_release=LabelStore.close)
def _open(url: str) -> LabelStore:
    return LabelStore.open(url, patience_s=_PATIENCE_S)
