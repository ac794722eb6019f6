"""Suggestions of a run, read once for all visitors."""

from fsat_core.labels.board.suggestions import Suggestions, load_suggestions
from fsat_core.runs import Run
from ui.shared.cached import cached_by_run


@cached_by_run(max_entries=4, show_spinner="Reading the predictions")
def suggestions_of(run: Run) -> Suggestions:
    """What a finished run predicts; a RunError if its predictions cannot be read."""
    return load_suggestions(run)
