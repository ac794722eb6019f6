"""One run against another on Evaluate: each is worked out once for a pair of runs."""

import pandas as pd
import streamlit as st

from fsat_core import evaluation
from fsat_core.evaluation import Pair, Scores
from fsat_core.runs import Run
from ui.evaluate.results import as_trained, judged_run, judges


@judged_run(max_entries=6)
def pair(run: Run, other: Run) -> Pair:
    """The predictions of both runs on the clips that both have, judged by the same labels; shared.

    Two runs of different data sets, or of one that is not in use, are judged by the labels of the first.
    """
    both = evaluation.pair_up(baseline=as_trained(other), candidate=as_trained(run))
    labels = judges(run)
    return both.to_score(own_labels=False) if labels is None else both.judge(labels.table)


def describe_pair(both: Pair) -> None:
    """Say on what two runs are compared, and how far they were trained with different labels."""
    num_clips, num_other = len(both.candidate.clip_ids), len(both.relabelled)
    text = f"Changes are from the other run to this one, on the **{num_clips:,} clips** of both"
    if num_other:
        had = "has" if num_other == 1 else "have"
        text += (
            f", judged by the same labels. **{num_other:,}** of them {had} other labels in what the other "
            "run was trained on"
        )
    st.caption(f"{text}.")


@judged_run(max_entries=12)
def shared_scores(run: Run, other: Run) -> tuple[Scores, Scores]:
    """Scores of two runs on the clips that both have, over the classes of both."""
    both = pair(run, other)
    return evaluation.score(both.candidate), evaluation.score(both.baseline)


@judged_run(max_entries=12, show_spinner="Comparing each class")
def class_changes(run: Run, other: Run) -> pd.DataFrame:
    """Change of each class from `other` to `run`, as the chart draws them."""
    return evaluation.sort_changes(evaluation.compare(pair(run, other)))


@judged_run(max_entries=12)
def changed_clips(run: Run, other: Run) -> pd.DataFrame:
    """The clips of both runs, what changed most from `other` to `run` on top.

    `labels` and `baseline_labels` are those that the two were trained with.
    """
    clips = evaluation.changed_clips(pair(run, other))
    for column, own in (("labels", as_trained(run)), ("baseline_labels", as_trained(other))):
        clips[column] = own.select(clips["clip_id"].tolist()).labels()
    return clips
