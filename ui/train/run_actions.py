"""Actions on runs other than training: copy one into the form, delete one, download all."""

from pathlib import Path

import streamlit as st

from fsat_core.csv_cells import format_csv
from fsat_core.errors import FsatError
from fsat_core.report import run_report
from fsat_core.runs import Run, delete_run, disk_size, list_runs, runs_table
from fsat_core.text import size_text
from ui.shared import access, state
from ui.shared.links import RUN
from ui.shared.texts import plain, show_error, without_folders
from ui.train.run_form import copy_run

_DUPLICATE = ":material/content_copy: Duplicate with changes"
_DELETE = ":material/delete: Delete"
_ERROR = "delete_error"


def offer_more(run: Run) -> None:
    """A menu of the less frequent actions on a run."""
    key = f"more-{run.run_id}"
    options = [_DELETE] if run.fault else [_DUPLICATE, _DELETE]
    chosen = st.menu_button("More", options, key=key, on_click=_copy_if_asked, args=(key, run))
    if chosen == _DUPLICATE:
        st.rerun()  # the whole page: the form is outside this menu's fragment
    if chosen == _DELETE:
        confirm_delete(run)


def _copy_if_asked(key: str, run: Run) -> None:
    if st.session_state[key] == _DUPLICATE:  # must happen before the form is drawn
        copy_run(run)


@st.dialog("Delete this run?", icon=":material/delete:")
def confirm_delete(run: Run) -> None:
    """Say what would be lost, and delete the run on a second click."""
    error = st.session_state.pop(_ERROR, None)
    st.markdown(f"**{plain(run.run_id)}**, {size_text(disk_size(run))} on disk")
    st.markdown(
        "Its networks, predictions, scores, curves, log, note and tags will be lost, and it can no longer "
        "be used to predict or evaluate. The data set stays as it is."
    )
    if active := run.is_active:
        st.info(f"It is {plain(run.state)}: stop it first.", icon=":material/block:")
    clicked = st.button(
        "Delete the run",
        type="primary",
        icon=":material/delete_forever:",
        key="delete_run",
        disabled=active,
        on_click=_delete,
        args=(run,),
    )
    if error:
        show_error(error, ":material/block:")
    elif clicked:
        st.rerun()  # closes the dialog


@access.needs("train")
def _delete(run: Run) -> None:
    try:
        access.write_down("delete a run", run.run_id)
        delete_run(run)
    except FsatError as error:
        st.session_state[_ERROR] = str(error)
    else:
        st.session_state[RUN] = None
    state.forget_runs()


def offer_report(run: Run) -> None:
    """A button that downloads a run as one HTML file, which is made when it is clicked."""
    st.download_button(
        "Report",
        lambda: run_report(Run(run.path)).encode(errors="replace"),
        file_name=f"{run.run_id}.html",
        mime="text/html",
        icon=":material/description:",
        on_click="ignore",
        key=f"report-{run.run_id}",
        help="Scores, curves, confusions, data and configuration as one HTML file that opens anywhere",
    )


def offer_csv() -> None:
    """A button that downloads configurations and scores of all runs."""
    runs_dir = state.settings().runs_dir
    st.download_button(
        "Download all runs as CSV",
        lambda: _all_runs_csv(runs_dir),
        file_name="runs.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        help="Configuration, scores, times, tags and note of every run, a row each",
    )


def _all_runs_csv(runs_dir: Path) -> bytes:
    table = runs_table(list_runs(runs_dir))
    return format_csv(table.assign(error=table["error"].map(without_folders))).encode()
