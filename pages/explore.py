"""Explore: what is in the data set. A click on a bar opens the clips behind it."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fsat_core.charts import counts, lengths
from fsat_core.charts.style import name_of
from fsat_core.dataset import Catalogue, split_labels, statistics
from fsat_core.dataset.length_distribution import Unit, length_histogram
from fsat_core.listing import LabelKind
from ui.explore.class_lengths import show_class_lengths
from ui.explore.sound_map import show_map
from ui.explore.together import show_cooccurrence, show_labels_per_clip
from ui.shared import state
from ui.shared.charts import choose_point
from ui.shared.guard import require_app
from ui.shared.links import clips_query, open_class, open_clips, read_number
from ui.shared.texts import plain

require_app(__file__)

SAMPLE_SIZE = 10
SAMPLE = "sample"  # which random sample: a query parameter
MOST_SAMPLES = 2**32  # which a random number generator tells apart
UNITS: tuple[Unit, ...] = ("seconds", "frames")
LABEL_KINDS: dict[LabelKind, str] = {"all": "Any", "single": "One", "several": "Several"}
MEANINGS = {
    "Examples": "Rows of the tables, one per clip; a clip whose file cannot be read is counted too.",
    "Label strings": "Different entries in the labels column: `Bark`, `Yell` and `Bark,Yell` are three.",
    "Classes": "Different class names in those entries.",
    "Single-label classes": "Classes that are left when every row with more than one label is dropped.",
}
UNKNOWN_LABELS = "The labels of these clips are not known."


def by_split(clips: Catalogue) -> pd.DataFrame:
    """The counts of each split, under the names that the page uses."""
    table = pd.DataFrame(statistics.summarise(clips)["splits"]).T
    columns = ["num_clips", "num_label_strings", "num_classes", "num_classes_single_label"]
    table = table[columns].set_axis(list(MEANINGS), axis="columns")
    total_s = clips.ask("split, coalesce(sum(duration_s), 0) AS total_s", group="split").set_index("split")[
        "total_s"
    ]
    table["Total length"] = pd.to_timedelta(total_s.round(), unit="s")
    return table.rename(index=str.capitalize)


def class_bars(clips: Catalogue) -> tuple[pd.DataFrame, go.Figure]:
    """Clips per class, and the chart of them: Plotly takes longer to make it than the page for all else."""
    class_counts = statistics.class_counts(clips)
    return class_counts, counts.class_counts_figure(class_counts)


def reshuffle() -> None:
    """Draw other rows for the sample."""
    st.query_params[SAMPLE] = str(sample_number() + 1)


def sample_number() -> int:
    """The number of the sample that the address asks for."""
    return (read_number(st.query_params.get(SAMPLE, "")) or 0) % MOST_SAMPLES


st.title("Explore", anchor=False)

present = [part.split for part in state.dataset().parts]
with st.container(horizontal=True, gap="medium"):
    splits = st.pills(
        "Splits",
        present,
        default=present,
        format_func=str.capitalize,
        selection_mode="multi",
        key="explore_splits",
        bind="query-params",
    )
    label_kind = st.segmented_control(
        "Labels per clip",
        list(LABEL_KINDS),
        default="all",
        required=True,
        format_func=LABEL_KINDS.__getitem__,
        key="explore_label_kind",
        bind="query-params",
    )

numbers = state.numbers(splits, label_kind)
if not numbers["num_clips"]:
    st.info("No clip is left. Choose another split or number of labels.", icon=":material/filter_alt:")
    st.stop()

with st.grid(4, min_column_width=150):
    for name, key in zip(
        MEANINGS, ["num_clips", "num_label_strings", "num_classes", "num_classes_single_label"], strict=True
    ):
        st.metric(name, f"{numbers[key]:,}", help=MEANINGS[name], border=True)

classes_tab, lengths_tab, together_tab, map_tab, rows_tab = st.tabs(
    ["Classes", "Lengths", "Labels per clip", "Map", "Rows"],
    key="tab",
    on_change="rerun",
    bind="query-params",
)

if classes_tab.open:
    with classes_tab:
        class_counts, bars = state.worked_out(class_bars, splits, label_kind)
        if class_counts.empty:
            st.info(UNKNOWN_LABELS, icon=":material/label_off:")
        else:
            extremes = statistics.describe_extremes(class_counts)
            st.markdown(plain(extremes))
            point = choose_point(
                bars,
                class_counts.rename_axis("class").reset_index(),
                key="explore_classes",
                caption="A clip with several labels counts for each of them. Click a bar to open its class.",
                alt=f"Clips per class. {extremes}",
            )
            if point:
                open_class(name_of(point["y"]))

if lengths_tab.open:
    with lengths_tab:
        with st.container(horizontal=True, vertical_alignment="center"):
            unit = st.segmented_control(
                "Unit",
                UNITS,
                default="seconds",
                required=True,
                format_func=str.capitalize,
                label_visibility="collapsed",
                key="explore_unit",
                bind="query-params",
            )
            log_lengths = st.toggle("Log lengths", key="explore_log_lengths", bind="query-params")
            log_counts = st.toggle("Log counts", value=True, key="explore_log_counts", bind="query-params")
        histogram = state.worked_out(length_histogram, splits, label_kind, unit, log_lengths)
        point = choose_point(
            lengths.length_histogram_figure(histogram, log_counts),
            histogram.table(),
            key="explore_lengths",
            caption="Click a bar to open the clips of that length.",
            alt=f"Clips by length in {unit}, training and test clips in 100 bins over one axis",
        )
        if point:
            bounds = histogram.bounds[point["customdata"]].tolist()
            open_clips(clips_query(splits, lengths=bounds, unit=unit, labels=label_kind))
        show_class_lengths(splits, label_kind, unit)

if together_tab.open:
    with together_tab:
        show_labels_per_clip(splits, label_kind)
        show_cooccurrence(splits, label_kind)

if map_tab.open:
    with map_tab:
        show_map(splits, label_kind)

if rows_tab.open:
    with rows_tab:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header("Random sample", anchor=False)
            st.button("Reshuffle", icon=":material/shuffle:", on_click=reshuffle, key="explore_reshuffle")
        st.caption("Tick a row to open its clip.")
        sample = state.selection(splits, label_kind).sample(SAMPLE_SIZE, sample_number())
        picked = st.dataframe(
            sample[["fname", "duration_s", "num_frames", "sample_rate"]].assign(
                split=sample["split"].str.capitalize(), labels=sample["labels"].map(split_labels)
            ),
            column_order=["split", "fname", "duration_s", "labels", "num_frames", "sample_rate"],
            column_config={
                "split": st.column_config.TextColumn("Split"),
                "fname": st.column_config.TextColumn("File"),
                "labels": st.column_config.ListColumn("Labels", width="medium"),
                "duration_s": st.column_config.NumberColumn("Length", format="%.2f s"),
                "num_frames": st.column_config.NumberColumn("Frames", format="localized"),
                "sample_rate": st.column_config.NumberColumn("Rate in Hz", format="localized"),
            },
            hide_index=True,
            key="explore_rows",
            on_select="rerun",
            selection_mode="single-row",
            alt="A random sample of rows of the data set",
        )
        if picked.selection.rows:
            open_clips(clips_query(clip=sample["clip_id"].iloc[picked.selection.rows[0]]))
        st.header("Splits", anchor=False)
        st.dataframe(
            state.worked_out(by_split, splits, label_kind),
            column_config={name: st.column_config.NumberColumn(format="localized") for name in MEANINGS}
            | {"Total length": st.column_config.NumberColumn(format="compact")},
            alt="Counts of each split",
        )
