"""One run against another on Evaluate: each is worked out once for a pair of runs."""

import pandas as pd
import streamlit as st

from fsat_core import evaluation
from fsat_core.evaluation import Pair, Scores
from fsat_core.runs import Run
from ui.evaluate.results import oof
from ui.shared.cached import cached_by_run

_JUDGE = "evaluate_judge"
_FIRST, _OWN = "This run's labels", "Each run's own"


@cached_by_run(max_entries=6)
def pair(run: Run, other: Run) -> Pair:
    """The predictions of both runs on the clips that both have; shared, so never change it."""
    return evaluation.pair_up(baseline=oof(other), candidate=oof(run))


def choose_labels(both: Pair) -> bool:
    """Say on what two runs are compared, and where their labels differ, ask by which of them.

    Returns
    -------
    bool
        Whether each run is scored by its own labels.
    """
    num_clips, num_other = len(both.candidate.clip_ids), len(both.relabelled)
    st.caption(
        f"Changes are from the other run to this one, on the **{num_clips:,} clips** of both"
        + ("." if num_other else ", which have the same labels in both.")
    )
    if not num_other:
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"**{num_other:,}** of them {'has' if num_other == 1 else 'have'} other labels in the other run. "
            "Both are judged by",
            width="content",
        )
        choice = st.segmented_control(
            "Both are judged by",
            [_FIRST, _OWN],
            default=_FIRST,
            required=True,
            key=_JUDGE,
            label_visibility="collapsed",
            persist_state="session",
        )
    return choice == _OWN


@cached_by_run(max_entries=12)
def shared_scores(run: Run, other: Run, own_labels: bool) -> tuple[Scores, Scores]:
    """Scores of two runs on the clips that both have, over the classes of both."""
    scored = pair(run, other).to_score(own_labels)
    return evaluation.score(scored.candidate), evaluation.score(scored.baseline)


@cached_by_run(max_entries=12, show_spinner="Comparing each class")
def class_changes(run: Run, other: Run, own_labels: bool) -> pd.DataFrame:
    """Change of each class from `other` to `run`, as the chart draws them."""
    return evaluation.sort_changes(evaluation.compare(pair(run, other), own_labels))


@cached_by_run(max_entries=12)
def changed_clips(run: Run, other: Run, own_labels: bool) -> pd.DataFrame:
    """The clips of both runs, what changed most from `other` to `run` on top."""
    return evaluation.changed_clips(pair(run, other), own_labels)
