"""The score of a class over runs, and what the best run confuses it with, on the page *Classes*."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from fsat_core.charts.class_view import class_history_figure, confused_figure
from fsat_core.charts.style import name_of
from fsat_core.errors import FsatError
from fsat_core.evaluation.class_view import confused_with
from fsat_core.runs import Run
from ui.evaluate import results
from ui.shared.charts import choose_point
from ui.shared.links import EVALUATE_PAGE, TRAIN_PAGE, evaluation_query
from ui.shared.texts import explain, plain

_MOST_RUNS = 30  # of more, the newest: older ones would not be read apart
_COLUMNS = ["run", "made", "network", "lwlrap", "low", "high", "count"]


def show_history(label: str, runs: Sequence[Run]) -> None:
    """The lwlrap of a class in each finished run, the oldest first; a click opens that run on Evaluate."""
    st.subheader("Score over runs", anchor=False)
    if not runs:
        st.info(
            "No finished run of this data set yet: its score comes with the first one.",
            icon=":material/model_training:",
        )
        st.page_link(TRAIN_PAGE, label="Train a network", icon=":material/model_training:")
        return
    history = _history(label, runs)
    if history.empty:
        st.info(
            "No run has a scored clip of this class: those so far were trained without it.",
            icon=":material/label_off:",
        )
        st.page_link(TRAIN_PAGE, label="Train a network", icon=":material/model_training:")
        return
    newest = history.iloc[-1]
    which = f" The newest {_MOST_RUNS} runs." if len(runs) > _MOST_RUNS else ""
    point = choose_point(
        class_history_figure(history),
        history,
        key="class_history",
        caption="Dot: lwlrap of this class, out of fold, the oldest run first. Line: its 95 % interval, from "
        f"500 bootstrap resamples of the clips.{which} Click a dot to open that run on Evaluate.",
        alt=f"lwlrap of {label} in {len(history)} runs, {newest['lwlrap']:.3f} in the newest",
    )
    if point:
        run_id = history["run"].iloc[point["point_index"]]
        st.switch_page(EVALUATE_PAGE, query_params=evaluation_query(run_id, "Classes"))


def _history(label: str, runs: Sequence[Run]) -> pd.DataFrame:
    """The scores of a class, a row for each run that knows it, the oldest first."""
    rows, failures = [], []
    for run in sorted(runs, key=lambda run: run.run_id)[-_MOST_RUNS:]:
        try:
            score = results.class_score(run, label)
        except FsatError as error:
            failures.append(str(error))
            continue
        if score is not None:
            rows.append([run.run_id, _made(run), run.config.model, *(score[name] for name in _COLUMNS[3:])])
    for failure in failures:
        st.caption(f":material/warning: {explain(failure)}")
    return pd.DataFrame(rows, columns=_COLUMNS)


def _made(run: Run) -> str:
    """When a run was made, in as little room as an axis has."""
    try:
        return f"{datetime.strptime(run.run_id[:15], '%Y%m%d-%H%M%S'):%-d %b %H:%M}"
    except ValueError:  # a folder that somebody has renamed
        return run.run_id


def show_confusions(label: str, run: Run | None) -> None:
    """The classes that the best run confuses with a class; a click opens the clips behind one."""
    st.subheader("Confused with", anchor=False)
    if run is None:
        st.info(
            "Which classes are confused is known once a run has finished.", icon=":material/model_training:"
        )
        return
    try:
        found = results.confusions(run)
    except FsatError as error:
        st.caption(f":material/warning: {explain(error)}")
        return
    table = confused_with(found, label) if label in found.counts.index else pd.DataFrame()
    if table.empty:
        known = label in found.counts.index
        why = "takes it for no other class, and none for it" if known else "was trained without it"
        st.info(f"The best run {why}.", icon=":material/check_circle:" if known else ":material/label_off:")
        return
    how = (
        "likeliest class, out of fold"
        if not found.outranked
        else "a class that clips lack, above one they have"
    )
    point = choose_point(
        confused_figure(table, label),
        table,
        key="class_confusions",
        caption=f"By the best run, {plain(run.run_id)}: {how}. Click a bar to hear those clips on Evaluate.",
        alt=f"Classes confused with {label}, most often {table['class'].iloc[0]}",
    )
    if point:
        other = name_of(point["y"])
        cell = (label, other) if point["curve_number"] == 0 else (other, label)
        st.switch_page(EVALUATE_PAGE, query_params=evaluation_query(run.run_id, "Confusion", cell))
