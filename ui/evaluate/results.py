"""What Evaluate shows of one run, worked out once: every answer is kept until a file of the run changes.

Runs are judged by the labels that the sidebar says; one of another data set by those that it was trained on.
"""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fsat_core import evaluation
from fsat_core.charts.class_rows import class_scores_figure
from fsat_core.dataset.label_text import canonical
from fsat_core.errors import FsatError
from fsat_core.evaluation import Cell, Confusions, Predictions, Scores
from fsat_core.evaluation.label_quality import relabel
from fsat_core.evaluation.scores import score_class
from fsat_core.labels.truth import TrueLabels, name_truth
from fsat_core.runs import Run
from ui.shared import state
from ui.shared.cached import cached_by_run
from ui.shared.links import COMPARED, EVALUATE_PAGE, EVALUATED
from ui.shared.runs import find_here, is_of_this_set, offer_set
from ui.shared.texts import show_error

RUN = EVALUATED  # the run in view, and the one it is compared with: keys of the session and, bound to them,
OTHER = COMPARED  # query parameters


def choose(key: str, run_ids: Sequence[str], default: str | None) -> None:
    """Fill in a choice of run: what a new address asks for, else what was chosen before, else the default."""
    linked, followed = st.query_params.get(key), f"{key}_followed"
    is_new = linked is not None and linked != st.session_state.get(followed)
    st.session_state[followed] = linked
    asked = linked if is_new else st.session_state.get(key)
    if asked is not None and asked not in run_ids:
        explain_missing(asked, key)
    st.session_state[key] = asked if asked in run_ids else default


def explain_missing(run_id: str, key: str) -> None:
    """Say why a run that the address asks for under a name is not there, with a way to its data set."""
    show_error(_why_not(run_id), ":material/search_off:")
    offer_set(run_id, EVALUATE_PAGE, key)


def _why_not(run_id: str) -> str:
    """Why a run that was asked for cannot be evaluated."""
    try:
        run = find_here(run_id)
        if run.fault:
            return run.fault
        return f"Run '{run_id}' ({run.state}) has not finished: expected a finished run. Choose another one."
    except FsatError as error:
        return str(error)


def judges(run: Run) -> TrueLabels | None:
    """The labels that a run is judged by; None for those that it was trained on."""
    return state.labels_in_use() if is_of_this_set(run) else None


def judges_key(run: Run) -> str:
    """Changes with the labels that a run is judged by; decisions that change none of them leave it."""
    labels = judges(run)
    return f"{labels.truth} {labels.digest}" if labels else ""


judged_run = partial(cached_by_run, also=judges_key)


@cached_by_run(max_entries=12, show_spinner="Reading the predictions")
def as_trained(run: Run) -> Predictions:
    """The out-of-fold predictions of a run, beside the labels that it was trained on. Shared."""
    return evaluation.load_oof(run)


@judged_run(max_entries=12)
def oof(run: Run) -> Predictions:
    """The out-of-fold predictions of a run; a RunError if they cannot be read. Shared: never change them."""
    labels = judges(run)
    return as_trained(run) if labels is None else relabel(as_trained(run), labels.table, fill=0.0)


@judged_run(max_entries=24)
def describe_judges(run: Run) -> str:
    """By which labels a run is judged, in a sentence, and for how many clips it was trained on others."""
    labels = judges(run)
    if labels is None:
        return "Judged by the labels that it was trained on: it is of another data set than the one in use."
    judged, trained = oof(run), as_trained(run)
    now, then = (_labels_of(own, judged.clip_ids) for own in (judged, trained))
    num = int((then != now).sum())
    others = f" It was trained on other labels of {num:,} of these." if num else ""
    name = name_truth(labels.truth)
    return (
        f"Judged by: {name[0].lower()}{name[1:]}.{others}"  # the name of a label set is as its maker wrote it
    )


def _labels_of(predictions: Predictions, clip_ids: list[str]) -> pd.Series:
    return canonical(pd.Series(predictions.select(clip_ids).labels(), dtype="str"))


@judged_run(max_entries=24)
def scores(run: Run) -> Scores:
    """Overall out-of-fold scores."""
    return evaluation.score(oof(run))


@cached_by_run(max_entries=24)
def curated_warning(run: Run, version: int) -> str | None:
    """The warning that a run's scores overstate test scores, where that is so.

    `version` is the one of the data set in use, which may be the run's: after a scan it is looked at again.
    """
    return evaluation.curated_warning(run)


@judged_run(max_entries=64, show_spinner="Scoring each class")
def class_scores(run: Run) -> pd.DataFrame:
    """Score, interval and count of each class, as the chart draws them."""
    return evaluation.sort_scores(evaluation.per_class(oof(run)))


@judged_run(max_entries=24)
def class_scores_chart(run: Run, classes: tuple[str, ...]) -> go.Figure:
    """The chart of some of the `class_scores`. Shared, as all of these are: never change it."""
    scores = class_scores(run)
    return class_scores_figure(scores[scores["class"].isin(classes)])


@judged_run(max_entries=512)
def class_score(run: Run, label: str) -> dict[str, float] | None:
    """Score, interval and count of one class; None where no scored clip has it."""
    return score_class(oof(run), label)


@judged_run(max_entries=12)
def worst_clips(run: Run) -> pd.DataFrame:
    """All labelled clips, most wrong first."""
    predictions = oof(run)
    return evaluation.worst_clips(predictions, len(predictions.clip_ids))


@judged_run(max_entries=12)
def calibration(run: Run) -> pd.DataFrame:
    """How often a class was present, by the probability that it was given."""
    return evaluation.calibration(oof(run))


@judged_run(max_entries=12)
def confusions(run: Run) -> Confusions:
    """Which classes the run confuses, or ranks above the right ones."""
    return evaluation.count_confusions(oof(run), run.config.task == "multi")


def cell_clips(run: Run, cell: Cell) -> pd.DataFrame:
    """The rows of `worst_clips` that one cell of `confusions` counts."""
    worst = worst_clips(run)
    return worst[worst["clip_id"].isin(confusions(run).clips(oof(run), cell))].reset_index(drop=True)
