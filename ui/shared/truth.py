"""Whose labels Explore, Classes, Clips and Evaluate go by: one switch in the sidebar, kept between pages.

The address says it where it is not the tables, so that a link opens what its sender saw; only `mine` are
those of whoever opens it.
"""

import pandas as pd
import streamlit as st

from fsat_core.errors import FsatError, LabelError
from fsat_core.labels import load_label_set, standing
from fsat_core.labels.store import NO_DECISIONS
from fsat_core.labels.truth import (
    MINE,
    SET,
    TABLES,
    TRUTHS,
    TrueLabels,
    changed_labels,
    decided_among,
    list_truths,
    name_truth,
    rule_of,
)
from fsat_core.text import counted, readable, shorten
from ui.shared import state
from ui.shared.annotator import recall_name
from ui.shared.history import went_back
from ui.shared.label_store import all_decisions, decision_log, label_store
from ui.shared.links import LABEL_PAGE, TRUTH
from ui.shared.texts import show_error

_PAGES = ("", "classes", "clips", "evaluate")  # that follow it, by their addresses
_CHOICE = "truth_choice"
_SEEN = "truth_seen"  # what the address said last
_UNKNOWN = "truth_unknown"  # on which page a truth was asked for that there is not, and which
_LAST = "truth_last"  # the number of the last decision that the page goes by
_HELP = (
    "Whose labels Explore and Classes count, Clips lists and Evaluate scores by. The tables never change. "
    "Clips that were removed are not counted or scored."
)


def choose_truth(page: str) -> None:
    """The switch, on pages that follow it; what it says is what `state.labelled` gives from then on."""
    if page not in _PAGES:
        st.session_state.pop(_SEEN, None)
        return
    state.use_labels(None)
    truths, fault = _truths(readable(state.settings().database_url))
    _follow_address(page, truths)
    truth = st.selectbox(
        "Labels",
        truths,
        key=_CHOICE,
        format_func=name_truth,
        persist_state="session",
        help=_HELP,
        on_change=_forget_unknown,
    )
    unknown = _unknown(page)
    if unknown and not fault:
        show_error(
            f"Labels '{shorten(unknown)}': expected one of the list above. Those of the tables are shown; "
            "choose others."
        )
    _write_address(truth)
    try:
        if fault:
            raise LabelError(fault)
        st.session_state[_LAST] = _last_decision() if page == "clips" or truth != TABLES else 0
        if truth != TABLES:
            _use(truth)
    except FsatError as error:
        st.session_state[_LAST] = 0
        if page == "clips" or truth != TABLES or unknown:
            show_error(error)


def forget_label_sets() -> None:
    """Make the next visitor look for label sets again."""
    _truths.clear()


def decisions_in_use(by: str | None = None) -> pd.DataFrame:
    """What was decided on clips by those whose labels are in use, as from `decided_among`; shared.

    Where labels in use are no decisions, what was decided by everybody. Only for the page Clips,
    and elsewhere after `look_for_decisions`.

    Parameters
    ----------
    by : str, optional
        What this annotator decided instead.
    """
    labels = state.labels_in_use()
    truth, who = (MINE, by) if by else (labels.truth, labels.annotator)
    return _decided(state.version(), truth if truth in TRUTHS else TABLES, who, st.session_state[_LAST])


def look_for_decisions() -> None:
    """Have `decisions_in_use` go by all decisions there are now, on a page that is not Clips."""
    st.session_state[_LAST] = _last_decision()


def annotators() -> list[str]:
    """Everybody who has decided on a clip, by name."""
    return _annotators(state.version(), st.session_state[_LAST])


def decisions_key() -> str:
    """What `decisions_in_use` depends on beside its parameter."""
    return f"{st.session_state[_LAST]} {state.labels_in_use().key}"


def _use(truth: str) -> None:
    """Have pages go by a truth, and say how far that is from the tables."""
    name = (recall_name() or "") if truth == MINE else ""
    if truth == MINE and not name:
        st.caption("Nobody labels under a name in this browser yet.")
        st.page_link(LABEL_PAGE, label="Say who you are", icon=":material/person:")
        return
    last = 0 if truth.startswith(SET) else st.session_state[_LAST]
    labels = _labels(state.version(), truth, name, last)
    state.use_labels(labels)
    num = len(labels.changed)
    st.caption(f"{counted(num, 'clip')} {'has' if num == 1 else 'have'} other labels than in the tables.")


def _follow_address(page: str, truths: list[str]) -> None:
    asked = st.query_params.get(TRUTH, TABLES if went_back() else None)
    if asked is not None and asked != st.session_state.get(_SEEN):
        st.session_state[_CHOICE] = asked
        _forget_unknown()
    if (wanted := st.session_state.setdefault(_CHOICE, TABLES)) not in truths:
        st.session_state[_UNKNOWN] = page, wanted
        st.session_state[_CHOICE] = TABLES


def _unknown(page: str) -> str:
    """The truth that was asked for on this page although there is none such; "" where all is well."""
    seen_on, wanted = st.session_state.get(_UNKNOWN, ("", ""))
    return wanted if seen_on == page else ""


def _forget_unknown() -> None:
    st.session_state.pop(_UNKNOWN, None)


def _write_address(truth: str) -> None:
    if truth == TABLES:
        st.query_params.pop(TRUTH, None)
    elif st.query_params.get(TRUTH) != truth:
        st.query_params[TRUTH] = truth
    st.session_state[_SEEN] = truth


@st.cache_resource(ttl=10, max_entries=16, show_spinner=False)  # a database that is away costs seconds
def _truths(key: str) -> tuple[list[str], str]:
    """All truths, and why there may be others that are not known."""
    try:
        return list_truths(label_store()), ""
    except FsatError as error:
        return list(TRUTHS), str(error)


@st.cache_resource(max_entries=4, show_spinner="Finding the labels")
def _labels(version: int, truth: str, annotator: str, last: int) -> TrueLabels:
    kept = load_label_set(label_store(), truth.removeprefix(SET)) if truth.startswith(SET) else None
    changed = changed_labels(truth, state.catalogue(), _decisions(last), annotator, kept)
    return TrueLabels(truth, annotator, f"{version} {truth} {annotator} {last}", changed, state.catalogue())


@st.cache_resource(max_entries=4, show_spinner=False)
def _decided(version: int, truth: str, annotator: str, last: int) -> pd.DataFrame:
    return decided_among(_decisions(last), state.catalogue(), rule_of(truth, annotator))


@st.cache_resource(max_entries=4, show_spinner=False)
def _annotators(version: int, last: int) -> list[str]:
    return sorted(standing(_decisions(last))["annotator"].unique())


def _decisions(last: int) -> pd.DataFrame:
    """The decisions up to one."""
    if not last:
        return NO_DECISIONS
    decisions = decision_log().last
    return decisions[decisions["id"] <= last]


def _last_decision() -> int:
    """The number of the last decision; while the database is away, of the last that is known."""
    try:
        decisions = all_decisions()
    except LabelError:
        decisions = decision_log().last
    return int(decisions["id"].iloc[-1]) if len(decisions) else 0
