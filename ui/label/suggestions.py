"""Suggestions of a run, read once for all visitors, and those of what YAMNet hears, which learn for all."""

import streamlit as st

from fsat_core.labels.board.suggestions import HeardSuggestions, Suggestions, load_suggestions
from fsat_core.runs import Run
from ui.label.own_names import edited_names
from ui.shared import state
from ui.shared.cached import cached_by_run
from ui.shared.ears import heard_clips

Names = tuple[tuple[str, tuple[str, ...]], ...]  # of AudioSet, by class, as users say


@cached_by_run(max_entries=4, show_spinner="Reading the predictions")
def suggestions_of(run: Run) -> Suggestions:
    """What a finished run predicts; a RunError if its predictions cannot be read."""
    return load_suggestions(run)


def heard_suggestions() -> HeardSuggestions | None:
    """What YAMNet hears in the data set in use; None until it has heard all clips."""
    if heard_clips() is None:
        return None
    names = tuple((name, tuple(own)) for name, own in sorted(edited_names().items()))
    return _heard(state.version(), state.settings().database_url, names)


@st.cache_resource(max_entries=4, show_spinner="Comparing what YAMNet hears")
def _heard(version: int, url: str, names: Names) -> HeardSuggestions | None:
    store = heard_clips()
    if store is None:
        return None
    return HeardSuggestions(store, state.catalogue().frame(), state.dataset().classes, dict(names))
