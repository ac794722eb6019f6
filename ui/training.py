"""Runs on a page: starting them, the table of all of them, and one of them as it trains."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from fsat_core.charts import training as charts
from fsat_core.errors import FsatError, RunError
from fsat_core.runs import Run, RunStatus, create_run, find_run, kill, launch, resume, stop
from fsat_core.training.config import TrainConfig
from ui import state

RUN = "run"  # the selected run: a key of the session and, bound to it, a query parameter
STATES = {
    "queued": (":material/hourglass_empty:", "gray"),
    "preparing": (":material/graphic_eq:", "blue"),
    "training": (":material/model_training:", "blue"),
    "finished": (":material/check_circle:", "green"),
    "failed": (":material/error:", "red"),
    "cancelled": (":material/cancel:", "orange"),
    "lost": (":material/help:", "orange"),
    "damaged": (":material/broken_image:", "red"),
}
_STALE_S = 30.0  # importing a framework keeps a worker silent for some seconds
_STOP_PATIENCE_S = 15.0
_MANY_FOLDS = 5
_LOG_LINES = 60
_STARTED = "started_run"


def start_run(config: TrainConfig) -> Run:
    """Create a run on the data set in use, start its worker and select it.

    Raises
    ------
    ConfigError
        If there are too few clips for the configuration.
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


def state_of(run: Run) -> str:
    """The state of a run, or `damaged` where its configuration cannot be read."""
    try:
        run.config  # noqa: B018 - reading it is the check
    except FsatError:
        return "damaged"
    return run.state


def any_active(runs: Sequence[Run]) -> bool:
    """True while any run waits, prepares or trains."""
    return any(state_of(run) in ("queued", "preparing", "training") for run in runs)


def show_runs(was_active: bool) -> None:
    """The table of all runs and the selected one; made to be called as a fragment.

    `was_active` says whether the page was drawn for a run that is active: when that changes, the whole page
    is drawn again.
    """
    runs = all_runs()
    if any_active(runs) != was_active:
        st.rerun()
    _choose_default(runs)
    st.subheader("Runs", anchor=False)
    _show_table(runs)
    by_id = {run.run_id: run for run in runs}
    with st.container(border=True):
        chosen = st.selectbox("Run", list(by_id), index=None, required=True, key=RUN, bind="query-params")
        if chosen is not None:
            show_run(by_id[chosen])


def _choose_default(runs: Sequence[Run]) -> None:
    """Select the run that the URL asks for; without one, the newest active run, else the newest."""
    ids = [run.run_id for run in runs]
    asked = st.session_state.get(RUN, st.query_params.get(RUN))
    if asked is not None and asked not in ids:
        try:
            find_run(state.settings().runs_dir, asked)
        except RunError as error:
            st.error(str(error), icon=":material/search_off:")
    if asked not in ids:
        active = [run.run_id for run in runs if any_active([run])]
        asked = (active or ids)[0]
    st.session_state[RUN] = asked


def _show_table(runs: Sequence[Run]) -> None:
    table = pd.DataFrame([_row(run) for run in runs])
    ids = table["Run"].tolist()
    # The table follows the choice, whether it was made in the table, in the list below it or in the URL.
    st.session_state["runs_table"] = {
        "selection": {"rows": [ids.index(st.session_state[RUN])], "columns": []}
    }
    st.dataframe(
        table,
        key="runs_table",
        on_select=_select_row,
        selection_mode="single-row-required",
        hide_index=True,
        height="content" if len(table) <= 6 else 250,
        column_config={
            "lwlrap": st.column_config.NumberColumn(format="%.3f", help="Out of fold"),
            "Accuracy": st.column_config.NumberColumn(format="%.3f", help="Out of fold"),
            "Started": st.column_config.DatetimeColumn(format="D MMM HH:mm"),
            "Folds": st.column_config.TextColumn(help="Saved folds of all"),
        },
        placeholder="",
        alt="All runs with their state; choosing a row shows that run below",
    )


def _select_row() -> None:
    rows = st.session_state["runs_table"]["selection"]["rows"]
    if rows:
        st.session_state[RUN] = all_runs()[rows[0]].run_id


