"""The labels of the test clips on Evaluate: those of the data set or of a file, and the scores by them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import BinaryIO

import pandas as pd
import streamlit as st

from fsat_core import evaluation
from fsat_core.errors import FsatError
from fsat_core.evaluation import Scores
from fsat_core.evaluation.truth import known_truth
from fsat_core.labels.truth import TrueLabels
from fsat_core.runs import Run
from ui.evaluate.results import judges
from ui.shared import state
from ui.shared.cached import cached_by_run
from ui.shared.tables import upload_table
from ui.shared.texts import explain, plain, show_error

_BROKEN = ":material/broken_image:"
_HELP = (
    "A table with the columns fname and labels, such as test_post_competition.csv. "
    "A column usage tells Public from Private."
)


@dataclass(frozen=True)
class Truth:
    """True labels of test clips, as from `read_truth`, a key that changes with them, and what was assumed."""

    key: str
    table: pd.DataFrame
    warnings: tuple[str, ...] = ()


def show_test_scores(run: Run, other: Run | None) -> Truth | None:
    """Scores on the test clips, where their labels are known or brought along; returns these labels.

    What is brought along comes before what people decided, where the tables say nothing of test clips.
    """
    own = _truth_of_set(run)
    with st.expander("Score on the test clips", icon=":material/fact_check:", expanded=own is not None):
        try:
            brought = None if own is not None and _in_tables(state.version()) else _uploaded(run)
            truth = brought or own
            if truth is not None:
                _show_table(truth, run, other)
            return truth
        except FsatError as error:
            show_error(error, _BROKEN)
            return None


def _show_table(truth: Truth, run: Run, other: Run | None) -> None:
    scores = test_scores(run, truth)
    table = pd.DataFrame.from_dict(
        {
            plain(name.capitalize()): [f"{part.lwlrap:.3f}", f"{part.accuracy:.1%}", f"{part.num_clips:,}"]
            for name, part in scores.items()
        },
        orient="index",
        columns=["lwlrap", "Accuracy", "Clips"],
    )
    if other is not None:
        try:
            table.insert(1, "Change", _changes(scores, test_scores(other, truth)))
        except FsatError as error:
            st.caption(f":material/info: The other run has no test score: {explain(error)}")
    st.table(table, border="horizontal", alt="Scores on the test clips")
    if "Change" in table:
        st.caption("Change: in lwlrap, from the other run to this one.")


def _changes(scores: Mapping[str, Scores], others: Mapping[str, Scores]) -> list[str]:
    """Change of lwlrap in each part; a dash if the two runs do not have the same clips in it."""
    changes = []
    for name, mine in scores.items():
        theirs = others.get(name)
        same = theirs is not None and theirs.num_clips == mine.num_clips
        changes.append(f"{mine.lwlrap - theirs.lwlrap:+.3f}" if theirs is not None and same else "-")
    return changes


@cached_by_run(max_entries=24, hash_funcs={Truth: attrgetter("key")})
def test_scores(run: Run, truth: Truth) -> dict[str, Scores]:
    """Scores on the test clips that `truth` labels: all, and Public and Private where it tells them apart."""
    return evaluation.score_by_usage(evaluation.load_test(run, truth.table), truth.table)


def _truth_of_set(run: Run) -> Truth | None:
    """The labels in use of a run's test clips, if its data set is the one in use and any is known."""
    labels = judges(run)
    return None if labels is None else _known_truth(labels.key, labels)


def _uploaded(run: Run) -> Truth | None:
    """Labels of the test clips of a run from a file that is dragged in; None without one."""
    upload = upload_table("Labels of the test clips", ["csv"], key="evaluate_truth", help=_HELP)
    if upload is None:
        return None
    digest = hashlib.blake2b(upload.getvalue(), digest_size=16).hexdigest()
    truth = _read_upload(digest, tuple(run.test_clips()), upload)
    for line in truth.warnings:
        st.caption(f":material/warning: {explain(line)}")
    return truth


@st.cache_resource(max_entries=4, show_spinner=False)
def _known_truth(key: str, _labels: TrueLabels) -> Truth | None:
    table = known_truth(state.dataset(), _labels.table)
    return None if table is None else Truth(key, table)


@st.cache_resource(max_entries=4, show_spinner=False)
def _in_tables(version: int) -> bool:
    return known_truth(state.dataset()) is not None


@st.cache_resource(max_entries=4, show_spinner=False)
def _read_upload(digest: str, test_clips: tuple[str, ...], _upload: BinaryIO) -> Truth:
    warnings: list[str] = []
    table = evaluation.read_truth(_upload, test_clips, warnings.append)
    return Truth(f"{digest} {hash(test_clips)}", table, tuple(warnings))
