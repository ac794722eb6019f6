"""What Evaluate shows, worked out once per run: every answer is kept until a file of the run changes."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import streamlit as st

from fsat_core import evaluation
from fsat_core.charts import evaluation as charts
from fsat_core.errors import FsatError
from fsat_core.evaluation import Predictions, Scores
from fsat_core.runs import Run, find_run
from ui import state, training

RUN = "evaluate"  # the run in view, and the one it is compared with: keys of the session and, bound to them,
OTHER = "compare"  # query parameters
_FILES = ("oof.parquet", "test.parquet", "labels.csv", "classes.json", "skipped.csv")

Stamp = tuple[str, tuple[tuple[int, int], ...]]


def finished_runs() -> dict[str, Run]:
    """The runs that can be judged by their name, newest first."""
    return {run.run_id: run for run in training.all_runs() if run.state == "finished"}


def choose(key: str, run_ids: Sequence[str], default: str | None) -> None:
    """Fill in a choice of run: what the URL asks for, else what was chosen before, else the default."""
    asked = st.session_state.get(key, st.query_params.get(key))
    if asked is not None and asked not in run_ids:
        st.error(_why_not(asked), icon=":material/search_off:")
    st.session_state[key] = asked if asked in run_ids else default


def _why_not(run_id: str) -> str:
    """Why a run that was asked for cannot be judged."""
    try:
        run = find_run(state.settings().runs_dir, run_id)
        _ = run.config
        return f"Run '{run_id}' ({run.state}) has not finished: expected a finished run. Choose another one."
    except FsatError as error:
        return str(error)


def stamp(run: Run) -> Stamp:
    """The files that everything here is worked out from, with their times and sizes."""
    return str(run.path), tuple(_file_stamp(run.path / name) for name in _FILES)


def _file_stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


def oof(run: Run) -> Predictions:
    """The out-of-fold predictions of a run; a RunError where they cannot be read. Never to be changed."""
    return _oof(stamp(run), run)


def scores(run: Run) -> Scores:
    """Overall out-of-fold scores."""
    return _scores(stamp(run), run)


def shared_scores(run: Run, other: Run) -> tuple[Scores, Scores]:
    """Scores of two runs on the clips that both have, with the classes of both."""
    return _shared_scores(stamp(run), stamp(other), run, other)


def class_scores(run: Run) -> pd.DataFrame:
    """Score, interval and count of each class, as the chart draws them."""
    return _class_scores(stamp(run), run)


def class_changes(other: Run, run: Run) -> pd.DataFrame:
    """Change of each class from `other` to `run`, as the chart draws them."""
    return _class_changes(stamp(other), stamp(run), other, run)


def worst_clips(run: Run) -> pd.DataFrame:
    """All labelled clips, most wrong first."""
    return _worst_clips(stamp(run), run)


def calibration(run: Run) -> pd.DataFrame:
    """How often classes were there, by the probability that they were given."""
    return _calibration(stamp(run), run)


def confusion(run: Run) -> pd.DataFrame:
    """Number of clips of each class by the class that they were taken for; of clips with one label."""
    return _confusion(stamp(run), run)


def own_truth(run: Run) -> pd.DataFrame | None:
    """The labels of a run's test clips, if its data set is the one in use and comes with them; else None."""
    if not is_of_this_set(run):
        return None
    truth = _own_truth(state.version())
    return truth if (truth["labels"] != "").any() else None


def is_of_this_set(run: Run) -> bool:
    """Whether a run was trained on the data set in use."""
    try:
        return run.data_dir == state.dataset().root
    except FsatError:  # not known: a run from elsewhere
        return False


def read_upload(name: str, content: bytes) -> pd.DataFrame:
    """Labels of test clips in an uploaded CSV; a DatasetError where it cannot be used."""
    return _read_upload(hashlib.blake2b(content, digest_size=16).hexdigest(), Path(name).name, content)


def test_scores(run: Run, truth: pd.DataFrame) -> dict[str, Scores]:
    """Scores on the test clips that `truth` labels: all, and Public and Private where it tells them apart."""
    return evaluation.score_by_usage(evaluation.load_test(run, truth), truth)


# Resources and not data: what they return is never changed, and copying it at each rerun would be waste.
@st.cache_resource(max_entries=12, show_spinner="Reading the predictions")
def _oof(stamp: Stamp, _run: Run) -> Predictions:
    # A new Run, which has not read anything yet: the one at hand keeps facts of the files before a change.
    return evaluation.load_oof(Run(_run.path))


@st.cache_resource(max_entries=24, show_spinner=False)
def _scores(stamp: Stamp, _run: Run) -> Scores:
    return evaluation.score(_oof(stamp, _run))


@st.cache_resource(max_entries=12, show_spinner=False)
def _shared_scores(stamp: Stamp, other_stamp: Stamp, _run: Run, _other: Run) -> tuple[Scores, Scores]:
    first, second = _oof(stamp, _run), _oof(other_stamp, _other)
    classes = [*first.classes, *sorted(set(second.classes) - set(first.classes))]
    known = set(second.clip_ids)
    shared = [clip_id for clip_id in first.clip_ids if clip_id in known]
    both = (predictions.select(shared).widen(classes) for predictions in (first, second))
    mine, others = (evaluation.score(predictions) for predictions in both)
    return mine, others


@st.cache_resource(max_entries=12, show_spinner="Scoring each class")
def _class_scores(stamp: Stamp, _run: Run) -> pd.DataFrame:
    return charts.sort_scores(evaluation.per_class(_oof(stamp, _run)))


@st.cache_resource(max_entries=12, show_spinner=False)
def _class_changes(other_stamp: Stamp, stamp: Stamp, _other: Run, _run: Run) -> pd.DataFrame:
    return charts.sort_changes(evaluation.compare(_oof(other_stamp, _other), _oof(stamp, _run)))


@st.cache_resource(max_entries=12, show_spinner=False)
def _worst_clips(stamp: Stamp, _run: Run) -> pd.DataFrame:
    predictions = _oof(stamp, _run)
    return evaluation.worst_clips(predictions, len(predictions.clip_ids))


@st.cache_resource(max_entries=12, show_spinner=False)
def _calibration(stamp: Stamp, _run: Run) -> pd.DataFrame:
    return evaluation.calibration(_oof(stamp, _run))


@st.cache_resource(max_entries=12, show_spinner=False)
def _confusion(stamp: Stamp, _run: Run) -> pd.DataFrame:
    return evaluation.confusion(_oof(stamp, _run))


@st.cache_resource(max_entries=2, show_spinner=False)
def _own_truth(version: int) -> pd.DataFrame:
    return evaluation.read_truth(state.dataset())


@st.cache_resource(max_entries=4, show_spinner=False)
def _read_upload(digest: str, name: str, _content: bytes) -> pd.DataFrame:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(_content)
        return evaluation.read_truth(path)
