"""Typical and odd clips of a class on the page *Classes*, to listen to; no sound is read before that."""

from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from fsat_core.dataset import clip_path
from fsat_core.dataset.clip_ids import fname_of
from fsat_core.dataset.lengths import LONG_S, SHORT_S, abnormal_lengths, describe_abnormal
from fsat_core.errors import FsatError
from fsat_core.evaluation import Predictions, load_oof
from fsat_core.evaluation.class_view import rank_by_length, rank_by_run, take_ends
from fsat_core.runs import Run
from ui.player.component import player
from ui.shared import state
from ui.shared.cached import cached_by_run
from ui.shared.links import CLIP, link_clips
from ui.shared.tables import choose_row
from ui.shared.texts import explain, plain, show_error

_NUM_EACH = 8
_ROW_HEIGHT = 35  # in pixels
_BROKEN = ":material/broken_image:"


@dataclass(frozen=True)
class Examples:
    """Clips of a class in the order in which they are typical of it, and how that is known.

    Parameters
    ----------
    ranked : pd.DataFrame
        `clip_id` and what the tables show of it, the most typical first.
    typical, odd : str
        What these clips are, in a sentence each.
    """

    ranked: pd.DataFrame
    typical: str
    odd: str


def find_examples(label: str, rows: pd.DataFrame, run: Run | None) -> Examples:
    """The clips of a class in order, by what a run finds in them, or where there is none by their length."""
    ranked = _by_run(label, rows, run) if run is not None else pd.DataFrame()
    if not ranked.empty:
        return Examples(
            pd.DataFrame(
                {
                    "clip_id": ranked["clip_id"],
                    "Probability": 100 * ranked["probability"],
                    "Heard as": ranked["predicted"],
                }
            ),
            "This label is likeliest, out of fold, by the best run.",
            "This label is least likely, out of fold, by the best run.",
        )
    return Examples(
        rank_by_length(rows).rename(columns={"duration_s": "Length"}),
        "Length nearest to the median of the class.",
        "Length farthest from the median of the class.",
    )


def _by_run(label: str, rows: pd.DataFrame, run: Run) -> pd.DataFrame:
    """`rank_by_run`; empty where the run does not know the class, or, after a line, cannot be read."""
    try:
        answers = _answers(run)
    except FsatError as error:
        st.caption(f":material/warning: {explain(error)}")
        return pd.DataFrame()
    return rank_by_run(answers, label, rows) if label in answers.classes else pd.DataFrame()


@cached_by_run(max_entries=2)
def _answers(run: Run) -> Predictions:
    """The out-of-fold predictions of a run, those of noisy clips too."""
    return load_oof(run, with_noisy=True)


def show_examples(label: str, rows: pd.DataFrame, examples: Examples) -> None:
    """Typical clips beside odd ones, those of abnormal length, and the one that was chosen from them."""
    typical, odd = take_ends(examples.ranked, _NUM_EACH)
    abnormal = _abnormal(rows)
    lists = {
        "Typical": (typical, examples.typical),
        "Odd": (odd, examples.odd),
        "Abnormal length": (abnormal.head(_NUM_EACH), f"{len(abnormal):,} of the class, longest first."),
    }
    chosen = _chosen(rows)
    with st.grid(2, min_column_width=380) as grid:
        for name, (clips, what) in lists.items():
            if clips.empty:
                continue
            with grid.cell():
                st.markdown(f"**{plain(name)}**")
                st.caption(plain(what))
                _choose_from(name, clips, chosen)
    if chosen is None:
        st.caption("Choose a clip to listen to it.")
        return
    _show_clip(chosen)


def _abnormal(rows: pd.DataFrame) -> pd.DataFrame:
    """The clips of abnormal length and why, longest first; what many is goes by the whole data set."""
    marks = abnormal_lengths(rows, LONG_S, SHORT_S)
    notes = pd.Series(describe_abnormal(rows, marks), index=rows.index)
    found = rows[(notes != "") & (rows["error"] == "")].sort_values("duration_s", ascending=False)
    return pd.DataFrame(
        {"clip_id": found["clip_id"], "Length": found["duration_s"], "Note": notes[found.index]}
    ).reset_index(drop=True)


def _choose_from(name: str, clips: pd.DataFrame, chosen: str | None) -> None:
    """A list of clips; a click chooses one."""
    ids = clips["clip_id"].tolist()
    table = clips.drop(columns="clip_id")
    table.insert(0, "File", clips["clip_id"].map(fname_of))
    choose_row(
        table,
        ids.index(chosen) if chosen in ids else None,
        partial(_take, ids, chosen),
        key=f"class_{name}",
        alt=f"{name} clips; choosing a row plays that clip below",
        columns={
            "Probability": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100),
            "Length": st.column_config.NumberColumn(format="%.2f s"),
        },
        height=_ROW_HEIGHT * (_NUM_EACH + 1) + 2,
        required=False,
    )


def _take(ids: list[str], chosen: str | None, row: int) -> None:
    if ids[row] != chosen:  # a browser may send the row again that was chosen before
        st.query_params[CLIP] = ids[row]


def _chosen(rows: pd.DataFrame) -> str | None:
    """The clip that the address names, if it is of this class."""
    asked = st.query_params.get(CLIP)
    return asked if asked is not None and (rows["clip_id"] == asked).any() else None


def _show_clip(clip_id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(fname_of(clip_id))}**", width="content")
        st.space("stretch")
        link_clips(clip=clip_id)
    try:
        player(clip_path(state.dataset(), clip_id), key="class-player", label=clip_id)
    except FsatError as error:
        show_error(error, _BROKEN)
