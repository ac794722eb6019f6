"""Learning curves of a finished run, a tab of Evaluate: its own, and its validation beside another run's."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from fsat_core.charts.curves import CurveView, run_curves
from fsat_core.errors import FsatError
from fsat_core.evaluation.curves import CURVES, describe_learning, describe_validation
from fsat_core.runs import Run
from ui.curves.charts import metrics_of, show_run_curves
from ui.curves.component import show_curves
from ui.shared.texts import plain, show_error


def show_learning(run: Run, other: Run | None) -> None:
    """How training went, in words and in curves."""
    metrics = _metrics(run)
    if metrics is None:
        return
    st.markdown(plain(describe_learning(metrics)))
    view = show_run_curves(run, f"chart-{run.run_id}")
    if other is None:
        return
    st.header("Validation of both runs", anchor=False)
    others = _metrics(other)
    if others is not None:
        _show_both({"This run": metrics, "Other run": others}, view)


def _metrics(run: Run) -> pd.DataFrame | None:
    """The curves of a run; None, after a line that says why, where there are none."""
    try:
        metrics = metrics_of(run)
    except FsatError as error:
        show_error(error, ":material/broken_image:")
        return None
    if metrics.empty:
        st.info(f"There are no learning curves in run '{plain(run.run_id)}'.", icon=":material/show_chart:")
        return None
    return metrics


def _show_both(metrics: Mapping[str, pd.DataFrame], view: CurveView) -> None:
    st.markdown(plain(describe_validation(metrics)))
    st.caption("Line: mean over the folds that reached the epoch.")
    alts = {curve: describe_validation(metrics, [curve]) for curve in CURVES}
    show_curves(run_curves(metrics, alts, view), "chart-both")
