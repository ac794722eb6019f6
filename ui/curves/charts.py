"""Learning curves of runs on a page: how they are to be drawn, each chart, and its data as CSV."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from fsat_core.charts.curves import By, CurveView, fold_curves, mean_curves_with_range
from fsat_core.csv_cells import format_csv
from fsat_core.runs import Run
from ui.curves.component import show_curves
from ui.shared.cached import CURVE_FILES, cached_by_run
from ui.shared.texts import plain

EACH_FOLD, _MEAN = "Each fold", "Mean and range"
_BY: dict[str, By] = {"Epochs": "epochs", "Time": "time"}
_MANY_FOLDS = 5
_MOST_SMOOTHING = 0.95


def _choose_folds(run: Run) -> str:
    """Whether each fold of a run is drawn or their mean: for many folds the mean, unless somebody chose."""
    return st.segmented_control(
        "Folds",
        [EACH_FOLD, _MEAN],
        default=_MEAN if run.config.n_folds > _MANY_FOLDS else EACH_FOLD,
        required=True,
        key="curves",
        label_visibility="collapsed",
        bind="query-params",
    )


def choose_view(prefix: str, tables: Mapping[str, pd.DataFrame]) -> CurveView:
    """How the learning curves of these runs are to be drawn. The choices are in the address.

    Parameters
    ----------
    prefix : str
        Of the names in the address.
    tables : Mapping[str, pd.DataFrame]
        The metrics of each run by its name.
    """
    has_times = any(table["seconds"].notna().any() for table in tables.values())
    by = st.segmented_control(
        "Horizontal axis",
        list(_BY),
        default="Epochs",
        required=True,
        key=f"{prefix}_by",
        label_visibility="collapsed",
        bind="query-params",
    )
    log_loss = st.toggle("Log loss", key=f"{prefix}_log", bind="query-params")
    smoothing = st.slider(
        "Smoothing",
        0.0,
        _MOST_SMOOTHING,
        0.0,
        0.05,
        key=f"{prefix}_smoothing",
        width=140,
        bind="query-params",
        help="Weight of the epochs before; 0 draws the curves as measured. The table has them as measured.",
    )
    if by == "Time" and not has_times:
        st.caption(":material/info: No times were kept when this was trained: drawn by epochs.")
        by = "Epochs"
    return CurveView(_BY[by], float(smoothing), log_loss)


def curves_csv(tables: Mapping[str, pd.DataFrame]) -> str:
    """The metrics of these runs as CSV: `run_id`, `fold` from 1, `epoch`, and what was measured."""
    rows = pd.concat([table.assign(run_id=run_id) for run_id, table in tables.items()], ignore_index=True)
    rows["fold"] += 1
    return format_csv(rows[["run_id", *rows.columns.drop("run_id")]])


def offer_csv(tables: Mapping[str, pd.DataFrame], key: str) -> None:
    """A button that downloads the metrics of these runs."""
    st.download_button(
        "Curves as CSV",
        lambda: curves_csv(tables).encode(),
        file_name="curves.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key=key,
        help="What was measured of each fold after each epoch, a row each",
    )


def _how_to_read(run: Run, folds: str) -> str:
    """What the lines are, and where they show which epoch of a fold is kept."""
    kept = ""
    if run.config.checkpoint == "last":
        kept = "The last epoch is kept. "
    elif run.config.checkpoint == "average":
        kept = "The mean of the last quarter of epochs is kept. "
    elif folds == EACH_FOLD:
        kept = f"Dot: the epoch kept, by validation {plain(run.config.monitor)}. "
    return f"Solid: validation. Dashed: training. {kept}Drag to zoom."


def show_run_curves(run: Run, key: str) -> CurveView:
    """Draw a run's learning curves below the widgets that say how; returns what was chosen there."""
    tables = {run.run_id: metrics_of(run)}
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        folds = _choose_folds(run)
        view = choose_view("curves", tables)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_how_to_read(run, folds))
        offer_csv(tables, f"{key}-csv")
    show_curves(draw_curves(run, folds, view), key)
    return view


@cached_by_run(CURVE_FILES, max_entries=24, hash_funcs={CurveView: repr})
def draw_curves(run: Run, folds: str, view: CurveView) -> dict[str, Any]:
    """The chart of a run's learning curves."""
    metrics = metrics_of(run)
    if folds == EACH_FOLD:
        return fold_curves(metrics, run.config.monitor if run.config.checkpoint == "best" else None, view)
    return mean_curves_with_range(metrics, view)


@cached_by_run(CURVE_FILES, max_entries=24)
def metrics_of(run: Run) -> pd.DataFrame:
    """`Run.metrics`, read again when a fold has added an epoch; shared, so never to be changed in place."""
    return run.metrics()
