"""What several runs are worth together, worked out once for each choice of runs, and the submission."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import streamlit as st

from fsat_core import evaluation
from fsat_core.dataset import Dataset
from fsat_core.evaluation import Predictions, Scores
from fsat_core.prediction import combine_probabilities
from fsat_core.prediction.stacking import (
    Method,
    RunTable,
    Stack,
    align_oof,
    align_test,
    combine_runs,
    fit_stack_of,
    leave_one_run_out,
)
from fsat_core.prediction.submission import SubmissionReport, write_submission, write_top3
from fsat_core.runs import Run
from fsat_core.runs.predictions import with_truth
from ui.evaluate.results import oof
from ui.evaluate.truth import Truth
from ui.shared import state
from ui.shared.cached import Stamp, stamp


def alone(runs: Sequence[Run]) -> list[Scores]:
    """Scores of each run on the clips that all have; a class that a run does not know is its least likely."""
    return _alone(_stamps(runs), runs)


def combined(runs: Sequence[Run], method: Method) -> Scores:
    """Out-of-fold scores of all runs together."""
    return _combined(_stamps(runs), method, runs)


def left_out(runs: Sequence[Run], method: Method) -> pd.DataFrame:
    """What each run adds to the others, as from `leave_one_run_out`."""
    return _left_out(_stamps(runs), method, runs)


def combined_test(runs: Sequence[Run], method: Method, truth: Truth) -> dict[str, Scores]:
    """Scores of all runs together on the test clips, with the parts of `ui.evaluate.truth.test_scores`."""
    return _combined_test(_stamps(runs), truth.key, method, runs, truth.table)


def num_relabelled(runs: Sequence[Run]) -> int:
    """Number of the clips of all runs whose labels are not the same in all of them."""
    return _num_relabelled(_stamps(runs), runs)


def submission(runs: Sequence[Run], method: Method) -> tuple[bytes, SubmissionReport]:
    """`submission.csv` for the data set in use, and what the user should know of it."""
    return _submission(_stamps(runs), state.version(), method, runs)


def top_3(runs: Sequence[Run], method: Method) -> Callable[[], bytes]:
    """What writes the three likeliest classes of each test clip; called only where that is asked for."""
    data = state.dataset()
    return lambda: _write(write_top3, runs, data, method)[0]


def _stamps(runs: Sequence[Run]) -> tuple[Stamp, ...]:
    return tuple(map(stamp, runs))


def _fresh(runs: Sequence[Run]) -> list[Run]:
    """The same runs, none of whose files has been read yet."""
    return [Run(run.path) for run in runs]


# Resources and not data, as in ui.evaluate.results.
@st.cache_resource(max_entries=4, show_spinner=False)
def _table(stamps: tuple[Stamp, ...], _runs: Sequence[Run]) -> RunTable:
    return align_oof(_fresh(_runs))


@st.cache_resource(max_entries=4, show_spinner="Fitting ridge regression")
def _stack(stamps: tuple[Stamp, ...], _runs: Sequence[Run]) -> Stack:
    return fit_stack_of(_table(stamps, _runs))


@st.cache_resource(max_entries=12, show_spinner=False)
def _alone(stamps: tuple[Stamp, ...], _runs: Sequence[Run]) -> list[Scores]:
    table = _table(stamps, _runs)
    return [_score(table, np.nan_to_num(own)) for own in table.probabilities]


@st.cache_resource(max_entries=24, show_spinner=False)
def _combined(stamps: tuple[Stamp, ...], method: Method, _runs: Sequence[Run]) -> Scores:
    table = _table(stamps, _runs)
    if method == "ridge":
        return _score(table, _stack(stamps, _runs).oof)
    return _score(table, combine_probabilities(table.probabilities, method, table.normalise))


def _score(table: RunTable, probabilities: np.ndarray) -> Scores:
    return evaluation.score(Predictions(table.clip_ids, table.classes, table.truth, probabilities))


@st.cache_resource(max_entries=12, show_spinner="Leaving out each run in turn")
def _left_out(stamps: tuple[Stamp, ...], method: Method, _runs: Sequence[Run]) -> pd.DataFrame:
    return leave_one_run_out(_fresh(_runs), method)


@st.cache_resource(max_entries=24, show_spinner=False)
def _combined_test(
    stamps: tuple[Stamp, ...], key: str, method: Method, _runs: Sequence[Run], _truth: pd.DataFrame
) -> dict[str, Scores]:
    if method != "ridge":
        predictions = combine_runs(_fresh(_runs), method, "test", _truth)
    else:
        test = align_test(_fresh(_runs))
        probabilities = _stack(stamps, _runs).apply(test.probabilities)
        own = Predictions(test.clip_ids, test.classes, test.truth, probabilities)
        predictions = with_truth(own, _truth)
    return evaluation.score_by_usage(predictions, _truth)


@st.cache_resource(max_entries=12, show_spinner=False)
def _num_relabelled(stamps: tuple[Stamp, ...], _runs: Sequence[Run]) -> int:
    first, *others = map(oof, _runs)
    shared = set(_table(stamps, _runs).clip_ids)
    pairs = [evaluation.pair_up(baseline=other, candidate=first) for other in others]
    differs = {clip_id for pair in pairs for clip_id in pair.relabelled}
    return len(differs & shared)


@st.cache_resource(max_entries=4, show_spinner="Writing the submission")
def _submission(
    stamps: tuple[Stamp, ...], version: int, method: Method, _runs: Sequence[Run]
) -> tuple[bytes, SubmissionReport]:
    return _write(write_submission, _runs, state.dataset(), method)


def _write(
    write: Callable[[Path, Sequence[Run], Dataset, Method], SubmissionReport],
    runs: Sequence[Run],
    data: Dataset,
    method: Method,
) -> tuple[bytes, SubmissionReport]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "submission.csv"
        report = write(path, _fresh(runs), data, method)
        return path.read_bytes(), report
