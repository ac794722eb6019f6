"""What is wrong where in a run, a tab of Evaluate each: classes, confusions, calibration, worst clips."""

import pandas as pd
import streamlit as st

from fsat_core.charts import confusion
from fsat_core.charts import evaluation as charts
from fsat_core.dataset import clip_path, split_labels
from fsat_core.errors import FsatError
from fsat_core.runs import Run
from ui import evaluation, state
from ui.links import CLIPS_PAGE, clips_query
from ui.player import player

_CHART_CONFIG = {"displayModeBar": False}
_ALL = "All classes"
_NUM_WORST = 100
_NUM_CONFUSIONS = 12
_MAX_ROWS = 6
_TABLE_HEIGHT = 250
_CHANGE, _SCORES = "Change", "Scores"


def show_classes(run: Run, other: Run | None) -> None:
    """Each class's score; with a second run, the change from it."""
    if other is not None:
        view = st.segmented_control(
            "Show",
            [_CHANGE, _SCORES],
            default=_CHANGE,
            required=True,
            key="evaluate_classes_view",
            label_visibility="collapsed",
            persist_state="session",
        )
        if view == _CHANGE:
            _show_changes(run, other)
            return
    scores = evaluation.class_scores(run)
    if scores.empty:
        st.info("No clip of this run has a label.", icon=":material/label_off:")
        return
    summary = charts.describe_class_scores(scores)
    st.markdown(summary)
    st.caption(
        "Dot: lwlrap, out of fold. Line: its 95 % interval, by drawing the clips anew. Bold: number of clips."
    )
    st.plotly_chart(
        charts.class_scores_figure(scores),
        key="evaluate_classes",
        config=_CHART_CONFIG,
        alt=f"lwlrap of each class with its interval, the hardest on top. {summary}",
    )


def _show_changes(run: Run, other: Run) -> None:
    changes = evaluation.class_changes(other, run)
    if changes.empty:
        st.info("The two runs have no clip and class in common.", icon=":material/compare_arrows:")
        return
    summary = charts.describe_changes(changes)
    st.markdown(summary)
    st.caption(
        f"From {other.run_id} to {run.run_id}, on the clips that both have. Bold: number of those clips. "
        "With few clips, chance alone changes a class by a lot."
    )
    st.plotly_chart(
        charts.class_changes_figure(changes),
        key="evaluate_changes",
        config=_CHART_CONFIG,
        alt=f"Change in lwlrap of each class, the largest loss on top. {summary}",
    )


def show_confusion(run: Run) -> None:
    """Which class is taken for which, where each clip has one."""
    if run.config.task != "single":
        st.info(
            "A clip of this run may have several labels, so none is taken for another. "
            "*Worst clips* shows what is heard wrongly.",
            icon=":material/label:",
        )
        return
    counts = evaluation.confusion(run)
    summary = confusion.describe_confusion(counts)
    st.markdown(summary)
    st.caption("Row: the true class. Column: the likeliest class, out of fold. Colour: share of the row.")
    st.plotly_chart(
        confusion.confusion_figure(counts), key="evaluate_confusion", config=_CHART_CONFIG, alt=summary
    )
    pairs = confusion.largest_confusions(counts, _NUM_CONFUSIONS)
    if pairs.empty:
        return
    st.subheader("Largest confusions", anchor=False)
    st.dataframe(
        pairs.assign(share=100 * pairs["share"]).set_axis(
            ["True class", "Heard as", "Clips", "Of that class"], axis="columns"
        ),
        hide_index=True,
        height="content" if len(pairs) <= _NUM_CONFUSIONS else _TABLE_HEIGHT,
        column_config={
            "Of that class": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100)
        },
        alt="Pairs of a true class and the class that its clips were taken for, most clips first",
    )


def show_calibration(run: Run) -> None:
    """Whether the probabilities mean what they say."""
    bins = evaluation.calibration(run)
    if not bins["count"].any():
        st.info("No clip of this run has a label.", icon=":material/label_off:")
        return
    summary = charts.describe_calibration(bins)
    st.markdown(summary)
    st.caption(
        "Every probability of every clip and class, in ten bins. Below the dashed line, the run is too sure. "
        "The bars count the probabilities in each bin, on a log scale."
    )
    st.plotly_chart(
        charts.reliability_figure(bins), key="evaluate_calibration", config=_CHART_CONFIG, alt=summary
    )


def show_worst_clips(run: Run) -> None:
    """The clips that the run gets most wrong, and one of them in detail."""
    worst = evaluation.worst_clips(run)
    num_wrong = int((worst["margin"] > 0).sum())
    st.markdown(f"In {num_wrong:,} of {len(worst):,} clips, a wrong class is more probable than a right one.")
    names = sorted({name for labels in worst["labels"] for name in split_labels(labels)})
    chosen = st.selectbox("Label", [_ALL, *names], key="evaluate_label", width=260, persist_state="session")
    if chosen != _ALL:
        worst = worst[[chosen in split_labels(labels) for labels in worst["labels"]]]
    rows = worst.head(_NUM_WORST)
    if rows.empty:
        st.info("No clip of this run has a label.", icon=":material/label_off:")
        return
    picked = st.dataframe(
        _worst_table(rows),
        key=f"worst-{run.run_id}-{chosen}",  # a new table begins with its first row
        on_select="rerun",
        selection_mode="single-row-required",
        hide_index=True,
        height="content" if len(rows) <= _MAX_ROWS else _TABLE_HEIGHT,
        column_config={
            "Probability": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100),
            "Margin": st.column_config.NumberColumn(
                format="%+.2f", help="How much more probable the likeliest wrong class is than the right one"
            ),
        },
        alt="Clips, most wrong first; choosing a row shows that clip below",
    )
    _show_clip(run, rows.iloc[picked.selection.rows[0]])


def _worst_table(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "File": rows["clip_id"].str.partition("/")[2],
            "Labels": rows["labels"].str.replace(",", ", "),
            "Heard as": rows["predicted"],
            "Probability": 100 * rows["probability"],
            "Margin": rows["margin"],
            "Split": rows["clip_id"].str.partition("/")[0].str.capitalize(),
        }
    )


def _show_clip(run: Run, clip: pd.Series) -> None:
    """One clip: its labels, what the run hears in it, and its sound."""
    split, _, fname = clip["clip_id"].partition("/")
    labels = split_labels(clip["labels"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(fname, anchor=False, width="content")
        st.badge(split.capitalize(), color="gray")
        for label in labels:
            st.badge(label)
        st.space("stretch")
        st.page_link(
            CLIPS_PAGE,
            label="Open in Clips",
            icon=":material/headphones:",
            query_params=clips_query(clip=clip["clip_id"]),
        )
    predictions = evaluation.oof(run)
    row = predictions.clip_ids.index(clip["clip_id"])
    answer = charts.answer(pd.Series(predictions.probabilities[row], predictions.classes), labels)
    likeliest = answer.iloc[0]
    st.plotly_chart(
        charts.answer_figure(answer),
        key="evaluate_answer",
        config=_CHART_CONFIG,
        alt=f"Likeliest classes of {fname}, first {likeliest['class']} {likeliest['probability']:.0%}",
    )
    if not evaluation.is_of_this_set(run):
        st.info("The run is of another data set than the one in use, so its clips cannot be played here.")
        return
    try:
        player(clip_path(state.dataset(), clip["clip_id"]), key="evaluate-player", label=fname)
    except FsatError as error:
        st.error(str(error), icon=":material/broken_image:")
