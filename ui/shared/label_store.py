"""The label database and all decisions in it: opened once per server and shared by all visitors."""

import pandas as pd
import streamlit as st

from fsat_core.labels import LabelStore
from fsat_core.labels.decision_log import DecisionLog
from fsat_core.text import readable
from ui.shared import state

_PATIENCE_S = 5.0  # after this a page looks dead; the browser sends again what was not stored


def label_store() -> LabelStore:
    """The label database in use; a LabelError where it cannot be opened."""
    url = state.settings().database_url
    return _open(readable(url), url)  # the key has to be text in UTF-8


def all_decisions() -> pd.DataFrame:
    """All decisions of everybody, up to now; shared, so never change them."""
    return decision_log().read()


def decision_log() -> DecisionLog:
    """The decisions as last read, also while the database is away."""
    return _log(readable(state.settings().database_url))


@st.cache_resource(max_entries=16, show_spinner="Opening the label database", on_release=LabelStore.close)
def _open(key: str, _url: str) -> LabelStore:
    return LabelStore.open(_url, patience_s=_PATIENCE_S)


@st.cache_resource(max_entries=16, show_spinner="Reading the decisions")
def _log(key: str) -> DecisionLog:
    return DecisionLog(label_store())
