"""Predictions on a page: which networks take part, the answers for uploads, and how they are shown."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from fsat_core.charts.prediction import over_time_figure, top_classes_figure
from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import FsatError
from fsat_core.prediction import (
    ClipPrediction,
    describe_prediction,
    window_edges,
)
from fsat_core.prediction.clip_prediction import top_classes
from fsat_core.prediction.predict import SHORTEST_S
from fsat_core.runs import Run
from ui.player.component import Mark, Row, player
from ui.predict.clips import Clip
from ui.shared import state
from ui.shared.charts import show_chart
from ui.shared.runs import scores_of, start_run
from ui.shared.texts import explain, plain

NUM_TOP = 5
RUNS = "runs"  # the chosen runs: a key of the session and, bound to it, a query parameter
_LEAST_FULL = 0.05  # no colour is full below this probability: noise is not to look like an answer
_UNHEARD = {
    "silent": "Silent: no sample of the mono mix, which networks hear, is above -60 dBFS.",
    "too short to judge": f"Too short to judge: in less than {1000 * SHORTEST_S:.0f} ms there is no more "
    "than a click to hear.",
}


def describe_run(run: Run) -> str:
    """A run in a few words: network, recipe, and score where it has finished."""
    scores = scores_of(run)
    quality = f"out-of-fold lwlrap {scores['lwlrap']:.3f}" if scores else run.state
    return f"{run.config.network.title}, {run.config.recipe}, {quality}"


def start_training() -> None:
    """Start the training that the page offers."""
    st.session_state.pop("predict_error", None)
    config = starter_config()
    if config is None:  # a rescan has found less than the page was drawn with
        return
    try:
        start_run(config)
    except FsatError as error:
        st.session_state["predict_error"] = str(error)


def starter_config() -> TrainConfig | None:
    """What the page offers to train where there is no network yet; None where no clip has labels.

    That is the first split with labels.
    """
    labelled = set(state.catalogue().filter("num_labels > 0").counts("split")["split"]) - {"test"}
    present = [split for split in state.splits() if split in labelled]
    return TrainConfig.from_recipe("mfcc_cnn", "starter", splits=present[:1]) if present else None


def results_table(predictions: Sequence[ClipPrediction]) -> pd.DataFrame:
    """A row per clip with its three likeliest classes, for reading; probabilities in percent."""
    rows: list[list[object]] = []
    for prediction in predictions:
        if prediction.error:
            rows.append([prediction.name, "cannot be read", None, "", None])
            continue
        if prediction.unheard:
            rows.append([prediction.name, prediction.unheard, None, "", prediction.duration_s])
            continue
        (label, probability), *others = prediction.top(3)
        names = ", ".join(f"{name} {value:.0%}" for name, value in others)
        rows.append([prediction.name, label, 100 * probability, names, prediction.duration_s])
    return pd.DataFrame(rows, columns=["Clip", "Class", "Probability", "Next classes", "Length in s"])


def show_clip(clip: Clip, prediction: ClipPrediction) -> None:
    """One clip: its likeliest classes, the sound with waveform and spectrogram, and its course over time."""
    st.header(plain(clip.name), anchor=False)
    if prediction.warning:
        st.caption(f":material/warning: {explain(prediction.warning)}")
    if prediction.unheard:
        st.info(_UNHEARD[prediction.unheard], icon=":material/volume_off:")
        player(clip.to_play(), key="predict_player", label=clip.name)
        return
    has_course = len(prediction.window_starts_s) > 1
    show_chart(
        top_classes_figure(prediction, NUM_TOP),
        lambda: top_classes(prediction, NUM_TOP).rename_axis("class").reset_index(),
        key="predict_top",
        caption=f"Likeliest classes{', by the mean over all windows' if has_course else ''}.",
        alt=f"Likeliest classes of {clip.name}: {describe_prediction(prediction)}",
    )
    rows = class_rows(prediction) if has_course else []
    player(clip.to_play(), key="predict_player", label=clip.name, rows=rows)
    if rows:
        st.caption("Rows below the sound: percent in each window; the highest in full colour.")
        each = prediction.windows_each
        how = f" Each point is the largest of {each:,} neighbouring windows." if each > 1 else ""
        show_chart(
            over_time_figure(prediction, NUM_TOP),
            lambda: _course(prediction),
            key="predict_time",
            caption=f"Probability over time.{how}",
            alt=f"Probability of the likeliest classes over the {prediction.duration_s:.1f} s of {clip.name}",
        )


def _course(prediction: ClipPrediction) -> pd.DataFrame:
    """The probability of each class over time, a row for each window by the second of its middle."""
    table = pd.DataFrame(prediction.over_time, columns=list(prediction.labels))
    table.insert(0, "middle_s", prediction.window_starts_s + prediction.window_s / 2, allow_duplicates=True)
    return table


def class_rows(prediction: ClipPrediction) -> list[Row]:
    """A row for the player per likely class: how probable it is in each window.

    Full colour is the highest probability of all rows, so that a course is seen where all are low, too.
    """
    edges = window_edges(prediction)
    labels = [label for label, _ in prediction.top(NUM_TOP)]
    shown = np.clip(prediction.over_time[:, [prediction.labels.index(label) for label in labels]], 0, 1)
    highest = max(float(shown.max()), _LEAST_FULL)
    rows = []
    for label, values in zip(labels, shown.T, strict=True):
        marks = [
            Mark(float(start), float(stop), float(value) / highest, f"{100 * value:.0f}")
            for start, stop, value in zip(edges[:-1], edges[1:], values, strict=True)
        ]
        rows.append(Row(label, marks))
    return rows
