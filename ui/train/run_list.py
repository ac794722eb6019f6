"""Training runs on a page: the table of all of them, and the choice of the one in view."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from fsat_core.errors import FsatError
from fsat_core.runs import Run, elapsed_s
from fsat_core.text import duration_text
from ui.shared import state
from ui.shared.links import RUN, TRAIN_PAGE
from ui.shared.runs import TAGS, active_runs, all_runs, find_here, offer_set, scores_of
from ui.shared.tables import choose_row
from ui.shared.texts import plain, show_error
from ui.train.run_actions import offer_csv
from ui.train.run_compare import show_comparison
from ui.train.run_notes import known_tags, tags_of
from ui.train.run_view import offer_actions, show_run

_TABLE = "runs_table"
_MISSED = "missed_run"  # a run that was asked for and cannot be shown, and why
_ID_WIDTH = 340  # in pixels: wide enough for a run's name, with room for the buttons beside it
_COLUMNS = (
    *("State", "Run", "Folds", "lwlrap", "Accuracy", "Tags", "Started", "Duration"),
    *("Network", "Recipe"),  # the name of a run has its network
)


def follow_link() -> None:
    """Choose the run that the address names, over the one that was in view at an earlier visit."""
    if (linked := st.query_params.get(RUN)) is None:
        return
    is_new = st.session_state.get(RUN) != linked
    st.session_state[RUN] = linked
    if all(run.run_id != linked for run in state.runs()):
        state.forget_runs()  # the run may be newer than the cached list
    if is_new and any(run.run_id == linked and not _has_tags(run) for run in state.runs()):
        st.session_state[TAGS] = []  # of an earlier visit, too


def _has_tags(run: Run) -> bool:
    """Whether a run has all tags that the list is of."""
    return set(st.session_state.get(TAGS, [])) <= set(tags_of(run))


def show_runs(was_active: bool) -> None:
    """The table of all runs and the chosen one; made to be called as a fragment.

    `was_active` says whether the page was drawn for a run that is active: when that changes, the whole page
    is drawn again.
    """
    runs = all_runs()
    if bool(active_runs(runs)) != was_active or not runs:
        st.rerun()
    # Leave the right edge free: the table's own tools appear there.
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.header("Runs", anchor=False, width="content")
        runs = _choose_tags(runs)
        offer_csv()
    if not runs:
        st.info("No run has all of these tags.", icon=":material/label_off:")
        return
    _choose(runs)
    _show_table(runs)
    show_comparison([run for run in runs if not run.fault], st.session_state[RUN])
    by_id = {run.run_id: run for run in runs}
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox(
                "Run",
                list(by_id),
                index=None,
                key=RUN,
                on_change=forget_missed,
                bind="query-params",
                width=_ID_WIDTH,
            )
            if chosen is not None:
                offer_actions(by_id[chosen])
        if chosen is not None:
            show_run(by_id[chosen])


def _choose_tags(runs: Sequence[Run]) -> list[Run]:
    """The runs that have all chosen tags; nothing to choose where no run has any."""
    if not (known := known_tags(runs)):
        return list(runs)
    st.session_state[TAGS] = [tag for tag in st.session_state.get(TAGS, []) if tag in known]
    chosen = st.pills(
        "Tags",
        known,
        selection_mode="multi",
        format_func=lambda tag: f":material/label: {plain(tag)}",
        key=TAGS,
        label_visibility="collapsed",
        bind="query-params",
    )
    return [run for run in runs if set(chosen) <= set(tags_of(run))]


def _choose(runs: Sequence[Run]) -> None:
    """Choose the run that the URL asks for; without one, the newest active run, else the newest."""
    ids = [run.run_id for run in runs]
    asked = st.session_state.get(RUN, st.query_params.get(RUN))
    if asked is not None and asked not in ids:
        try:
            find_here(asked)
        except FsatError as error:
            st.session_state[_MISSED] = asked, str(error)
    if asked not in ids:
        asked = (active_runs(runs) or list(runs))[0].run_id
    st.session_state[RUN] = asked
    if _MISSED in st.session_state:
        missed, why = st.session_state[_MISSED]
        show_error(why, ":material/search_off:")
        offer_set(missed, TRAIN_PAGE, RUN)


def forget_missed() -> None:
    """Stop saying why a run cannot be shown; until then the message stays, even when the list is redrawn."""
    st.session_state.pop(_MISSED, None)


def _show_table(runs: Sequence[Run]) -> None:
    table = pd.DataFrame([_row(run) for run in runs], columns=_COLUMNS)
    ids = table["Run"].tolist()
    # The choice can be made here, in the list below or in the URL; the table follows it.
    drawn = ids.index(st.session_state[RUN])
    choose_row(
        table if table["Tags"].map(len).any() else table.drop(columns="Tags"),
        drawn,
        lambda row: _take_row(ids, drawn, row),
        key=_TABLE,
        alt="All runs with their state; choosing a row shows that run below",
        columns={
            "Folds": st.column_config.TextColumn(help="Saved folds, of all"),
            "lwlrap": st.column_config.NumberColumn(format="%.3f", help="Out of fold"),
            "Accuracy": st.column_config.NumberColumn(format="%.3f", help="Out of fold"),
            "Started": st.column_config.DatetimeColumn(format="D MMM HH:mm", width=110),
            "Tags": st.column_config.ListColumn(),
        },
    )


def _take_row(ids: Sequence[str], drawn: int, row: int) -> None:
    if row != drawn:  # the browser may send the old row again with a choice in the list below
        st.session_state[RUN] = ids[row]
        forget_missed()


def _row(run: Run) -> dict[str, Any]:
    status, scores = run.status, scores_of(run) or {}
    started, seconds = status.started_at, elapsed_s(run, status)
    row = {
        "State": run.state.capitalize(),
        "Run": run.run_id,
        "lwlrap": scores.get("lwlrap"),
        "Accuracy": scores.get("accuracy"),
        "Started": datetime.fromtimestamp(started) if started else None,
        "Duration": None if seconds is None else duration_text(seconds),
        "Tags": tags_of(run),
    }
    if run.fault:  # which is told when the run is chosen
        return row | {"Network": "", "Recipe": "", "Folds": ""}
    return row | {
        "Network": run.config.model,
        "Recipe": run.config.recipe,
        "Folds": f"{len(run.folds)}/{run.config.n_folds}",
    }
