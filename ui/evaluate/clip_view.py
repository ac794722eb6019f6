"""A table of clips to choose from on Evaluate, and the chosen one: what runs hear in it, and its sound."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from fsat_core import evaluation
from fsat_core.charts.prediction import answer_figure
from fsat_core.dataset import clip_path, split_labels
from fsat_core.dataset.clip_ids import fname_of, split_of
from fsat_core.errors import FsatError
from fsat_core.runs import Run
from ui.evaluate import results
from ui.label.sending import offer_labelling
from ui.player.component import player
from ui.shared import state
from ui.shared.charts import show_chart
from ui.shared.links import CLIP, link_class, link_clips
from ui.shared.runs import is_of_this_set
from ui.shared.tables import choose_row
from ui.shared.texts import plain, show_error
from ui.similar.panel import show_similar


def choose_clip(table: pd.DataFrame, clip_ids: pd.Series, key: str, alt: str, **columns: Any) -> str:
    """A table in which a click anywhere chooses a clip; returns its `clip_id`.

    The address says which: a clip that the table does not have is its first one.

    Parameters
    ----------
    clip_ids : pd.Series of str
        The clip of each row.
    key : str
        Names the table.
    **columns
        Configuration of columns by their name.
    """
    ids, asked = clip_ids.tolist(), st.query_params.get(CLIP)
    row = ids.index(asked) if asked in ids else 0
    choose_row(table, row, partial(_take_clip, ids, row), key=key, alt=alt, columns=columns)
    return str(ids[row])


def _take_clip(ids: list[str], drawn: int, row: int) -> None:
    if row != drawn:  # a browser may send the row again that is chosen already
        st.query_params[CLIP] = ids[row]


def choose_wrong_clip(rows: pd.DataFrame, key: str, alt: str) -> str:
    """`choose_clip` from rows of `worst_clips`; returns the `clip_id`."""
    table = pd.DataFrame(
        {
            "File": file_names(rows["clip_id"]),
            "Labels": rows["labels"].str.replace(",", ", "),
            "Heard as": rows["predicted"],
            "Probability": 100 * rows["probability"],
            "Margin": rows["margin"],
            "Split": rows["clip_id"].map(split_of).str.capitalize(),
        }
    )
    return choose_clip(
        table,
        rows["clip_id"],
        key,
        alt,
        Probability=st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100),
        Margin=st.column_config.NumberColumn(
            format="%+.2f", help="How much more probable the likeliest wrong class is than the right one"
        ),
    )


def offer_clips(run: Run, clip_ids: Sequence[str] | pd.Series, explanation: str, name: str) -> None:
    """A button that sends clips to be labelled under a name, if they are of the data set in use."""
    if is_of_this_set(run):
        offer_labelling("judged", clip_ids, "Label these", explanation, run, name)


def file_names(clip_ids: pd.Series) -> pd.Series:
    """The file names in `clip_id`s."""
    return clip_ids.map(fname_of)


def show_clip(clip_id: str, runs: Mapping[str, Run]) -> None:
    """One clip: its labels, what each run hears in it, and its sound.

    Parameters
    ----------
    runs : mapping of str to Run
        What to call each run; the labels are those of the first one.
    """
    first = next(iter(runs.values()))
    split, fname = split_of(clip_id), fname_of(clip_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(plain(fname), anchor=False, width="content")
        st.badge(plain(split.capitalize()), color="gray")
        for label in _labels(first, clip_id):
            link_class(label)
        st.space("stretch")
        link_clips(clip=clip_id)
    grid = st.grid(len(runs), min_column_width=320)
    for name, run in runs.items():
        with grid.cell():
            if len(runs) > 1:
                st.markdown(f"**{plain(name)}**")
            _show_answer(run, clip_id, name)
    if not is_of_this_set(first):
        st.info("The run is of another data set than the one in use, so its clips cannot be played here.")
        return
    try:
        player(clip_path(state.dataset(), clip_id), key="evaluate-player", label=fname)
    except FsatError as error:
        show_error(error, ":material/broken_image:")
        return
    show_similar(clip_id)


def _labels(run: Run, clip_id: str) -> list[str]:
    return split_labels(results.oof(run).select([clip_id]).labels()[0])


def _show_answer(run: Run, clip_id: str, name: str) -> None:
    """The likeliest classes, out of fold, beside those that the run was told."""
    one = results.oof(run).select([clip_id])
    answer = evaluation.answer(pd.Series(one.probabilities[0], one.classes), split_labels(one.labels()[0]))
    likeliest = answer.iloc[0]
    show_chart(
        answer_figure(answer),
        answer,
        caption="The likeliest classes, out of fold.",
        key=f"evaluate-answer-{run.run_id}",
        alt=f"{name}, likeliest classes of {clip_id}, first {likeliest['class']} "
        f"{likeliest['probability']:.0%}",
    )