def _row(run: Run) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(
        ["State", "Run", "Network", "Recipe", "Folds", "lwlrap", "Accuracy", "Started", "Duration"]
    )
    row |= {"Run": run.run_id, "State": state_of(run).capitalize()}
    if row["State"] == "Damaged":
        return row
    status = run.status
    row |= {
        "Network": run.config.model,
        "Recipe": run.config.recipe,
        "Folds": f"{len(run.folds)}/{run.config.n_folds}",
        "Duration": duration(_elapsed_s(run, status)) if status.started_at else None,
        "Started": datetime.fromtimestamp(status.started_at) if status.started_at else None,
    }
    if scores := scores_of(run):
        row |= {"lwlrap": scores["lwlrap"], "Accuracy": scores["accuracy"]}
    return row


def _elapsed_s(run: Run, status: RunStatus) -> float:
    if status.is_terminal:
        return status.finished_at - status.started_at
    # A lost run went on for as long as it reported.
    return (time.time() if run.is_active else status.heartbeat) - status.started_at


def scores_of(run: Run) -> dict[str, float] | None:
    """Out-of-fold scores of a finished run; None where there are none, or where they cannot be read."""
    try:
        return run.scores
    except ValueError:  # a damaged file; the run itself may still be of use
        return None


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


def position(status: RunStatus) -> str:
    """Where a run is, in words: `Fold 2 of 5, epoch 13 of 50`."""
    if status.state != "training" or not status.epoch or status.progress >= 1:
        return status.message or status.state.capitalize()
    epoch = min(status.epoch, status.max_epochs)
    return f"Fold {status.fold + 1} of {status.num_folds}, epoch {epoch} of {status.max_epochs}"


def show_run(run: Run) -> None:
    """One run: what it computes, where it is, its curves, its log and what can be done with it."""
    try:
        config = run.config
        status, run_state = run.status, run.state
        _show_head(run, config, run_state)
        _show_state(run, status, run_state)
        _show_curves(run)
    except FsatError as error:
        st.error(str(error), icon=":material/broken_image:")
    _show_log(run)


