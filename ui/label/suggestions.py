"""Suggestions of a run, read once for all visitors."""

import streamlit as st

from fsat_core.labels.board.suggestions import Suggestions, load_suggestions
from fsat_core.runs import Run
from ui.shared.cached import Stamp, stamp


def suggestions_of(run: Run) -> Suggestions:
    """What a finished run predicts; a RunError if its predictions cannot be read."""
    return _suggestions_of(stamp(run), run)


@st.cache_resource(max_entries=4, show_spinner="Reading the predictions")
def _suggestions_of(stamp: Stamp, _run: Run) -> Suggestions:
    return load_suggestions(Run(_run.path))  # a new Run: this one keeps what it read before a change
