"""All decisions ever made on the clip in view."""

import pandas as pd
import streamlit as st

from fsat_core.labels.board.window import View
from fsat_core.labels.negatives import written_labels
from ui.shared.texts import plain


def show_history(view: View, clip_id: str, decisions: pd.DataFrame) -> None:
    """Who decided what on a clip, when, from which queue and run; in blind mode only one's own decisions."""
    rows = decisions[decisions["clip_id"] == clip_id]
    if view.blind:
        rows = rows[rows["annotator"] == view.annotator]
    with st.expander("History of this clip", icon=":material/history:", key="label_history"):
        whose = "Your decisions" if view.blind else "All decisions"
        st.caption(
            f"{plain(clip_id)}. {f'{whose}, the latest first.' if len(rows) else 'Nothing decided yet.'}"
        )
        if len(rows):
            _show_table(rows.iloc[::-1])


def _show_table(rows: pd.DataFrame) -> None:
    undone = rows["id"].isin(rows["undoes"].dropna())
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
