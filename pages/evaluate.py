"""Evaluate: how good a finished run is and where it fails, alone, beside another run and in an ensemble."""

from functools import partial

import pandas as pd
import streamlit as st

from fsat_core.errors import FsatError
from fsat_core.evaluation import WARNING_CURATED, Scores
from fsat_core.runs import Run
from ui import diagnosis, evaluation, training
from ui.ensembles import show_ensemble
from ui.evaluation import OTHER, RUN
from ui.guard import require_app

require_app(__file__)

BROKEN = ":material/broken_image:"
TRUTH_HELP = (
    "A table with the columns fname and labels, such as test_post_competition.csv. "
    "A column usage tells Public from Private."
)


def explain_empty() -> None:
    """What to do while no run has finished."""
    active = bool(training.active_runs(training.all_runs()))
    what = "A run trains now. Its scores come when it has finished." if active else "No finished run yet."
    st.info(what, icon=":material/model_training:")
    st.page_link(
        "pages/train.py",
        label="Watch it on Train" if active else "Train a network",
        icon=":material/model_training:",
    )


def choose_runs(finished: dict[str, Run]) -> tuple[Run, Run | None]:
    """The run in view and, where there is one, the run that it is compared with."""
    evaluation.choose(RUN, list(finished), next(iter(finished)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run_id = st.selectbox("Run", list(finished), key=RUN, bind="query-params")
        others = [name for name in finished if name != run_id]
        evaluation.choose(OTHER, list(finished), None)
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


def describe(run: Run) -> str:
    """A run in a line."""
    config = run.config
    return (
        f"**{config.model}**, {config.recipe}, {config.task}-label, {' + '.join(config.splits)}, "
        f"{config.n_folds} folds, {len(run.classes)} classes"
    )


def show_scores(run: Run, other: Run | None) -> None:
    """The run in a line, its out-of-fold scores, and how far to trust them."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(describe(run), width="content")
        st.page_link(
            "pages/train.py",
            label="Its learning curves",
            icon=":material/show_chart:",
            query_params={training.RUN: run.run_id},
        )
    scores = evaluation.scores(run)
    lwlrap_change = accuracy_change = note = None
    if other is not None:
        mine, others = evaluation.shared_scores(run, other)
        lwlrap_change = f"{mine.lwlrap - others.lwlrap:+.3f}"
        accuracy_change = f"{100 * (mine.accuracy - others.accuracy):+.1f} points"
        note = f"The change is from the other run to this one, on the {mine.num_clips:,} clips of both."
    with st.grid(2, min_column_width=180):
        st.metric("lwlrap, out of fold", f"{scores.lwlrap:.3f}", lwlrap_change, border=True, help=note)
        st.metric("Accuracy, out of fold", f"{scores.accuracy:.1%}", accuracy_change, border=True, help=note)
    st.caption(
        f"**{scores.num_clips:,} clips**, each judged by the network of the fold that did not train on it."
    )
    if "curated" in run.config.splits:
        st.warning(WARNING_CURATED, icon=":material/warning:")


def show_test(run: Run) -> None:
    """Scores on the test clips, where their labels are known or brought along."""
    truth = evaluation.own_truth(run)
    with st.expander("Score on the test clips", icon=":material/fact_check:", expanded=truth is not None):
        try:
            if truth is None:
                truth = uploaded_truth()
            if truth is not None:
                table = test_table(evaluation.test_scores(run, truth))
                st.table(table, border="horizontal", alt="Scores on the test clips")
        except FsatError as error:
            st.error(str(error), icon=BROKEN)


def uploaded_truth() -> pd.DataFrame | None:
    """Labels of test clips from a file that is dragged in; None without one."""
    upload = st.file_uploader("Labels of the test clips", type="csv", key="evaluate_truth", help=TRUTH_HELP)
    return None if upload is None else evaluation.read_upload(upload.name, upload.getvalue())


def test_table(scores: dict[str, Scores]) -> pd.DataFrame:
    """Scores on the test clips for reading, a row for each part of them."""
    rows = {
        name.capitalize(): [f"{part.lwlrap:.3f}", f"{part.accuracy:.1%}", f"{part.num_clips:,}"]
        for name, part in scores.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["lwlrap", "Accuracy", "Clips"])


def show_tabs(run: Run, other: Run | None, finished: dict[str, Run]) -> None:
    """What is wrong where. Only the tab that is open is worked out."""
    views = {
        "Classes": partial(diagnosis.show_classes, run, other),
        "Confusion": partial(diagnosis.show_confusion, run),
        "Calibration": partial(diagnosis.show_calibration, run),
        "Worst clips": partial(diagnosis.show_worst_clips, run),
        "Ensemble": partial(show_ensemble, run, other, finished),
    }
    tabs = st.tabs(list(views), key="view", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                show()


st.title("Evaluate", anchor=False)
finished = evaluation.finished_runs()
if not finished:
    explain_empty()
    st.stop()

run, other = choose_runs(finished)
try:
    evaluation.oof(run)
except FsatError as error:
    st.error(str(error), icon=BROKEN)
    st.stop()
try:
    if other is not None:
        evaluation.oof(other)
except FsatError as error:
    st.error(str(error), icon=BROKEN)
    other = None

show_scores(run, other)
show_test(run)
show_tabs(run, other, finished)
