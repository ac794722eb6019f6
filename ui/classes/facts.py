"""How many clips a class has and how long they are, on the page *Classes*."""

import pandas as pd
import streamlit as st

from fsat_core.charts.lengths import length_histogram_figure
from fsat_core.dataset import Catalogue
from fsat_core.dataset.length_distribution import LengthHistogram, Unit, length_histogram
from ui.shared import state
from ui.shared.charts import choose_point
from ui.shared.links import clips_query, open_clips
from ui.shared.texts import plain

_HEIGHT = 260
_NUM_BINS = 50  # fewer than of the whole set: a class has few clips
_UNIT: Unit = "seconds"


def show_counts(rows: pd.DataFrame) -> None:
    """The clips of a class: all of them, and those of each split."""
    total_s = rows["duration_s"].sum()
    splits = rows["split"].value_counts()
    with st.grid(4, min_column_width=150):
        st.metric("Clips", f"{len(rows):,}", border=True)
        for split in state.splits():
            if split in splits.index:
                st.metric(plain(split.capitalize()), f"{splits[split]:,}", border=True)
        st.metric("Total length", plain(_duration(total_s)), border=True)


def show_lengths(label: str, clips: Catalogue, rows: pd.DataFrame) -> None:
    """How long the clips of a class are; a click on a bar opens those clips."""
    st.subheader("Lengths", anchor=False)
    readable = rows.loc[rows["num_frames"] > 0, "duration_s"]
    if readable.empty:
        st.info("No clip of this class can be read, so none has a length.", icon=":material/broken_image:")
        return
    low, median, high = readable.quantile([0.25, 0.5, 0.75])
    summary = (
        f"Median {median:.2f} s, middle half {low:.2f} to {high:.2f} s, from {readable.min():.2f} to "
        f"{readable.max():.2f} s."
    )
    histogram = _histogram(state.labels_in_use().key, label, clips)
    point = choose_point(
        length_histogram_figure(histogram).update_layout(height=_HEIGHT),
        histogram.table(),
        key="class_lengths",
        caption=f"{summary} Click a bar to open the clips of that length.",
        alt=f"Clips of {label} by length in seconds. {summary}",
    )
    if point:
        bounds = histogram.bounds[point["customdata"]].tolist()
        open_clips(clips_query(lengths=bounds, unit=_UNIT, label=label))


@st.cache_resource(max_entries=32, show_spinner=False)
def _histogram(key: str, label: str, _clips: Catalogue) -> LengthHistogram:
    return length_histogram(_clips, _UNIT, num_bins=_NUM_BINS)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
