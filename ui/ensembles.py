"""Several runs together on a page: what each combination is worth, which runs help, and the submission."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import streamlit as st

from fsat_core import evaluation
from fsat_core.ensemble.stacking import METHODS, Method, align_oof, combine_runs, leave_one_run_out
from fsat_core.ensemble.submission import SubmissionReport, write_submission, write_top3
from fsat_core.errors import FsatError
from fsat_core.evaluation import Predictions, Scores
from fsat_core.runs import Run
from ui import prediction, state
from ui.evaluation import Stamp, stamp

RUNS = "ensemble"
_METHOD = "ensemble_method"
_NAMES: dict[Method, str] = {
    "geometric": "Geometric mean",
    "arithmetic": "Arithmetic mean",
    "ridge": "Ridge regression",
}
_HELP: dict[Method, str] = {
    "geometric": "A confident no of one run weighs more.",
    "arithmetic": "Every run weighs the same.",
    "ridge": "Learns from all classes of all runs at once, and so from what occurs together. "
    "Each clip is judged by a fit on the other folds.",
}
_FEW = 3
_SAME = 0.0005  # smaller differences are not seen in three digits


def show_ensemble(run: Run, other: Run | None, finished: Mapping[str, Run]) -> None:
    """Choose runs and a combination; see what it is worth, and download what it says of the test clips."""
    _fill_choice(run, other, finished)
    chosen = st.multiselect(
        "Runs",
        list(finished),
        key=RUNS,
        persist_state="session",
        help="At first, the runs above and the best one of each network.",
    )
    runs = [finished[run_id] for run_id in chosen]
    if len(runs) < 2:
        st.info("Choose at least two runs.", icon=":material/hub:")
        return
    try:
        results = _show_methods(runs)
        method = st.segmented_control(
            "Combination",
            list(results),
            default="geometric",
            required=True,
            format_func=_NAMES.__getitem__,
            key=_METHOD,
            persist_state="session",
        )
        _show_members(runs, method)
    except FsatError as error:
        st.error(str(error), icon=":material/broken_image:")
        return
    _offer_submission(runs, method)


def _fill_choice(run: Run, other: Run | None, finished: Mapping[str, Run]) -> None:
    if RUNS not in st.session_state:
        first = [run, *([other] if other else []), *prediction.best_runs(list(finished.values()))]
        ids = list(dict.fromkeys(each.run_id for each in first))
        st.session_state[RUNS] = ids if len(ids) > 1 else [*ids, *_alike(run, finished)][:_FEW]
    st.session_state[RUNS] = [run_id for run_id in st.session_state[RUNS] if run_id in finished]


def _alike(run: Run, finished: Mapping[str, Run]) -> list[str]:
    """Other runs of the same task and splits, newest first."""
    wanted = run.config.task, run.config.splits
    return [
        run_id
        for run_id, other in finished.items()
        if run_id != run.run_id and (other.config.task, other.config.splits) == wanted
    ]


def _show_methods(runs: Sequence[Run]) -> dict[Method, Scores]:
    """What each combination is worth beside the best run alone, and whether ridge regression pays."""
    stamps = tuple(map(stamp, runs))
    results: dict[Method, Scores] = {"geometric": _combined(stamps, "geometric", runs)}
    failure = ""
    for method in METHODS[1:]:
        try:
            results[method] = _combined(stamps, method, runs)
        except FsatError as error:  # of ridge regression alone: the means have no further conditions
            failure = str(error)
    best = max(each.lwlrap for each in _alone(stamps, runs))
    with st.grid(4, min_column_width=150):
        st.metric("Best run alone", f"{best:.3f}", border=True, height="stretch")
        for method, result in results.items():
            st.metric(
                _NAMES[method],
                f"{result.lwlrap:.3f}",
                f"{result.lwlrap - best:+.3f}",
                border=True,
                height="stretch",
                help=_HELP[method],
            )
    clips = results["geometric"].num_clips
    these = "both" if len(runs) == 2 else f"all {len(runs)}"
    st.caption(
        f"Out-of-fold lwlrap, and its change from the best run, over the {clips:,} clips of {these} runs."
    )
    if failure:
        st.warning(failure, icon=":material/function:")
    else:
        st.markdown(_compare_ridge(results["ridge"].lwlrap - results["geometric"].lwlrap))
    return results


def _compare_ridge(gain: float) -> str:
    """Whether ridge regression is worth it, in a sentence."""
    if gain >= _SAME:
        return f":material/trending_up: Ridge regression beats the geometric mean by **{gain:.3f}** lwlrap."
    if gain > -_SAME:
        return (
            ":material/trending_flat: Ridge regression does **not** beat the geometric mean: both are equal."
        )
    return (
        f":material/trending_down: Ridge regression does **not** beat the geometric mean: "
        f"it is **{-gain:.3f}** lwlrap worse."
    )


def _show_members(runs: Sequence[Run], method: Method) -> None:
    """A row per run: what it is worth alone, and what it adds to the others."""
    stamps = tuple(map(stamp, runs))
    without = _left_out(stamps, method, runs)
    table = pd.DataFrame(
        {
            "Run": [run.run_id for run in runs],
            "It adds": -without["change"].to_numpy(),
            "Alone": [each.lwlrap for each in _alone(stamps, runs)],
            "Without it": without["lwlrap_without"].to_numpy(),
            "Recipe": [run.config.recipe for run in runs],
        }
    )
    st.dataframe(
        table.sort_values("It adds", ascending=False),
        hide_index=True,
        height="content",
        column_config={
            "Alone": st.column_config.NumberColumn(format="%.3f", help="Its own lwlrap, out of fold"),
            "Without it": st.column_config.NumberColumn(format="%.3f", help="lwlrap of the others together"),
            "It adds": st.column_config.NumberColumn(
                format="%+.3f", help="lwlrap of all, less that of the others: below 0, leave the run out"
            ),
        },
        alt="Each run of the ensemble: its lwlrap alone, that of the others without it, and what it adds",
    )
    useless = table.loc[table["It adds"] < -_SAME, "Run"].tolist()
    if useless:
        st.caption(f":material/info: Better without {_join(useless)}, in this combination.")
    else:
        st.caption("Every run helps, or at least does no harm, in this combination.")


def _join(names: Sequence[str]) -> str:
    return " or ".join(names)


def _offer_submission(runs: Sequence[Run], method: Method) -> None:
    """Buttons for the two forms of the submission, below what the user should know of them."""
    try:
        full, top_3, report = _submissions(tuple(map(stamp, runs)), state.version(), method, runs)
    except FsatError as error:
        st.info(f"No submission: {error}", icon=":material/upload_file:")
        return
    for line in report.warnings:
        st.warning(line, icon=":material/warning:")
    with st.container(horizontal=True):
        st.download_button(
            "Download submission.csv",
            full,
            "submission.csv",
            "text/csv",
            type="primary",
            icon=":material/download:",
            on_click="ignore",
            help=f"A probability per class for each of the {report.num_rows:,} test clips: "
            f"{_NAMES[method].lower()} of {len(runs)} runs.",
        )
        st.download_button(
            "Download the top 3",
            top_3,
            "top_3.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="The names of the three likeliest classes of each test clip, split by spaces.",
        )


@st.cache_resource(max_entries=12, show_spinner=False)
def _alone(stamps: tuple[Stamp, ...], _runs: Sequence[Run]) -> list[Scores]:
    """Scores of each run on the clips that all have; a class that a run does not know is its least likely."""
    table = align_oof(_fresh(_runs))
    return [
        evaluation.score(Predictions(table.clip_ids, table.classes, table.truth, np.nan_to_num(own)))
        for own in table.probabilities
    ]


@st.cache_resource(max_entries=24, show_spinner="Combining the runs")
def _combined(stamps: tuple[Stamp, ...], method: Method, _runs: Sequence[Run]) -> Scores:
    return evaluation.score(combine_runs(_fresh(_runs), method))


@st.cache_resource(max_entries=12, show_spinner="Leaving out each run in turn")
def _left_out(stamps: tuple[Stamp, ...], method: Method, _runs: Sequence[Run]) -> pd.DataFrame:
    return leave_one_run_out(_fresh(_runs), method)


@st.cache_resource(max_entries=4, show_spinner="Writing the submission")
def _submissions(
    stamps: tuple[Stamp, ...], version: int, method: Method, _runs: Sequence[Run]
) -> tuple[bytes, bytes, SubmissionReport]:
    runs, data = _fresh(_runs), state.dataset()
    with TemporaryDirectory() as folder:
        full, top_3 = Path(folder) / "submission.csv", Path(folder) / "top_3.csv"
        report = write_submission(full, runs, data, method)
        write_top3(top_3, runs, data, method)
        return full.read_bytes(), top_3.read_bytes(), report


def _fresh(runs: Sequence[Run]) -> list[Run]:
    """The same runs, none of whose files has been read yet."""
    return [Run(run.path) for run in runs]
