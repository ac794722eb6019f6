"""Evaluate: how good a finished run is and where it fails, alone, beside another run and in an ensemble."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from fsat_core.errors import FsatError
from fsat_core.runs import Run
from ui.evaluate import comparison, diagnosis, results
from ui.evaluate.baseline import offer_comparison
from ui.evaluate.changes import show_changes
from ui.evaluate.confusions import show_confusion
from ui.evaluate.ensembles import show_ensemble
from ui.evaluate.learning import show_learning
from ui.evaluate.results import OTHER, RUN
from ui.evaluate.truth import Truth, show_test_scores
from ui.shared import state
from ui.shared.guard import require_app
from ui.shared.links import RUN as TRAIN_RUN
from ui.shared.links import set_query
from ui.shared.runs import active_runs, all_runs, describe_run, finished_runs, tell_missing
from ui.shared.texts import plain, show_error

require_app(__file__)

BROKEN = ":material/broken_image:"


def explain_empty() -> None:
    """What to do while no run has finished."""
    tell_missing("pages/evaluate.py", RUN)
    active = bool(active_runs(all_runs()))
    what = "A run trains now. Its scores come when it has finished." if active else "No finished run yet."
    st.info(what, icon=":material/model_training:")
    st.page_link(
        "pages/train.py",
        label="Watch it on Train" if active else "Train a network",
        icon=":material/model_training:",
    )


def choose_runs(finished: dict[str, Run]) -> tuple[Run, Run | None]:
    """The run in view and, where there is one, the run that it is compared with."""
    results.choose(RUN, list(finished), next(iter(finished)))
    with st.grid(2, min_column_width=300):  # as wide as the name of a run
        # Without a default, so that the address names the newest run, too: later that is another one.
        st.selectbox("Run", list(finished), index=None, key=RUN, bind="query-params")
        run_id = st.session_state[RUN] or next(iter(finished))
        others = [name for name in finished if name != run_id]
        results.choose(OTHER, list(finished), None)
        if st.session_state[OTHER] == run_id:
            st.session_state[OTHER] = None
        other_id = st.selectbox(
            "Compare with",
            others,
            index=None,
            key=OTHER,
            bind="query-params",
            placeholder="No other run" if others else "There is no other finished run",
            disabled=not others,
        )
    return finished[run_id], finished[other_id] if other_id else None


def show_head(run: Run, other: Run | None) -> None:
    """The run in a line, with ways to the run that it came from and to all that is known of its training."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(describe_run(run), width="stretch")
        offer_comparison(run, other)
        st.page_link(
            "pages/train.py",
            label="Open in Train",
            icon=":material/model_training:",
            query_params={TRAIN_RUN: run.run_id} | set_query(),
        )


def show_scores(run: Run, other: Run | None) -> None:
    """Out-of-fold scores, by whose labels, how far to trust them, and the change from the other run."""
    scores = results.scores(run)
    grid = st.grid(2, min_column_width=150)
    noisy = ", noisy ones left out" if set(run.config.splits) == {"curated", "noisy"} else ""
    st.caption(
        f"**{scores.num_clips:,} clips**{noisy}, each judged by the network of the fold that did not train "
        f"on it. {plain(results.describe_judges(run))}"
    )
    if warning := results.curated_warning(run, state.version()):
        st.markdown(f":orange[:material/warning:] {plain(warning)}")
    lwlrap_change = accuracy_change = None
    if other is not None:
        comparison.describe_pair(comparison.pair(run, other))
        mine, others = comparison.shared_scores(run, other)
        lwlrap_change = f"{mine.lwlrap - others.lwlrap:+.3f}"
        accuracy_change = f"{100 * (mine.accuracy - others.accuracy):+.1f} points"
    with grid:
        st.metric("lwlrap, out of fold", f"{scores.lwlrap:.3f}", lwlrap_change, border=True)
        st.metric("Accuracy, out of fold", f"{scores.accuracy:.1%}", accuracy_change, border=True)


def show_tabs(run: Run, other: Run | None, finished: dict[str, Run], truth: Truth | None) -> None:
    """The diagnosis in tabs. Only the open tab is computed, and a click in it redraws it alone."""
    views = {
        "Classes": partial(diagnosis.show_classes, run),
        "Changes": partial(show_changes, run, other),
        "Confusion": partial(show_confusion, run),
        "Calibration": partial(diagnosis.show_calibration, run),
        "Learning curves": partial(show_learning, run, other),
        "Worst clips": partial(diagnosis.show_worst_clips, run),
        "Ensemble": partial(show_ensemble, run, other, finished, truth),
    }
    tabs = st.tabs(list(views), key="view", on_change="rerun", bind="query-params")
    for tab, (name, show) in zip(tabs, views.items(), strict=True):
        if tab.open:
            with tab:
                st.fragment(draw, key=f"view-{name}")(show)


def draw(show: Callable[[], None]) -> None:
    """A view, or one line if a file of a run is damaged or was deleted since the page was drawn."""
    try:
        show()
    except FsatError as error:
        show_error(error, BROKEN)


st.title("Evaluate", anchor=False)
finished = finished_runs()
if not finished:
    explain_empty()
    st.stop()

run, other = choose_runs(finished)
try:
    results.oof(run)
except FsatError as error:
    show_error(error, BROKEN)
    st.stop()
try:
    if other is not None:
        results.oof(other)
except FsatError as error:
    show_error(error, BROKEN)
    other = None

show_head(run, other)
show_scores(run, other)
truth = show_test_scores(run, other)
show_tabs(run, other, finished, truth)
