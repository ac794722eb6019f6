"""How to look at a queue: with what a run hears, or blind. It stays so for this annotator and queue."""

from collections.abc import Mapping

import streamlit as st

from fsat_core.errors import FsatError
from fsat_core.labels import Queue
from fsat_core.labels.board.suggestions import Suggestions
from fsat_core.labels.board.window import View
from fsat_core.runs import Run
from ui.label import desk
from ui.label.suggestions import heard_suggestions, suggestions_of
from ui.shared.ears import offer_listening
from ui.shared.runs import best_usable, usable_runs
from ui.shared.texts import show_error

_RUN, _BLIND = "label_run", "label_blind"  # keys of the session, and names of what is kept of a queue
_OF = "label_view_of"  # whose choices they are
_ERROR = "label_view_error"
_YES, _NO = "yes", ""


def choose_view(queue: Queue, annotator: str) -> View:
    """How this annotator looks at a queue."""
    runs = usable_runs()
    _recall(queue, annotator, runs)
    given = (queue, annotator)
    with st.popover("Suggestions", icon=":material/hearing:"):
        chosen = st.selectbox(
            "By which run",
            list(runs),
            index=None,
            placeholder="None" if runs else "No finished run of this data set yet",
            disabled=not runs,
            key=_RUN,
            persist_state="session",
            width=340,  # for the whole name of a run
            on_change=_keep,
            args=(*given, _RUN),
            help="What it hears in each clip, out of fold, is offered beside the clip's labels.",
        )
        heard = heard_suggestions() if chosen is None else None
        if heard is not None:
            st.caption(
                "By AudioSet's names, as YAMNet hears them; the table below, *AudioSet names*, says which. "
                "With every decision they learn."
            )
        elif chosen is None:
            offer_listening("Without a run, YAMNet suggests labels and learns with every decision.")
    blind = st.toggle(
        "Blind",
        key=_BLIND,
        persist_state="session",
        on_change=_keep,
        args=(*given, _BLIND),
        help="Hides what others decided and what networks hear, so that your ears alone decide. "
        "It stays so for you and this queue.",
    )
    suggestions = _suggestions(runs[chosen]) if chosen is not None else heard
    if _ERROR in st.session_state:
        show_error(st.session_state.pop(_ERROR))
    return View(queue, annotator, blind, suggestions)


def _suggestions(run: Run) -> Suggestions | None:
    """What a run hears; nothing, and a line, where it cannot be read: the board works without."""
    try:
        return suggestions_of(run)
    except FsatError as error:
        st.session_state[_ERROR] = str(error)
        return None


def _recall(queue: Queue, annotator: str, runs: Mapping[str, Run]) -> None:
    """Fill in what this annotator chose for this queue the last time."""
    whose = (queue.queue_id, annotator)
    if st.session_state.get(_OF) != whose:
        kept = {name: value for (queue_id, name), value in _kept(annotator).items() if queue_id == whose[0]}
        st.session_state[_BLIND] = kept.get(_BLIND) == _YES
        st.session_state[_RUN] = kept.get(_RUN, _first_run(queue, runs))
        st.session_state[_OF] = whose
    if st.session_state[_RUN] not in runs:
        st.session_state[_RUN] = None


def _kept(annotator: str) -> Mapping[tuple[int, str], str]:
    """What is kept of all queues; nothing, and a line, where it may not be read: the board works without."""
    try:
        return desk.settings(annotator)
    except FsatError as error:
        st.session_state[_ERROR] = str(error)
        return {}


def _first_run(queue: Queue, runs: Mapping[str, Run]) -> str | None:
    return queue.run_id if queue.run_id in runs else best_usable(runs)


def _keep(queue: Queue, annotator: str, name: str) -> None:
    chosen = st.session_state[name]
    value = (_YES if chosen else _NO) if name == _BLIND else chosen or _NO
    try:
        desk.keep_setting(queue, name, value, annotator)
    except FsatError as error:
        st.session_state[_ERROR] = str(error)
