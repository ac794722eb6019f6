"""A class chosen on Evaluate: how often it is wrong, and where to go from there."""

import pandas as pd
import streamlit as st

from fsat_core.dataset import split_labels
from fsat_core.runs import Run
from ui.evaluate import results
from ui.evaluate.clip_view import offer_clips
from ui.shared.links import CLASSES_PAGE, LABEL, class_query
from ui.shared.runs import is_of_this_set
from ui.shared.texts import plain


def chosen_class(classes: pd.Series) -> int | None:
    """The row of the class that the address names; None where it names none of them."""
    asked = st.query_params.get(LABEL)
    names = classes.tolist()
    return names.index(asked) if asked in names else None


def choose_class(classes: pd.Series, row: int) -> None:
    """Write the class of a row into the address."""
    st.query_params[LABEL] = classes.iloc[row]


def show_chosen_class(run: Run, classes: pd.Series, row: int | None) -> None:
    """What there is to do with the class of a row; where none is chosen, that one can be."""
    if row is None:
        st.caption("Choose a class to label its clips, or to see all about it.")
    else:
        _show_class_row(run, classes.iloc[row])


def _show_class_row(run: Run, label: str) -> None:
    """The chosen class in a line, with ways to its clips and to all that is known of it."""
    worst = results.worst_clips(run)
    own = worst[[label in split_labels(labels) for labels in worst["labels"]]]
    num_wrong = int((own["margin"] > 0).sum())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{plain(label)}**: in {num_wrong:,} of {len(own):,} clips, a wrong class is more probable.",
            width="stretch",
        )
        if is_of_this_set(run):
            st.page_link(
                CLASSES_PAGE,
                label="All about this class",
                icon=":material/category:",
                query_params=class_query(label),
            )
        offer_clips(
            run,
            own["clip_id"],
            "Decide on the clips of this class, most wrong first.",
            f"{label}, worst first",
        )