def _show_head(run: Run, config: TrainConfig, run_state: str) -> None:
    icon, colour = STATES[run_state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(run_state.capitalize(), icon=icon, color=colour)  # type: ignore[arg-type]
        st.markdown(
            f"**{config.model}**, {config.recipe}, {config.task}-label, {' + '.join(config.splits)}, "
            f"{config.n_folds} folds, {len(run.classes)} classes",
            width="stretch",
        )
        if run_state in ("queued", "preparing", "training"):
            _offer_stop(run)
        elif run_state != "finished":
            _act(
                resume,
                run,
                state.settings(),
                label="Resume",
                icon=":material/resume:",
                help="Go on with the folds that are not saved yet.",
            )


def _offer_stop(run: Run) -> None:
    if not run.stop_requested:
        with st.popover("Stop", icon=":material/stop_circle:"):
            st.markdown("Stop this run? The folds that are saved stay, and it can be resumed later.")
            _act(stop, run, label="Stop the run", icon=":material/stop_circle:", type="primary")
        return
    st.markdown(":material/pending: Stopping", width="content")
    if time.time() - run.stop_flag.stat().st_mtime > _STOP_PATIENCE_S:
        _act(
            kill,
            run,
            label="End it now",
            icon=":material/dangerous:",
            help="End its processes without waiting.",
        )


def _act(action: Callable[..., None], *args: Any, **button: Any) -> None:
    """A button that does something to a run; what goes wrong is one line under it."""
    if st.button(**button, key=f"{action.__name__}-{args[0].run_id}"):
        try:
            action(*args)
        except FsatError as error:
            st.error(str(error))
        else:
            st.rerun()


def _show_state(run: Run, status: RunStatus, run_state: str) -> None:
    if run_state in ("queued", "preparing", "training"):
        st.progress(min(max(status.progress, 0.0), 1.0), text=position(status))
        _show_pace(status)
    elif run_state == "failed":
        st.error(status.error or "It failed; its log says why.", icon=":material/error:")
    elif run_state == "lost":
        st.warning(
            f"Its worker ended unexpectedly, after {len(run.folds)} of {run.config.n_folds} folds. "
            "Resume it to go on with the others.",
            icon=":material/help:",
        )
    elif run_state == "cancelled":
        st.info(f"Stopped after {len(run.folds)} of {run.config.n_folds} folds.", icon=":material/cancel:")
    elif scores := run.scores:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.metric("lwlrap, out of fold", f"{scores['lwlrap']:.3f}", border=True, width=200)
            st.metric("Accuracy, out of fold", f"{scores['accuracy']:.1%}", border=True, width=200)
            st.page_link(
                "pages/predict.py",
                label="Predict with this run",
                icon=":material/sell:",
                query_params={"runs": run.run_id},
            )
    for line in status.warnings:
        st.caption(f":material/warning: {line}")


def _show_pace(status: RunStatus) -> None:
    parts = []
    if status.clips_per_s:
        parts.append(f":material/speed: {status.clips_per_s:,.0f} clips/s")
    if status.eta_s is not None:
        parts.append(f":material/schedule: about {rough_duration(status.eta_s)} left")
    if status.device:
        parts.append(f":material/memory: {status.device}")
    if status.heartbeat and (age := time.time() - status.heartbeat) > _STALE_S:
        parts.append(f":material/warning: no sign of life for {duration(age)}")
    with st.container(horizontal=True, gap="medium"):
        for part in parts:
            st.markdown(part, width="content")


def _show_curves(run: Run) -> None:
    stamp = _metrics_stamp(run)
    if not stamp:
        return
    many = run.config.n_folds > _MANY_FOLDS
    with st.container(horizontal=True, vertical_alignment="center"):
        view = st.segmented_control(
            "Curves",
            ["Each fold", "Mean and range"],
            default="Mean and range" if many else "Each fold",
            required=True,
            key=f"curves-{run.run_id}",
            label_visibility="collapsed",
        )
        dot = "" if view == "Mean and range" else " Dot: the epoch that is kept, by validation loss."
        st.caption(f"Solid: validation. Dashed: training.{dot}", width="content")
    grid = st.grid(3, min_column_width=220)
    for name, (option, alt) in _curves(str(run.path), stamp, view == "Mean and range").items():
        with grid.cell():
            st.markdown(f"**{charts.CURVES[name]}**")
            st.echarts_chart(option, key=f"curve-{name}", height=260, renderer="svg", alt=alt)


def _metrics_stamp(run: Run) -> tuple[tuple[int, int, int], ...]:
    """What changes whenever a fold adds an epoch: its number and the time and size of its file."""
    stamp = []
    for fold in range(run.config.n_folds):
        try:
            stat = (run.fold_dir(fold) / "metrics.csv").stat()
        except FileNotFoundError:
            continue
        stamp.append((fold, stat.st_mtime_ns, stat.st_size))
    return tuple(stamp)


# Resources and not data: an option is never changed, and copying it at each tick would cost more than making it.
@st.cache_resource(max_entries=24, show_spinner=False)
def _curves(
    run_path: str, stamp: tuple[tuple[int, int, int], ...], mean: bool
) -> dict[str, tuple[dict[str, Any], str]]:
    run = next(run for run in all_runs() if str(run.path) == run_path)
    try:
        metrics = run.metrics()
        draw = charts.mean_curves_with_range if mean else charts.fold_curves
        return {name: (draw(metrics, name), charts.describe_curve(metrics, name)) for name in charts.CURVES}
    except (ValueError, KeyError) as error:
        raise RunError(
            f"Run '{run.run_id}': a metrics.csv cannot be read ({type(error).__name__}); expected one row per "
            "epoch. Delete that file, or train again."
        ) from error


def _show_log(run: Run) -> None:
    log = st.expander("Log", icon=":material/terminal:", key="run_log", on_change="rerun")
    if log.open:
        with log:
            st.code(run.log_tail(_LOG_LINES) or "Nothing yet.", language=None, height=260)
