"""Which names of AudioSet the classes have, on the page Label: they are what YAMNet suggests at first."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from fsat_core.embedding.own_names import (
    audioset_names,
    describe_names,
    format_names,
    name_classes,
    read_names,
)
from fsat_core.errors import FsatError, LabelError
from fsat_core.labels.own_names import change_own_names, read_own_names
from fsat_core.text import counted
from ui.shared import access, state
from ui.shared.label_store import label_store
from ui.shared.texts import explain, plain, show_error

_TABLE = "label_names"  # the key of the table, with a number that counts up where it has to forget its edits
_ROUND, _DONE, _ERROR = "label_names_round", "label_names_done", "label_names_error"
_FILE = "label_names_file"
_MOST_FAULTS = 20
_SOURCES = {
    "same name": "Same name",
    "one of several": "One of several names",
    "yours": "Yours",
    "none": "None",
}


def edited_names() -> dict[str, list[str]]:
    """The names that users have given; those that were read last while the database is away."""
    kept = _last_read(state.settings().database_url)
    try:
        names = read_own_names(label_store())
    except LabelError:  # of which the board says what matters: whether decisions are stored
        return dict(kept)
    kept.clear()
    kept.update(names)
    return names


def show_own_names() -> None:
    """A table of the classes and their names, to be changed; and the same as CSV, out and in."""
    own, classes = audioset_names(), state.dataset().classes
    named = name_classes(classes, own, read_own_names(label_store()))
    if not named:
        st.info("The data set has no classes yet.", icon=":material/label_off:")
        return
    st.caption(
        "Before anything is learned, YAMNet suggests a class where it hears what AudioSet calls by these "
        "names. Changes count at once, for everybody who works on this data set."
    )
    st.markdown(plain(describe_names(named)))
    _show_error()
    table = pd.DataFrame(
        {
            "Class": [each.label for each in named],
            "names": [each.names for each in named],
            "From": [_SOURCES[each.source] for each in named],
        }
    )
    key = f"{_TABLE}_{st.session_state.get(_ROUND, 0)}"
    st.data_editor(
        table,
        column_config={
            "names": st.column_config.MultiselectColumn("AudioSet names", options=own, width="large"),
        },
        disabled=["Class", "From"],
        hide_index=True,
        height=min(38 + 35 * len(table), 460),
        key=key,
        on_change=_take_edits,
        args=(key, classes),
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            "CSV",
            lambda: format_names(named).encode(),
            file_name="audioset_names.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="label_names_csv",
        )
        changed = [each.label for each in named if each.source == "yours"]
        st.button(
            "Take back all changes",
            icon=":material/undo:",
            disabled=not changed,
            on_click=_change,
            args=(dict.fromkeys(changed),),
            key="label_names_reset",
        )
    st.file_uploader(
        "Take names from a CSV",
        type="csv",
        key=_FILE,
        on_change=_take_file,
        args=(classes,),
        max_upload_size=1,
    )


def _take_edits(key: str, classes: Sequence[str]) -> None:
    """Keep what was changed in the table since the last time: the table itself remembers all edits."""
    of_table, done = st.session_state.setdefault(_DONE, (key, {}))
    done = done if of_table == key else {}
    edits = {
        classes[int(row)]: list(cells["names"] or [])
        for row, cells in st.session_state[key]["edited_rows"].items()
        if "names" in cells
    }
    changes = {name: own for name, own in edits.items() if done.get(name) != own}
    by_itself = {each.label: each.names for each in name_classes(classes, audioset_names())}
    if _keep({name: None if own == by_itself[name] else own for name, own in changes.items()}):
        st.session_state[_DONE] = key, edits


def _take_file(classes: Sequence[str]) -> None:
    file = st.session_state[_FILE]
    if file is None:
        return
    try:
        read = read_names(file, classes, audioset_names())
    except FsatError as error:
        st.session_state[_ERROR] = [str(error)]
        return
    if read.faults:
        said = (
            f"Nothing was taken: {counted(len(read.faults), 'row')} cannot be. Mend the file, and try again."
        )
        st.session_state[_ERROR] = [said, *read.faults]
        return
    _change(read.changes)


def _change(changes: Mapping[str, Sequence[str] | None]) -> None:
    """Keep changes that were not made in the table, which then begins anew."""
    if _keep(changes):
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


@access.needs("label")
def _keep(changes: Mapping[str, Sequence[str] | None]) -> bool:
    try:
        change_own_names(label_store(), changes)
    except LabelError as error:
        st.session_state[_ERROR] = [str(error)]
        return False
    return True


def _show_error() -> None:
    lines = st.session_state.pop(_ERROR, [])
    if lines:
        show_error(lines[0])
    for line in lines[1 : 1 + _MOST_FAULTS]:
        st.markdown(f"- {explain(line)}")
    if len(lines) > 1 + _MOST_FAULTS:
        st.markdown(f"- and {len(lines) - 1 - _MOST_FAULTS:,} more")


@st.cache_resource(max_entries=16, show_spinner=False)
def _last_read(url: str) -> dict[str, list[str]]:
    return {}
