"""Which classes a run confuses, a tab of Evaluate: a map, the largest confusions, and their clips."""

from collections.abc import Sequence

import streamlit as st

from fsat_core import evaluation
from fsat_core.charts.confusion import confusion_figure
from fsat_core.charts.style import name_of
from fsat_core.evaluation import Cell, Confusions
from fsat_core.runs import Run
from ui.evaluate import many_classes, results
from ui.evaluate.clip_view import choose_wrong_clip, offer_clips, show_clip
from ui.shared.charts import choose_point
from ui.shared.links import HEARD, TRUE
from ui.shared.tables import choose_row
from ui.shared.texts import plain

_MAP = "evaluate_confusion"
_PAIRS = "evaluate_pairs"
_ALL = "All classes"
_NUM_PAIRS = 200
_TABLE_HEIGHT = 285


def show_confusion(run: Run) -> None:
    """The confusions; a click on a cell of the map or a row of the table lists its clips."""
    found = results.confusions(run)
    if not found.totals.any():
        st.info("No clip of this run has a label.", icon=":material/label_off:")
        return
    summary = found.describe()
    how = "Row: the true class. Column: the likeliest class, out of fold. "
    if found.outranked:
        how = "Row: a class that clips have. Column: a class that they lack and that is more probable. "
    st.markdown(plain(summary))
    cell = _chosen_cell(found)
    drawn = _drawn(found)
    choose_point(
        confusion_figure(found.counts.loc[drawn, drawn], found.totals, cell, found.outranked),
        lambda: found.counts.rename_axis("true").reset_index(),
        key=_MAP,
        on_click=lambda: _take_point(found.outranked),
        caption=f"{how}Colour: share of the row's clips. Click a cell to list its clips below.",
        alt=summary,
    )
    _show_pairs(found, cell)
    if cell is not None:
        _show_cell(run, found, cell)


def _drawn(found: Confusions) -> list[str]:
    """The classes on the map."""
    names = found.counts.index.tolist()
    which = f"The {many_classes.DRAWN} that are confused most"
    chosen = many_classes.look_for(names, "evaluate_drawn_confusions", which)
    if len(names) <= many_classes.MOST:
        return names
    return evaluation.most_confused(found.counts, many_classes.DRAWN, chosen)


def _chosen_cell(found: Confusions) -> Cell | None:
    """The cell that was chosen, else the largest confusion; None where every clip is right."""
    cell = st.query_params.get(TRUE, ""), st.query_params.get(HEARD, "")
    if set(cell) <= set(found.counts.index) and found.counts.loc[cell[0]].any():
        return cell
    largest = evaluation.largest_confusions(found.counts, 1, found.totals)
    return None if largest.empty else (largest["true"].iloc[0], largest["predicted"].iloc[0])


def _take_point(outranked: bool) -> None:
    """Remember the cell that was clicked, and say where its clips are, because the map may be tall."""
    if points := st.session_state[_MAP]["selection"]["points"]:
        cell = name_of(points[0]["y"]), name_of(points[0]["x"])
        _choose(cell)
        st.toast(
            f"{plain(evaluation.name_cell(cell, outranked))}: listed below", icon=":material/arrow_downward:"
        )


def _show_pairs(found: Confusions, cell: Cell | None) -> None:
    """The largest confusions, of all classes or of one, to choose from."""
    pairs = evaluation.largest_confusions(found.counts, found.counts.size, found.totals)
    if pairs.empty:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        title = "Most often above the right class" if found.outranked else "Largest confusions"
        st.header(title, anchor=False, width="content")
        names = [_ALL, *sorted(pairs["true"].unique())]
        if st.session_state.get("evaluate_pairs_class") not in names:
            st.session_state["evaluate_pairs_class"] = _ALL
        chosen = st.selectbox("True class", names, key="evaluate_pairs_class", bind="query-params", width=260)
    if chosen != _ALL:
        pairs = pairs[pairs["true"] == chosen].reset_index(drop=True)
    pairs = pairs.head(_NUM_PAIRS)
    cells = list(zip(pairs["true"], pairs["predicted"], strict=True))
    # Keep the table in step with a choice made on the map.
    drawn = cells.index(cell) if cell in cells else None
    other = "Above it" if found.outranked else "Heard as"
    choose_row(
        pairs.assign(share=100 * pairs["share"]).set_axis(
            ["True class", other, "Clips", "Of that class"], axis="columns"
        ),
        drawn,
        lambda row: _take_pair(cells, drawn, row),
        key=_PAIRS,
        alt=f"{title}: pairs of classes, most clips first; choosing a row lists its clips below",
        columns={
            "Of that class": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100)
        },
        height=_TABLE_HEIGHT,
        required=False,
    )


def _take_pair(cells: Sequence[Cell], drawn: int | None, row: int) -> None:
    """Choose the pair whose row was clicked."""
    if row != drawn:  # the browser may send the old row again with a click on the map
        _choose(cells[row])


def _choose(cell: Cell) -> None:
    """Write a cell into the address, which says which one is chosen."""
    st.query_params[TRUE], st.query_params[HEARD] = cell


def _show_cell(run: Run, found: Confusions, cell: Cell) -> None:
    """The clips of one cell, and one of them in detail."""
    clips = results.cell_clips(run, cell)
    name = evaluation.name_cell(cell, found.outranked)
    with st.container(horizontal=True, vertical_alignment="center"):
        title = f"{plain(name)}: {len(clips):,} {'clip' if len(clips) == 1 else 'clips'}"
        st.header(title, anchor=False, width="stretch")
        if not clips.empty:
            offer_clips(run, clips["clip_id"], "Decide on the clips of this cell, most wrong first.", name)
    if clips.empty:
        st.info("No clip is in this cell.", icon=":material/check_circle:")
        return
    clip_id = choose_wrong_clip(
        clips,
        key=f"cell-{run.run_id}-{cell[0]}-{cell[1]}",
        alt=f"Clips of {name}, most wrong first; choosing a row shows that clip below",
    )
    show_clip(clip_id, {"This run": run})
