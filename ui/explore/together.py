"""How many labels clips have and which classes occur together, on Explore; a click opens those clips."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from fsat_core.charts.cooccurrence import cooccurrence_figure
from fsat_core.charts.counts import labels_per_clip_figure
from fsat_core.dataset import statistics
from fsat_core.listing import LabelKind
from ui.shared import state
from ui.shared.charts import choose_point
from ui.shared.links import clips_query, open_clips
from ui.shared.texts import plain


def show_labels_per_clip(splits: Sequence[str], label_kind: LabelKind) -> None:
    """The clips of each number of labels."""
    counts = state.worked_out(statistics.labels_per_clip, splits, label_kind)
    point = choose_point(
        labels_per_clip_figure(counts),
        counts.reset_index(),
        key="explore_labels_per_clip",
        caption="Click a bar to open the clips of so many labels.",
        alt="Clips by number of labels",
    )
    if point:
        open_clips(clips_query(splits, num_labels=int(counts.index[point["point_index"]])))


def show_cooccurrence(splits: Sequence[str], label_kind: LabelKind) -> None:
    """The clips of each pair of classes."""
    st.header("Classes that occur together", anchor=False)
    pairs = state.worked_out(statistics.cooccurrence, splits, label_kind)
    if pairs.empty:
        st.info("No clip here has more than one label.", icon=":material/label:")
        return
    summary = statistics.describe_pairs(pairs)
    st.markdown(plain(summary))
    point = choose_point(
        cooccurrence_figure(pairs),
        lambda: _list_pairs(pairs),
        key="explore_pairs",
        caption="Click a cell to open the clips that carry both labels.",
        alt=summary,
    )
    if point:
        label, also = pairs.index[int(point["y"])], pairs.index[int(point["x"])]
        open_clips(clips_query(splits, label=label, also=also))


def _list_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs that occur, each once: columns `class, with, clips`, most clips first."""
    rows, columns = np.nonzero(np.triu(pairs.to_numpy()))
    table = pd.DataFrame(
        {"class": pairs.index[rows], "with": pairs.columns[columns], "clips": pairs.to_numpy()[rows, columns]}
    )
    return table.sort_values("clips", ascending=False, kind="stable")
