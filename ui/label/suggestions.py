"""Suggestions of a run, read once for all visitors, and those of what YAMNet hears, which learn for all."""

import streamlit as st

from fsat_core.labels.board.suggestions import HeardSuggestions, Suggestions, load_suggestions
from fsat_core.runs import Run
from ui.shared import state
from ui.shared.cached import cached_by_run
from ui.shared.ears import heard_clips


@cached_by_run(max_entries=4, show_spinner="Reading the predictions")
def suggestions_of(run: Run) -> Suggestions:
    """What a finished run predicts; a RunError if its predictions cannot be read."""
    return load_suggestions(run)


def heard_suggestions() -> HeardSuggestions | None:
    """What YAMNet hears in the data set in use; None until it has heard all clips."""
    return None if heard_clips() is None else _heard(state.version(), state.settings().database_url)


@st.cache_resource(max_entries=4, show_spinner="Comparing what YAMNet hears")
def _heard(version: int, url: str) -> HeardSuggestions | None:
    store = heard_clips()
    return None if store is None else HeardSuggestions(store, state.catalogue(), state.dataset().classes)
