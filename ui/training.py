"""Training runs on a page: starting one, the table of all of them, and the choice of the one in view."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from fsat_core.errors import FsatError, RunError
from fsat_core.runs import Run, RunStatus, create_run, find_run, launch
from fsat_core.training.config import TrainConfig
from ui import state
from ui.run_view import duration, show_run

RUN = "run"  # the chosen run: a key of the session and, bound to it, a query parameter
_TABLE = "runs_table"
_DRAWN_ROW = "runs_table_row"
_STARTED = "started_run"
_MAX_ROWS = 6
_TABLE_HEIGHT = 250
_COLUMNS = ("State", "Run", "Network", "Recipe", "Folds", "lwlrap", "Accuracy", "Started", "Duration")


def start_run(config: TrainConfig) -> Run:
    """Create a run on the data set in use, start its worker and choose it.

    Raises
    ------
    ConfigError
        If there are too few clips for the configuration.
    RunError
        If the runs folder cannot be written.
    """
    run = create_run(state.settings(), state.dataset(), state.catalogue(), config)
    launch(run, state.settings())
    st.session_state[_STARTED] = st.session_state[RUN] = run.run_id
    return run


def all_runs() -> list[Run]:
    """All runs, newest first, with the one that this visitor has just started."""
    runs = state.runs()
    started = st.session_state.get(_STARTED)
    if started is None or any(run.run_id == started for run in runs):
        return runs
    try:
        return [find_run(state.settings().runs_dir, started), *runs]
    except RunError:  # its folder has been deleted since
        del st.session_state[_STARTED]
        return runs


def active_runs(runs: Sequence[Run]) -> list[Run]:
    """Those runs that wait, prepare or train."""
    return [run for run in runs if run.is_active]


def show_runs(was_active: bool) -> None:
    """The table of all runs and the chosen one; made to be called as a fragment.

    `was_active` says whether the page was drawn for a run that is active: when that changes, the whole page
    is drawn again.
    """
    runs = all_runs()
    if bool(active_runs(runs)) != was_active:
        st.rerun()
    _choose(runs)
    st.subheader("Runs", anchor=False)
    _show_table(runs)
    by_id = {run.run_id: run for run in runs}
    with st.container(border=True):
        chosen = st.selectbox("Run", list(by_id), index=None, key=RUN, bind="query-params")
        if chosen is not None:
            show_run(by_id[chosen])


def _choose(runs: Sequence[Run]) -> None:
    """Choose the run that the URL asks for; without one, the newest active run, else the newest."""
    ids = [run.run_id for run in runs]
    asked = st.session_state.get(RUN, st.query_params.get(RUN))
    if asked is not None and asked not in ids:
        try:
            _ = find_run(state.settings().runs_dir, asked).config  # it may be there and damaged
        except FsatError as error:
            st.error(str(error), icon=":material/search_off:")
    if asked not in ids:
        asked = (active_runs(runs) or list(runs))[0].run_id
    st.session_state[RUN] = asked


def _show_table(runs: Sequence[Run]) -> None:
    table = pd.DataFrame([_row(run) for run in runs], columns=_COLUMNS)
    row = table["Run"].tolist().index(st.session_state[RUN])
    # The table follows the choice, wherever it was made: here, in the list below or in the URL.
    st.session_state[_TABLE] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    st.session_state[_DRAWN_ROW] = row
    st.dataframe(
        table,
        key=_TABLE,
        on_select=_take_row,
        selection_mode="single-row-required",
        hide_index=True,
        height="content" if len(table) <= _MAX_ROWS else _TABLE_HEIGHT,
        column_config={
            "Folds": st.column_config.TextColumn(help="Saved folds, of all"),
            "lwlrap": st.column_config.NumberColumn(format="%.3f", help="Out of fold"),
            "Accuracy": st.column_config.NumberColumn(format="%.3f", help="Out of fold"),
            "Started": st.column_config.DatetimeColumn(format="D MMM HH:mm"),
        },
        placeholder="",
        alt="All runs with their state; choosing a row shows that run below",
    )


def _take_row() -> None:
    rows = st.session_state[_TABLE]["selection"]["rows"]
    runs = all_runs()
    # The browser's first message repeats the row that was drawn, together with a choice in the list below.
    if rows and rows[0] != st.session_state[_DRAWN_ROW] and rows[0] < len(runs):
        st.session_state[RUN] = runs[rows[0]].run_id


def _row(run: Run) -> dict[str, Any]:
    status, scores = run.status, scores_of(run) or {}
    started = status.started_at
    return {
        "State": run.state.capitalize(),
        "Run": run.run_id,
        "Network": run.config.model,
        "Recipe": run.config.recipe,
        "Folds": f"{len(run.folds)}/{run.config.n_folds}",
        "lwlrap": scores.get("lwlrap"),
        "Accuracy": scores.get("accuracy"),
        "Started": datetime.fromtimestamp(started) if started else None,
        "Duration": duration(_end(run, status) - started) if started else None,
    }


def _end(run: Run, status: RunStatus) -> float:
    """When a run ended, in seconds since 1970; now while it goes on."""
    if status.is_terminal:
        return status.finished_at
    # A lost run went on for as long as it reported.
    return time.time() if run.is_active else status.heartbeat


def scores_of(run: Run) -> dict[str, float] | None:
    """Out-of-fold scores of a finished run; None where there are none, or where they cannot be read."""
    try:
        return run.scores
    except FsatError:  # a damaged file; the run itself may still be of use
        return None
