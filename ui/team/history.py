"""What was done by whom, on the page Team."""

import streamlit as st

from fsat_core.access import read_audit
from fsat_core.csv_cells import format_csv
from ui.shared import access
from ui.shared.texts import plain

_SHOWN = 500
_ALL = "Everybody"


def show_history() -> None:
    """A table of the latest acts, of everybody or of one, and all of them as CSV."""
    st.header("What was done")
    store = access.members_store()
    rows = read_audit(store, _SHOWN)
    if rows.empty:
        st.caption(
            "Nothing yet: sign-ins, trainings, deletions, imports, exports and changes of roles are noted."
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        people = [_ALL, *sorted(rows["who"].unique())]
        who = st.selectbox("By", people, key="team_who", format_func=plain, width=320)
        st.download_button(
            "All as CSV",
            access.guarded("manage", lambda: format_csv(read_audit(store)).encode(), "export the audit"),
            "audit.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="team_audit_csv",
        )
    shown = rows if who == _ALL else rows[rows["who"] == who]
    st.dataframe(
        shown.drop(columns="id").rename(
            columns={"who": "Who", "act": "Act", "subject": "What", "at": "When"}
        ),
        hide_index=True,
        height="content" if len(shown) <= 12 else 440,
        column_order=["When", "Who", "Act", "What"],
        column_config={"When": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm:ss")},
        alt="What was done, the latest first",
    )
