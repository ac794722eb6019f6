"""How far annotators agree, on the page Label."""

import pandas as pd
import streamlit as st

from fsat_core.errors import FsatError
from fsat_core.labels import agreement_per_class, agreement_table, disputes
from ui.label.queue_choice import SCROLL, make_queue, open_queue
from ui.shared.label_store import all_decisions
from ui.shared.texts import show_error

_ERROR = "label_disputes_error"


def show_agreement(annotator: str) -> None:
    """Agreement of each pair of annotators, overall and by class, and their disputes as a queue."""
    decisions = all_decisions()
    pairs = agreement_table(decisions)
    if pairs.empty:
        st.caption("Agreement can be measured as soon as two annotators have decided on the same clips.")
        return
    shown = pd.DataFrame(
        {
            "Annotators": pairs["annotator_a"] + " and " + pairs["annotator_b"],
            "Clips of both": pairs["num_clips"],
            "Agreed": 100 * pairs["agreed"],
            "Kappa": pairs["kappa"],
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        height="content",
        column_config={
            "Agreed": st.column_config.NumberColumn(format="%.0f %%"),
            "Kappa": st.column_config.NumberColumn(
                format="%.2f",
                help="Cohen's kappa over whole verdicts: 1 is full agreement, 0 what chance would give.",
            ),
        },
        alt="Agreement of each pair of annotators",
    )
    _offer_disputes(annotator, disputes(decisions)["clip_id"].nunique())
    with st.expander("By class", key="label_agreement_classes"):
        _show_classes(agreement_per_class(decisions))


def _offer_disputes(annotator: str, count: int) -> None:
    if not count:
        st.caption("No clip is disputed.")
        return
    st.button(
        f"Decide on the {count:,} disputed clips" if count > 1 else "Decide on the disputed clip",
        icon=":material/gavel:",
        on_click=lambda: _open_disputes(annotator),
        key="label_disputes",
    )
    if _ERROR in st.session_state:
        show_error(st.session_state.pop(_ERROR))


def _open_disputes(annotator: str) -> None:
    try:
        open_queue(make_queue("disputes", annotator))
        st.session_state[SCROLL] = True  # the board is far above
    except FsatError as error:
        st.session_state[_ERROR] = str(error)


def _show_classes(table: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "Class": table["label"],
            "Annotators": table["annotator_a"] + " and " + table["annotator_b"],
            "Given by the first": table["num_a"],
            "By the second": table["num_b"],
            "Kappa": table["kappa"],
        }
    ).sort_values("Kappa")
    st.dataframe(
        shown,
        hide_index=True,
        height=260,
        column_config={"Kappa": st.column_config.NumberColumn(format="%.2f")},
        alt="Agreement on each class",
    )
