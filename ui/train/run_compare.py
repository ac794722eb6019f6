"""Runs side by side on a page: where their configurations differ, their scores and their curves."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from fsat_core.charts.curves import run_curves
from fsat_core.errors import FsatError
from fsat_core.evaluation.curves import CURVES
from fsat_core.runs import Run, differing_settings
from ui.curves.charts import choose_view, metrics_of, offer_csv
from ui.curves.component import show_curves
from ui.shared.runs import scores_of
from ui.shared.texts import show_error

_CHOICE = "compare_runs"
_OPEN = "compare_open"
_MAX_RUNS = 8
_TITLES = {
    "n_folds": "Folds",
    "max_epochs": "Epochs, at most",
    "n_mfcc": "MFCCs",
    "sample_rate": "Sample rate in Hz",
    "duration_s": "Window in s",
    "model": "Network",
    "label_set": "Labels",
    "monitor": "Best epoch by",
    "speed": "Change of speed",
    "noisy_weight": "Weight of noisy clips",
    "curated_epochs": "Last epochs on curated clips",
    "agree_with": "Check labels by runs",
    "executor": "Folds are trained",
}


def show_comparison(runs: Sequence[Run], chosen: str) -> None:
    """An expander in which two or more of these runs are compared, the chosen one first."""
    if len(runs) < 2:
        return
    st.session_state.setdefault(_OPEN, _CHOICE in st.query_params)
    expander = st.expander("Compare runs", icon=":material/compare_arrows:", key=_OPEN, on_change="rerun")
    if not expander.open:
        return
    by_id = {run.run_id: run for run in runs}
    with expander:
        compared = [by_id[run_id] for run_id in _choose(list(by_id), chosen)]
        if len(compared) < 2:
            st.caption("Choose at least two runs.")
            return
        _show_table(compared)
        _show_curves(compared)


def _choose(ids: Sequence[str], chosen: str) -> list[str]:
    first_two = [chosen, *(run_id for run_id in ids if run_id != chosen)][:2]
    kept = [run_id for run_id in st.session_state.get(_CHOICE, first_two) if run_id in ids]
    st.session_state[_CHOICE] = kept
    return st.multiselect("Runs", ids, key=_CHOICE, max_selections=_MAX_RUNS, bind="query-params")


def _show_table(runs: Sequence[Run]) -> None:
    fields = differing_settings([run.config for run in runs])
    rows = [
        {"Run": run.run_id, **_scores(run), **{_title(name): _text(run, name) for name in fields}}
        for run in runs
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        column_config={
            "lwlrap": st.column_config.NumberColumn(format="%.3f", help="Out of fold"),
            "Accuracy": st.column_config.NumberColumn(format="%.3f", help="Out of fold"),
        },
        placeholder="",
        alt="The compared runs: their scores and the fields of their configurations that differ",
    )
    if not fields:
        st.caption("They have the same configuration.")


def _title(name: str) -> str:
    """A setting as the form calls it."""
    return _TITLES.get(name, name.replace("_", " ").capitalize())


def _text(run: Run, name: str) -> Any:
    value = getattr(run.config, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else value


def _scores(run: Run) -> dict[str, float | None]:
    scores = scores_of(run) or {}
    return {"lwlrap": scores.get("lwlrap"), "Accuracy": scores.get("accuracy")}


def _show_curves(runs: Sequence[Run]) -> None:
    metrics = {}
    for run in runs:
        try:
            table = metrics_of(run)
        except FsatError as error:
            show_error(error, ":material/broken_image:")
            continue
        if not table.empty:
            metrics[run.run_id] = table
    if not metrics:
        st.caption("None of them has finished an epoch yet.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        view = choose_view("compare", metrics)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("In validation: the mean over the folds that reached an epoch.")
        offer_csv(metrics, "compare_csv")
    alts = {
        curve: f"{name} in validation, the mean over the folds, of {', '.join(metrics)}"
        for curve, name in CURVES.items()
    }
    show_curves(run_curves(metrics, alts, view), "compare_chart")
