"""All decisions ever made on the clip in view."""

import pandas as pd
import streamlit as st

from fsat_core.errors import LabelError
from fsat_core.labels import decisions_of
from fsat_core.labels.board.window import View
from fsat_core.labels.negatives import written_labels
from ui.shared import access
from ui.shared.label_store import label_store
from ui.shared.sign_in import signed_in_as
from ui.shared.texts import plain, show_error

_ERROR = "label_take_back_error"


def show_history(view: View, clip_id: str, decisions: pd.DataFrame) -> None:
    """Who decided what on a clip, when, from which queue and run; in blind mode only one's own decisions."""
    part = st.expander(
        "History of this clip", icon=":material/history:", key="label_history", on_change="rerun"
    )
    if not part.open:
        return
    rows = decisions[decisions["clip_id"] == clip_id]
    if view.blind:
        rows = decisions_of(rows, view.annotator)
    with part:
        whose = "Your decisions" if view.blind else "All decisions"
        st.caption(
            f"{plain(clip_id)}. {f'{whose}, the latest first.' if len(rows) else 'Nothing decided yet.'}"
        )
        if len(rows):
            _show_table(rows.iloc[::-1])
        if access.is_owner():
            _offer_taking_back(rows[(rows["action"] != "undo") & ~_undone(rows)])


def _undone(rows: pd.DataFrame) -> pd.Series:
    return rows["id"].isin(rows["undoes"].dropna())


def _offer_taking_back(standing: pd.DataFrame) -> None:
    """Buttons by which an owner takes back what anybody has decided on the clip."""
    if _ERROR in st.session_state:
        show_error(st.session_state.pop(_ERROR))
    with st.container(horizontal=True):
        for row in standing.iloc[::-1].itertuples():
            st.button(
                f"Take back: {plain(row.action)} by {plain(row.annotator)}",
                icon=":material/undo:",
                key=f"label_take_back_{row.id}",
                help="With it, whatever was decided in the same step.",
                on_click=_take_back,
                args=(row.annotator, row.token, row.clip_id),
            )


@access.needs("manage")
def _take_back(annotator: str, token: str, clip_id: str) -> None:
    try:
        access.write_down("take back a decision", f"{clip_id} by {annotator}")
        label_store().undo(annotator, token, by=signed_in_as() or "")
    except LabelError as error:
        st.session_state[_ERROR] = str(error)


def _show_table(rows: pd.DataFrame) -> None:
    undone = _undone(rows)
    action = rows["action"].str.capitalize()
    table = pd.DataFrame(
        {
            "When": rows["created_at"],
            "Who": rows["annotator"],
            "Decision": action.mask(undone, action + " (undone)"),
            "Labels": written_labels(rows).str.replace(",", ", "),
            "Before": rows["previous_labels"].str.replace(",", ", "),
            "Queue": rows["queue"],
            "Run": rows["run_id"],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        placeholder="",
        column_config={"When": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm:ss")},
        alt="All decisions on this clip",
    )
