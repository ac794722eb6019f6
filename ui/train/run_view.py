"""One training run on a page: its state and progress, its curves and log, and what can be done with it."""

import time
from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from fsat_core.errors import FsatError
from fsat_core.runs import Run, RunStatus, faults_of_results, kill, point_to, resume, stop
from fsat_core.settings import Settings
from fsat_core.text import counted, duration_text, rough_duration
from ui.curves.charts import metrics_of, show_run_curves
from ui.shared import access, state
from ui.shared.baseline import best_comparison
from ui.shared.bundles import offer_bundle
from ui.shared.cached import HEALTH_FILES, cached_by_run
from ui.shared.links import EVALUATE_PAGE, EVALUATED, evaluation_query, set_query
from ui.shared.news import watch
from ui.shared.runs import describe_run, scores_of, show_progress
from ui.shared.texts import explain, plain, show_error, without_folders
from ui.train.run_actions import offer_more, offer_report
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
    "damaged": (":material/broken_image:", "red"),
}
_BROKEN = ":material/broken_image:"
_SILENT_S = 30.0  # a worker is silent for some seconds while it imports the framework
_STOP_PATIENCE_S = 15.0
_LOG_LINES = 60
_SHORT_LOG = 8
_LOG_HEIGHT = 260


def offer_actions(run: Run) -> None:
    """What can be done with a run, side by side: stop, resume or evaluate it, note something, and more."""
    run_state = run.state
    if run.is_active:
        _offer_stop(run)
    elif run_state in ("lost", "failed", "cancelled"):
        hint = "Go on with the folds that are not saved yet."
        _act(_resume, run, state.settings(), label="Resume", icon=":material/resume:", help=hint)
    elif run_state == "finished":
        _offer_evaluation(run)
        if _faults(run):
            hint = "Train and write anew what is damaged."
            _act(resume, run, state.settings(), label="Mend", icon=":material/build:", help=hint)
    if access.may("train"):
        offer_notes(run)
    offer_report(run)
    offer_bundle([run])
    if access.may("train"):
        offer_more(run)


def _offer_evaluation(run: Run) -> None:
    comparison = best_comparison(run)
    compare_next = comparison is not None and comparison.is_next
    evaluate = st.button(
        "Evaluate",
        type="secondary" if compare_next else "primary",
        icon=":material/monitoring:",
        key=f"evaluate-{run.run_id}",
    )
    if evaluate:
        st.switch_page(EVALUATE_PAGE, query_params={EVALUATED: run.run_id} | set_query())
    if comparison is not None and st.button(
        "Compare",
        type="primary" if compare_next else "secondary",
        icon=":material/compare_arrows:",
        key=f"compare-{run.run_id}",
        help=f"{plain(comparison.label)}: {plain(comparison.baseline.run_id)}",
    ):
        query = evaluation_query(run.run_id, "Changes", other_id=comparison.baseline.run_id)
        st.switch_page(EVALUATE_PAGE, query_params=query)


@access.needs("train")
def _resume(run: Run, settings: Settings) -> None:
    """Go on with a run; with one whose data set has been moved, on the set in use."""
    if not run.data_dir.is_dir():
        run = point_to(run, settings.data_dir)
    resume(run, settings)
    watch(run)
    state.forget_runs()


def show_run(run: Run) -> None:
    """One run: what it computes, its notes, its progress, its curves and its log."""
    try:
        run_state, status = run.state, run.status
        if run_state == "damaged":
            _show_damaged(run)
            return
        _show_head(run, run_state)
        _show_state(run, status, run_state)
        _show_curves(run)
    except FsatError as error:
        show_error(error, _BROKEN)
    _show_log(run)


def _show_damaged(run: Run) -> None:
    icon, colour = _BADGES["damaged"]
    st.badge("Damaged", icon=icon, color=colour)
    show_error(run.fault, _BROKEN)
    show_notes(run)
    _show_log(run)


@cached_by_run(HEALTH_FILES, max_entries=24)
def _faults(run: Run) -> list[str]:
    """What is damaged of a finished run, and would be mended by resuming it."""
    try:
        return faults_of_results(run)
    except FsatError:  # which resuming would not mend
        return []


