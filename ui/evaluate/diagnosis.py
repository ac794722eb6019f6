"""Three tabs of Evaluate: scores of classes, calibration, worst clips."""

from functools import partial

import pandas as pd
import streamlit as st

from fsat_core import evaluation
from fsat_core.charts.calibration import reliability_figure
from fsat_core.dataset import split_labels
from fsat_core.runs import Run
from ui.evaluate import many_classes, results
from ui.evaluate.class_row import choose_class, chosen_class, show_chosen_class
from ui.evaluate.clip_view import choose_wrong_clip, offer_clips, show_clip
from ui.shared.charts import choose_point, show_chart
from ui.shared.links import LABEL, open_class
from ui.shared.runs import is_of_this_set
from ui.shared.tables import choose_row
from ui.shared.texts import plain

_ALL = "All classes"
_CHOSEN = "evaluate_label"
_MAX_ROWS = 100
_FEW = 12
_TABLE_HEIGHT = 355


def show_classes(run: Run) -> None:
    """Each class's score: a table, and a picture of it."""
    scores = results.class_scores(run)
    if scores.empty:
        _explain_unlabelled()
        return
    summary = evaluation.describe_class_scores(scores)
    st.markdown(plain(summary))
    _list_classes(run, scores)
    chosen = many_classes.look_for(scores["class"], "evaluate_drawn", f"The {many_classes.DRAWN} hardest")
    drawn, which = scores, "each class"
    if chosen:
        drawn, which = scores[scores["class"].isin(chosen)], "the chosen classes"
    elif len(scores) > many_classes.MOST:
        drawn, which = scores.head(many_classes.DRAWN), f"the {many_classes.DRAWN} hardest classes"
    point = choose_point(
        results.class_scores_chart(run, tuple(drawn["class"])),
        scores,
        key="evaluate_classes",
        caption="Dot: lwlrap, out of fold. Line: its 95 % interval, from 500 bootstrap resamples of the "
        "clips. Bold: number of clips. Click a dot to open its class.",
        alt=f"lwlrap of {which} with its interval, the hardest on top. {summary}",
    )
    if point and is_of_this_set(run):
        open_class(drawn["class"].iloc[point["point_index"]])


def _list_classes(run: Run, scores: pd.DataFrame) -> None:
    """A table of the classes, and ways on from the chosen one."""
    columns = ["class", "lwlrap", "low", "high", "accuracy", "count"]
    row = chosen_class(scores["class"])
    choose_row(
        scores[columns]
        .assign(accuracy=100 * scores["accuracy"])
        .set_axis(["Class", "lwlrap", "95 % from", "to", "Accuracy", "Clips"], axis="columns"),
        row,
        partial(choose_class, scores["class"]),
        key="evaluate_class_rows",
        max_rows=_FEW,
        height=_TABLE_HEIGHT,
        required=False,
        columns={
            "Class": st.column_config.TextColumn(width="medium"),
            "lwlrap": st.column_config.ProgressColumn(format="%.3f", min_value=0, max_value=1),
            "95 % from": st.column_config.NumberColumn(format="%.3f", help="Lower end of the 95 % interval"),
            "to": st.column_config.NumberColumn(format="%.3f", help="Upper end of the 95 % interval"),
            "Accuracy": st.column_config.NumberColumn(
                format="%.1f %%", help="Clips of the class whose likeliest class is one of their labels"
            ),
            "Clips": st.column_config.NumberColumn(format="localized"),
        },
        alt="lwlrap of each class with its interval, accuracy and number of clips, hardest first; choosing a "
        "row offers its clips below",
    )
    show_chosen_class(run, scores["class"], row)


def show_calibration(run: Run) -> None:
    """Whether the probabilities mean what they say."""
    bins = results.calibration(run)
    if not bins["count"].any():
        _explain_unlabelled()
        return
    summary = evaluation.describe_calibration(bins)
    st.markdown(plain(summary))
    show_chart(
        reliability_figure(bins),
        bins,
        key="evaluate_calibration",
        caption="Every probability of every clip and class, in ten bins. Below the dashed line, the run is "
        "too sure. The bars count the probabilities in each bin, on a log scale.",
        alt=summary,
    )


def show_worst_clips(run: Run) -> None:
    """The clips that the run gets most wrong, and one of them in detail."""
    worst = results.worst_clips(run)
    if worst.empty:
        _explain_unlabelled()
        return
    num_wrong = int((worst["margin"] > 0).sum())
    st.markdown(f"In {num_wrong:,} of {len(worst):,} clips, a wrong class is more probable than a right one.")
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        chosen = _choose_label(
            sorted({name for text in worst["labels"].unique() for name in split_labels(text)})
        )
        if chosen != _ALL:
            worst = worst[[chosen in split_labels(labels) for labels in worst["labels"]]]
        name = "Worst clips" if chosen == _ALL else f"{chosen}, worst first"
        listed = worst["clip_id"].head(_MAX_ROWS)
        offer_clips(run, listed, "Decide on the clips listed, most wrong first.", name)
    # Each choice has its own key, so that a new table starts at its first row.
    clip_id = choose_wrong_clip(
        worst.head(_MAX_ROWS),
        key=f"worst-{run.run_id}-{chosen}",
        alt="Clips, most wrong first; choosing a row shows that clip below",
    )
    show_clip(clip_id, {"This run": run})


def _choose_label(names: list[str]) -> str:
    """The class whose clips are listed, or all. The address says it, for the first tab, too."""
    asked = st.query_params.get(LABEL)
    st.session_state[_CHOSEN] = asked if asked in names else _ALL
    return st.selectbox("Label", [_ALL, *names], key=_CHOSEN, width=260, on_change=_take_label)


def _take_label() -> None:
    chosen = st.session_state[_CHOSEN]
    if chosen == _ALL:
        st.query_params.pop(LABEL, None)
    else:
        st.query_params[LABEL] = chosen


def _explain_unlabelled() -> None:
    st.info("No clip of this run has a label.", icon=":material/label_off:")
