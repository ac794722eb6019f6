"""What changed from one run to another, a tab of Evaluate: each class, and the clips that changed most."""

from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from fsat_core import evaluation
from fsat_core.charts.class_rows import class_changes_figure
from fsat_core.runs import Run
from ui.evaluate import comparison, many_classes
from ui.evaluate.class_row import choose_class, chosen_class, show_chosen_class
from ui.evaluate.clip_view import choose_clip, file_names, show_clip
from ui.shared.charts import choose_point
from ui.shared.links import CHANGED, open_class
from ui.shared.runs import is_of_this_set
from ui.shared.tables import choose_row
from ui.shared.texts import plain

_KINDS = {"mended": "Wrong to right", "broken": "Right to wrong", "relabelled": "Other labels"}
_NUM_EACH = 12  # best and worst classes to draw when there are many
_MAX_ROWS = 100
_FEW = 12
_TABLE_HEIGHT = 355


def show_changes(run: Run, other: Run | None) -> None:
    """The change of each class and clip from `other` to `run`."""
    if other is None:
        st.info("Choose a second run under *Compare with*, above.", icon=":material/compare_arrows:")
        return
    if not comparison.pair(run, other).candidate.clip_ids:
        st.info("The two runs have no clip in common.", icon=":material/compare_arrows:")
        return
    _show_classes(run, other)
    _show_clips(run, other)


def _show_classes(run: Run, other: Run) -> None:
    both = comparison.pair(run, other)
    changes = comparison.class_changes(run, other)
    unshared = evaluation.describe_unshared(both)
    if changes.empty:
        st.info(f"The two runs have no class in common. {plain(unshared)}", icon=":material/compare_arrows:")
        return
    summary = evaluation.describe_changes(changes)
    st.markdown(plain(summary))
    if unshared:
        st.markdown(plain(unshared))
    caption = (
        f"Bar: change in lwlrap from {plain(other.run_id)} to {plain(run.run_id)}. Line: its 95 % interval, "
        "from 500 bootstrap resamples of the clips; where it crosses 0, chance may explain the change. Of "
        "100 classes that did not change, about 5 seem to. Bold: number of clips. Click a bar to open its "
        "class."
    )
    _list_classes(run, changes)
    drawn, which = _drawn(changes)
    point = choose_point(
        class_changes_figure(drawn),
        changes,
        key="evaluate_changes",
        caption=caption,
        alt=f"Change in lwlrap of {which} with its interval, the largest gain on top. {summary}",
    )
    if point and is_of_this_set(run):
        open_class(drawn["class"].iloc[int(point["y"])])


def _list_classes(run: Run, changes: pd.DataFrame) -> None:
    """A table of the classes, and ways on from the chosen one."""
    number = st.column_config.NumberColumn
    row = chosen_class(changes["class"])
    choose_row(
        changes[["class", "baseline", "candidate", "change", "low", "high", "count"]].set_axis(
            ["Class", "Other run", "This run", "Change", "95 % from", "to", "Clips"], axis="columns"
        ),
        row,
        partial(choose_class, changes["class"]),
        key="evaluate_changed_classes",
        max_rows=_FEW,
        height=_TABLE_HEIGHT,
        required=False,
        columns={
            "Class": st.column_config.TextColumn(width="medium"),
            "Other run": number(format="%.3f", help="lwlrap, out of fold"),
            "This run": number(format="%.3f", help="lwlrap, out of fold"),
            "Change": number(format="%+.3f"),
            "95 % from": number(format="%+.3f", help="Lower end of the 95 % interval of the change"),
            "to": number(format="%+.3f", help="Upper end of the 95 % interval of the change"),
            "Clips": number(format="localized"),
        },
        alt="lwlrap of each class in both runs and its change, the largest gain first; choosing a row offers "
        "its clips below",
    )
    show_chosen_class(run, changes["class"], row)


def _drawn(changes: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The classes that are drawn, and which these are, in words."""
    few, which = evaluation.largest_changes(changes, _NUM_EACH), f"the {_NUM_EACH} classes at each end"
    if len(changes) > many_classes.MOST:
        chosen = many_classes.look_for(changes["class"], "evaluate_drawn_changes", which.capitalize())
        return (changes[changes["class"].isin(chosen)], "the chosen classes") if chosen else (few, which)
    if len(changes) > 2 * _NUM_EACH:
        is_all = st.toggle("All classes", key="evaluate_all_changes", bind="query-params")
        return (changes, "each class") if is_all else (few, which)
    return changes, "each class"


def _show_clips(run: Run, other: Run) -> None:
    """The clips that changed most, and one of them in detail."""
    clips = comparison.changed_clips(run, other)
    relabelled = comparison.pair(run, other).relabelled
    parts = {kind: clips[clips["kind"] == kind] for kind in ("mended", "broken")}
    if relabelled:
        parts["relabelled"] = clips[clips["clip_id"].isin(relabelled)]
    st.header("Clips that changed most", anchor=False)
    kind = _choose_kind(parts)
    st.caption("Right: each label is more probable than every class that the clip lacks. Else it is wrong.")
    rows = parts[kind].head(_MAX_ROWS)
    if rows.empty:
        st.info(f"No clip went from {_KINDS[kind].lower()}.", icon=":material/compare_arrows:")
        return
    clip_id = choose_clip(
        _table(rows, with_other_labels=kind == "relabelled"),
        rows["clip_id"],
        f"changed-{run.run_id}-{other.run_id}-{kind}",
        "Clips, largest change first; choosing a row shows that clip below",
        **{
            "Change": st.column_config.NumberColumn(
                format="%+.2f",
                help="How much the right class has gained on the likeliest wrong one; above 0 is better",
            )
        },
    )
    show_clip(clip_id, {"This run": run, "Other run": other})


def _choose_kind(parts: Mapping[str, pd.DataFrame]) -> str:
    """Which clips are listed; the address says it."""
    key, asked = f"evaluate_changed-{'relabelled' in parts}", st.query_params.get(CHANGED, "")
    kind = st.session_state[key] = asked if asked in parts else next(iter(parts))

    def take() -> None:
        st.query_params[CHANGED] = st.session_state[key]

    st.segmented_control(
        "Change",
        list(parts),
        required=True,
        format_func=lambda name: f"{_KINDS[name]}: {len(parts[name]):,}",
        key=key,
        on_change=take,
        label_visibility="collapsed",
    )
    return kind


def _table(rows: pd.DataFrame, with_other_labels: bool) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "File": file_names(rows["clip_id"]),
            "Change": rows["change"],
            "Labels": rows["labels"].str.replace(",", ", "),
            "Other run's labels": rows["baseline_labels"].str.replace(",", ", "),
            "This run hears": rows["candidate_predicted"],
            "Other run hears": rows["baseline_predicted"],
        }
    )
    return table if with_other_labels else table.drop(columns="Other run's labels")