def _show_head(run: Run, run_state: str) -> None:
    icon, colour = _BADGES[run_state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(plain(run_state.capitalize()), icon=icon, color=colour)
        st.markdown(describe_run(run), width="stretch")
    show_notes(run)


def _offer_stop(run: Run) -> None:
    if not run.stop_requested:
        with st.popover("Stop", icon=":material/stop_circle:"):
            st.markdown("Stop this run? The folds that are saved stay, and it can be resumed later.")
            _act(stop, run, label="Stop the run", icon=":material/stop_circle:", type="primary")
        return
    st.markdown(":material/pending: Stopping", width="content")
    if time.time() - _asked_at(run) > _STOP_PATIENCE_S:
        hint = "It does not react: end its processes at once."
        _act(kill, run, label="End it now", icon=":material/dangerous:", help=hint)


def _asked_at(run: Run) -> float:
    try:
        return run.stop_flag.stat().st_mtime
    except OSError:  # it has just ended, or was deleted
        return time.time()


def _act(action: Callable[..., None], run: Run, *args: Any, **button: Any) -> None:
    """A button that acts on a run; an error is shown as one line beside it."""
    name = action.__name__.strip("_")
    button |= {"disabled": not access.may("train"), "help": access.hint("train", button.get("help"))}
    if st.button(**button, key=f"{name}-{run.run_id}"):
        try:
            access.check("train")
            access.write_down(f"{button['label'].partition(' ')[0].lower()} a run", run.run_id)
            action(run, *args)
        except FsatError as error:
            show_error(error)
        else:
            st.rerun()


def _show_state(run: Run, status: RunStatus, run_state: str) -> None:
    done = f"{len(run.folds)} of {run.config.n_folds} folds"
    if run_state in _ACTIVE:
        show_progress(status)
        _show_pace(run, status)
    elif run_state == "failed":
        show_error(status.error or "It failed; its log says why.")
    elif run_state == "lost":
        st.warning(
            f"Its worker ended unexpectedly, after {done}. {explain(run.reason)} "
            "Resume it to go on with the others.",
            icon=":material/help:",
        )
    elif run_state == "cancelled":
        st.info(f"Stopped after {done}.", icon=":material/cancel:")
    else:
        if faults := _faults(run):
            others = len(faults) - 1
            more = f" {counted(others, 'more file')} of it cannot be read either." if others else ""
            show_error(faults[0] + more, _BROKEN)
        _show_scores(run)
    for line in status.warnings:
        st.caption(f":material/warning: {explain(line)}")


def _show_pace(run: Run, status: RunStatus) -> None:
    parts = []
    if status.clips_per_s:
        parts.append(f":material/speed: {status.clips_per_s:,.0f} clips/s")
    if status.eta_s is not None:
        # Folds may end early: how early is not known before the first has.
        at_most = ", at most" if not run.folds and run.config.patience else ""
        parts.append(f":material/schedule: about {rough_duration(status.eta_s)} left{at_most}")
    if status.device:
        parts.append(f":material/memory: {plain(status.device)}")
    if status.heartbeat and (age_s := time.time() - status.heartbeat) > _SILENT_S:
        parts.append(f":material/warning: no sign of life for {duration_text(age_s)}")
    with st.container(horizontal=True, gap="medium"):
        for part in parts:
            st.markdown(part, width="content")


def _show_scores(run: Run) -> None:
    if (scores := scores_of(run)) is None:  # damaged, which has been said
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.metric("lwlrap, out of fold", f"{scores['lwlrap']:.3f}", border=True, width=200)
        st.metric("Accuracy, out of fold", f"{scores['accuracy']:.1%}", border=True, width=200)
        st.page_link(
            "pages/predict.py",
            label="Predict with this run",
            icon=":material/sell:",
            query_params={"runs": run.run_id} | set_query(),
        )


def _show_curves(run: Run) -> None:
    if not metrics_of(run).empty:
        show_run_curves(run, f"chart-{run.run_id}")


def _show_log(run: Run) -> None:
    log = st.expander("Log", icon=":material/terminal:", key="run_log", on_change="rerun")
    if log.open:
        with log:
            tail = without_folders(run.log_tail(_LOG_LINES)) or "Nothing yet."
            is_short = tail.count("\n") < _SHORT_LOG
            st.code(tail, language=None, wrap_lines=True, height="content" if is_short else _LOG_HEIGHT)
