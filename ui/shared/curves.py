"""Learning curves on a page: how they are drawn, and the charts, each with its description."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from fsat_core.charts.curves import fold_curves, mean_curves_with_range
from fsat_core.evaluation.curves import CURVES, describe_curve
from fsat_core.runs import Run
from ui.shared.cached import CURVE_FILES, cached_by_run
from ui.shared.texts import plain

EACH_FOLD, _MEAN = "Each fold", "Mean and range"
_MANY_FOLDS = 5
CHART_HEIGHT = 260


def choose_view(run: Run, key: str) -> str:
    """How the learning curves of a run are to be drawn, chosen beside a line that says how to read them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        view = st.segmented_control(
            "Curves",
            [EACH_FOLD, _MEAN],
            default=_MEAN if run.config.n_folds > _MANY_FOLDS else EACH_FOLD,
            required=True,
            key=key,
            label_visibility="collapsed",
        )
        st.caption(f"Solid: validation. Dashed: training. {plain(_kept_epoch(run, view))}", width="content")
    return view


def show_charts(options: Mapping[str, tuple[dict[str, Any], str]], key: str) -> None:
    """A chart for each curve, side by side, from its ECharts option and its description."""
    grid = st.grid(3, min_column_width=220)
    for curve, (option, alt) in options.items():
        with grid.cell():
            st.markdown(f"**{CURVES[curve]}**")
            st.echarts_chart(option, key=f"{key}-{curve}", height=CHART_HEIGHT, renderer="svg", alt=alt)


def _kept_epoch(run: Run, view: str) -> str:
    """A sentence that says which epoch of a fold is kept, and where the curves show it."""
    if run.config.checkpoint == "last":
        return "The last epoch is kept."
    return f"Dot: the epoch that is kept, by validation {run.config.monitor}." if view == EACH_FOLD else ""


@cached_by_run(CURVE_FILES, max_entries=24)
def draw_curves(run: Run, view: str) -> dict[str, tuple[dict[str, Any], str]]:
    """An ECharts option and a description for each of the curves of a run, drawn as `choose_view` says."""
    metrics = metrics_of(run)
    monitor = run.config.monitor if run.config.checkpoint == "best" else None
    return {
        curve: (
            fold_curves(metrics, curve, monitor)
            if view == EACH_FOLD
            else mean_curves_with_range(metrics, curve),
            describe_curve(metrics, curve),
        )
        for curve in CURVES
    }


@cached_by_run(CURVE_FILES, max_entries=24)
def metrics_of(run: Run) -> pd.DataFrame:
    """`Run.metrics`, read again when a fold has added an epoch; shared, so never to be changed in place."""
    return run.metrics()
