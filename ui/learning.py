"""Learning curves of a finished run, a tab of Evaluate: its own, and its validation beside another run's."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from fsat_core.charts import curves
from fsat_core.charts import training as charts
from fsat_core.errors import FsatError
from fsat_core.runs import Run
from ui.run_view import CHART_HEIGHT, EACH_FOLD, MANY_FOLDS, MEAN, draw_curves, kept_epoch, metrics_of


def show_learning(run: Run, other: Run | None) -> None:
    """How training went, in words and in curves."""
    metrics = _metrics(run)
    if metrics is None:
        return
    st.markdown(curves.describe_learning(metrics))
    _show_own(run, metrics)
    if other is None:
        return
    st.subheader("Validation of both runs", anchor=False)
    others = _metrics(other)
    if others is not None:
        _show_both({"This run": metrics, "Other run": others})


def _metrics(run: Run) -> pd.DataFrame | None:
    """The curves of a run; None, after a line that says why, where there are none."""
    try:
        metrics = metrics_of(run)
    except FsatError as error:
        st.error(str(error), icon=":material/broken_image:")
        return None
    if metrics.empty:
        st.info(f"There are no learning curves in run '{run.run_id}'.", icon=":material/show_chart:")
        return None
    return metrics


def _show_own(run: Run, metrics: pd.DataFrame) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        view = st.segmented_control(
            "Curves",
            [EACH_FOLD, MEAN],
            default=MEAN if run.config.n_folds > MANY_FOLDS else EACH_FOLD,
            required=True,
            key=f"evaluate_curves-{run.run_id}",
            label_visibility="collapsed",
        )
        st.caption(f"Solid: validation. Dashed: training. {kept_epoch(run, view)}", width="content")
    _draw(draw_curves(run, metrics, view), "own")


def _show_both(metrics: Mapping[str, pd.DataFrame]) -> None:
    st.markdown(curves.describe_validation(metrics))
    st.caption("Line: mean over the folds that reached the epoch.")
    _draw(
        {
            curve: (charts.run_curves(metrics, curve), curves.describe_validation(metrics, [curve]))
            for curve in charts.CURVES
        },
        "both",
    )


def _draw(options: Mapping[str, tuple[dict[str, Any], str]], key: str) -> None:
    """A chart for each curve, from its ECharts option and its description."""
    grid = st.grid(3, min_column_width=220)
    for curve, (option, alt) in options.items():
        with grid.cell():
            st.markdown(f"**{charts.CURVES[curve]}**")
            st.echarts_chart(
                option, key=f"evaluate-{key}-{curve}", height=CHART_HEIGHT, renderer="svg", alt=alt
            )
