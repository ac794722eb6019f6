"""One training run on a page: its state and progress, its curves and log, and what can be done with it."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

import pandas as pd
import streamlit as st

from fsat_core.charts.curves import fold_curves, mean_curves_with_range
from fsat_core.errors import FsatError
from fsat_core.evaluation.curves import CURVES, describe_curve
from fsat_core.runs import Run, RunStatus, kill, resume, stop
from ui.shared import state
from ui.train.run_actions import offer_more
from ui.train.run_notes import offer_notes, show_notes

_ACTIVE = ("queued", "preparing", "training")
_BADGES: dict[str, tuple[str, Literal["gray", "blue", "green", "red", "orange"]]] = {
    "queued": (":material/hourglass_empty:", "gray"),
    "preparing": (":material/graphic_eq:", "blue"),
    "training": (":material/model_training:", "blue"),
    "finished": (":material/check_circle:", "green"),
    "failed": (":material/error:", "red"),
    "cancelled": (":material/cancel:", "orange"),
    "lost": (":material/help:", "orange"),
}
_SILENT_S = 30.0  # a worker that imports a framework says nothing for some seconds
_STOP_PATIENCE_S = 15.0
EACH_FOLD, _MEAN = "Each fold", "Mean and range"  # how learning curves are drawn
_MANY_FOLDS = 5
CHART_HEIGHT = 260
_LOG_LINES = 60
_SHORT_LOG = 8
_LOG_HEIGHT = 260

_MetricsStamp = tuple[tuple[int, int, int], ...]


def offer_actions(run: Run) -> None:
    """What can be done with a run, side by side: stop or resume it, note something, and more."""
    run_state = run.state
    if run_state in _ACTIVE:
        _offer_stop(run)
    elif run_state != "finished":
        hint = "Go on with the folds that are not saved yet."
        _act(resume, run, state.settings(), label="Resume", icon=":material/resume:", help=hint)
    offer_notes(run)
    offer_more(run)


def show_run(run: Run) -> None:
    """One run: what it computes, what people noted, where it is, its curves and its log."""
    try:
        run_state, status = run.state, run.status
        _show_head(run, run_state)
        _show_state(run, status, run_state)
        _show_curves(run)
    except FsatError as error:
        st.error(str(error), icon=":material/broken_image:")
    _show_log(run)


def _show_head(run: Run, run_state: str) -> None:
    config = run.config
    icon, colour = _BADGES[run_state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(run_state.capitalize(), icon=icon, color=colour)
        st.markdown(
            f"**{config.model}**, {config.recipe}, {config.task}-label, {' + '.join(config.splits)}, "
            f"{config.n_folds} folds, {len(run.classes)} classes",
            width="stretch",
        )
    show_notes(run)


def _offer_stop(run: Run) -> None:
    if not run.stop_requested:
        with st.popover("Stop", icon=":material/stop_circle:"):
            st.markdown("Stop this run? The folds that are saved stay, and it can be resumed later.")
            _act(stop, run, label="Stop the run", icon=":material/stop_circle:", type="primary")
        return
    st.markdown(":material/pending: Stopping", width="content")
    if time.time() - run.stop_flag.stat().st_mtime > _STOP_PATIENCE_S:
        hint = "It does not react: end its processes at once."
        _act(kill, run, label="End it now", icon=":material/dangerous:", help=hint)


def _act(action: Callable[..., None], run: Run, *args: Any, **button: Any) -> None:
    """A button that does something to a run; what goes wrong is one line beside it."""
    if st.button(**button, key=f"{action.__name__}-{run.run_id}"):
        try:
            action(run, *args)
        except FsatError as error:
            st.error(str(error))
        else:
            st.rerun()


def _show_state(run: Run, status: RunStatus, run_state: str) -> None:
    done = f"{len(run.folds)} of {run.config.n_folds} folds"
    if run_state in _ACTIVE:
        show_progress(status)
        _show_pace(status)
    elif run_state == "failed":
        st.error(status.error or "It failed; its log says why.", icon=":material/error:")
    elif run_state == "lost":
        st.warning(
            f"Its worker ended unexpectedly, after {done}. Resume it to go on with the others.",
            icon=":material/help:",
        )
    elif run_state == "cancelled":
        st.info(f"Stopped after {done}.", icon=":material/cancel:")
    else:
        _show_scores(run)
    for line in status.warnings:
        st.caption(f":material/warning: {line}")


def show_progress(status: RunStatus, prefix: str = "") -> None:
    """A bar over all folds and epochs, with the position in words."""
    st.progress(min(max(status.progress, 0.0), 1.0), text=prefix + position(status))


def position(status: RunStatus) -> str:
    """Where a run is, in words: `Fold 2 of 5, epoch 13 of 50`."""
    if status.state != "training" or not status.epoch or status.progress >= 1:
        return status.message or status.state.capitalize()
    epoch = min(status.epoch, status.max_epochs)
    return f"Fold {status.fold + 1} of {status.num_folds}, epoch {epoch} of {status.max_epochs}"


def _show_pace(status: RunStatus) -> None:
    parts = []
    if status.clips_per_s:
        parts.append(f":material/speed: {status.clips_per_s:,.0f} clips/s")
    if status.eta_s is not None:
        parts.append(f":material/schedule: about {rough_duration(status.eta_s)} left")
    if status.device:
        parts.append(f":material/memory: {status.device}")
    if status.heartbeat and (age_s := time.time() - status.heartbeat) > _SILENT_S:
        parts.append(f":material/warning: no sign of life for {duration(age_s)}")
    with st.container(horizontal=True, gap="medium"):
        for part in parts:
            st.markdown(part, width="content")


def _show_scores(run: Run) -> None:
    scores = run.scores
    if scores is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.metric("lwlrap, out of fold", f"{scores['lwlrap']:.3f}", border=True, width=200)
        st.metric("Accuracy, out of fold", f"{scores['accuracy']:.1%}", border=True, width=200)
        st.page_link(
            "pages/predict.py",
            label="Predict with this run",
            icon=":material/sell:",
            query_params={"runs": run.run_id},
        )


def scores_of(run: Run) -> dict[str, float] | None:
    """Out-of-fold scores of a finished run; None where there are none, or where they cannot be read."""
    try:
        return run.scores
    except FsatError:  # a damaged file; the run itself may still be of use
        return None


def _show_curves(run: Run) -> None:
    stamp = _metrics_stamp(run)
    if stamp:
        view = choose_view(run, f"curves-{run.run_id}")
        show_charts(_curves(str(run.path), stamp, view, run), "curve")


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
        st.caption(f"Solid: validation. Dashed: training. {_kept_epoch(run, view)}", width="content")
    return view


def show_charts(options: Mapping[str, tuple[dict[str, Any], str]], key: str) -> None:
    """A chart for each curve, side by side, from its ECharts option and its description."""
    grid = st.grid(3, min_column_width=220)
    for curve, (option, alt) in options.items():
        with grid.cell():
            st.markdown(f"**{CURVES[curve]}**")
            st.echarts_chart(option, key=f"{key}-{curve}", height=CHART_HEIGHT, renderer="svg", alt=alt)


def _kept_epoch(run: Run, view: str) -> str:
    """Which epoch of a fold is kept, and where it is in the curves, in a sentence."""
    if run.config.checkpoint == "last":
        return "The last epoch is kept."
    return f"Dot: the epoch that is kept, by validation {run.config.monitor}." if view == EACH_FOLD else ""


def draw_curves(run: Run, metrics: pd.DataFrame, view: str) -> dict[str, tuple[dict[str, Any], str]]:
    """An ECharts option and a description for each of the curves."""
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


def _metrics_stamp(run: Run) -> _MetricsStamp:
    """What changes whenever a fold adds an epoch: its number, and the time and size of its file."""
    stamp = []
    for fold in range(run.config.n_folds):
        try:
            stat = (run.fold_dir(fold) / "metrics.csv").stat()
        except FileNotFoundError:  # no epoch of it is done yet
            continue
        stamp.append((fold, stat.st_mtime_ns, stat.st_size))
    return tuple(stamp)


def metrics_of(run: Run) -> pd.DataFrame:
    """`Run.metrics`, read again when a fold has added an epoch; shared, so never to be changed in place."""
    return _metrics(str(run.path), _metrics_stamp(run), run)


@st.cache_resource(max_entries=24, show_spinner=False)
def _metrics(run_path: str, stamp: _MetricsStamp, _run: Run) -> pd.DataFrame:
    return _run.metrics()


# A resource and not data: what it returns is never changed, and copying it at each tick would be waste.
@st.cache_resource(max_entries=24, show_spinner=False)
def _curves(
    run_path: str, stamp: _MetricsStamp, view: str, _run: Run
) -> dict[str, tuple[dict[str, Any], str]]:
    """An ECharts option and a description for each of the curves."""
    metrics = _run.metrics()
    return {} if metrics.empty else draw_curves(_run, metrics, view)


def _show_log(run: Run) -> None:
    log = st.expander("Log", icon=":material/terminal:", key="run_log", on_change="rerun")
    if log.open:
        with log:
            tail = run.log_tail(_LOG_LINES) or "Nothing yet."
            is_short = tail.count("\n") < _SHORT_LOG
            st.code(tail, language=None, wrap_lines=True, height="content" if is_short else _LOG_HEIGHT)


def duration(seconds: float) -> str:
    """A length of time as a person would say it: `36 s`, `12 min 5 s`, `3 h 20 min`."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def rough_duration(seconds: float) -> str:
    """An estimate in its largest unit only: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{max(round(seconds, -1), 10):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
