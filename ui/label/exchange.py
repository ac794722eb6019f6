"""Labels in from a file and out to one, on the page Label."""

import hashlib
from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fsat_core.errors import FsatError, LabelError
from fsat_core.labels import (
    LabelImport,
    LatestRule,
    UnknownNamesError,
    format_labels,
    list_label_sets,
    load_label_set,
    read_import,
    resolve,
    view_label_set,
)
from fsat_core.labels.exchange import format_details
from fsat_core.labels.negatives import written_labels
from fsat_core.text import counted
from ui.shared import access, state
from ui.shared.label_store import all_decisions, decision_log, label_store
from ui.shared.sign_in import signed_in_as
from ui.shared.tables import upload_table
from ui.shared.texts import explain, plain, show_error

_NOW = "All decisions"
_DONE = "label_import_done"  # how many decisions, and the token of the first of each annotator
_FAILED = "label_import_failed"
_FORMATS = {".csv": "text/csv", ".json": "application/json"}


def show_exchange(annotator: str) -> None:
    """Export on the left, import on the right."""
    with st.grid(2, min_column_width=300, gap="large") as grid:
        with grid.cell():
            st.markdown("**Export**")
            _show_export()
        with grid.cell():
            st.markdown("**Import**")
            _show_import(annotator)


def _show_export() -> None:
    names = [kept.name for kept in list_label_sets(label_store())][::-1]
    with st.container(horizontal=True):
        which = st.selectbox("Labels", [_NOW, *names], key="label_export_set")
        split = st.selectbox(
            "Clips",
            state.splits(),
            index=None,
            placeholder="All",
            format_func=str.capitalize,
            key="label_export_split",
        )
    with_details = st.checkbox(
        "Who, when and from which queue",
        disabled=which != _NOW,
        key="label_export_details",
        help="A row for each decision that stands, not for each clip. Imports of such a file keep all of it, "
        "and take nothing twice. A label set has no decisions.",
    )
    write = _writer(which, split, with_details and which == _NOW)
    subject = f"{which} of {state.settings().set_name}"
    with st.container(horizontal=True):
        for suffix, mime in _FORMATS.items():
            kind = suffix[1:].upper()
            st.download_button(
                kind,
                data=access.guarded("label", partial(write, suffix), "export labels", f"{subject} as {kind}"),
                file_name=f"{_file_name(which, with_details)}{suffix}",
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"label_export{suffix}",
            )
    st.caption(
        "CSV: `fname,labels` as in train_curated.csv, without removed clips. JSON: `{fname: labels}`, in "
        'which `"remove"` stands for a removed clip. In both, `Howl,-Bark` is Howl, and certainly no Bark.'
    )


def _file_name(which: str, with_details: bool) -> str:
    return which if which != _NOW else "decisions" if with_details else "labels"


def _writer(which: str, split: str | None, with_details: bool) -> Callable[[str], str]:
    """What writes labels as a kind of file later, outside of any page: of the data set in use now."""
    log, store = decision_log(), label_store()
    clips = partial(state.catalogue().frame, ["clip_id", "labels"])

    def write(suffix: str) -> str:
        if which != _NOW:
            return format_labels(view_label_set(load_label_set(store, which), clips()), suffix, split)
        decisions = log.read()
        labels = resolve(decisions, clips(), LatestRule())
        return (
            format_details(decisions, labels, suffix, split)
            if with_details
            else format_labels(labels, suffix, split)
        )

    return write


def _show_import(annotator: str) -> None:
    upload = upload_table(
        "Labels as a CSV or JSON file",
        [suffix[1:] for suffix in _FORMATS],
        key="label_import",
        help="The same formats. In either, remove in place of labels removes a clip, and a minus before a "
        "class says that it is certainly not there. Clips that the file does not name stay as they are.",
    )
    _show_outcome()
    if upload is None:
        return
    try:
        found = _read(upload, skip_unknown=False)
    except UnknownNamesError as error:
        show_error(error, ":material/rule:")
        _list_unknown(error)
        if not st.checkbox("Skip the rows with unknown names", key="label_import_skip"):
            return
        found = _read(upload, skip_unknown=True)
    _offer(found, annotator, upload)


def _read(upload: UploadedFile, skip_unknown: bool) -> LabelImport:
    labels = resolve(all_decisions(), state.catalogue().frame(["clip_id", "labels"]), LatestRule())
    known = set(all_decisions()["token"])
    found = read_import(upload, labels, state.dataset().classes, skip_unknown=skip_unknown, known=known)
    user = signed_in_as()
    others = {*found.rows["annotator"]} - {"", user} if user and "annotator" in found.rows else set()
    if others and not access.is_owner():
        raise LabelError(
            f"{upload.name} has decisions of '{min(others)}' while '{user}' is signed in: expected one's "
            "own. Take the others out, or have an owner import the file."
        )
    return found


def _list_unknown(error: UnknownNamesError) -> None:
    names = [("Clip", name) for name in error.unknown_clips] + [
        ("Class", name) for name in error.unknown_classes
    ]
    st.dataframe(
        pd.DataFrame(names, columns=["What", "Name"]),
        hide_index=True,
        height="content" if len(names) <= 6 else 240,
        alt="All unknown names in the file",
    )


def _offer(found: LabelImport, annotator: str, upload: UploadedFile) -> None:
    accepted = found.accepted(annotator, all_decisions())
    for line in found.warnings:
        st.caption(f":material/warning: {explain(line)}")
    if found.ambiguous:
        meant = ", ".join(found.ambiguous[:5])
        st.warning(f"{len(found.ambiguous):,} file names are in several splits; taken for {plain(meant)}.")
    st.caption(plain(_say_changes(found, len(accepted))))
    keeps = len(accepted) > 0 and st.checkbox(
        f"Keep the {counted(len(accepted), 'clip')} that agree with the labels of now as accepted",
        value=True,
        key="label_import_accept",
    )
    if len(found.rows):
        _list_changes(found.rows)
    if count := len(found.rows) + (len(accepted) if keeps else 0):
        st.button(
            f"Import {count:,} decisions" if count > 1 else "Import one decision",
            type="primary",
            icon=":material/upload:",
            on_click=lambda: _import(found, annotator, keeps, upload.name),
            key=f"label_import_{hashlib.blake2b(upload.getvalue(), digest_size=6).hexdigest()}",
        )
    else:
        st.info("Nothing to import.")


def _list_changes(rows: pd.DataFrame) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                "Clip": rows["clip_id"],
                "Decision": rows["action"],
                "Labels": written_labels(rows),
                "Before": rows["previous_labels"],
            }
            | ({"Who": rows["annotator"]} if "annotator" in rows else {})
        ),
        hide_index=True,
        height="content" if len(rows) <= 6 else 240,
        alt="What the import would change",
    )


def _say_changes(found: LabelImport, num_accepted: int) -> str:
    if found.of_decisions:
        return f"{len(found.rows):,} decisions are new, {found.unchanged:,} are there already."
    before = found.unchanged - num_accepted
    said = f" On {counted(before, 'clip')} it is decided so already." if before else ""
    return f"{counted(len(found.rows), 'clip')} would change.{said}"


@access.needs("label")
def _import(found: LabelImport, annotator: str, keeps: bool, file: str) -> None:
    try:
        decisions = found.decisions(annotator, all_decisions() if keeps else None)
        if {decision.annotator for decision in decisions} - {signed_in_as() or annotator}:
            access.check("manage")
        access.write_down("import labels", f"{len(decisions):,} decisions of {file}")
        label_store().add_many(decisions)
    except FsatError as error:
        st.session_state[_FAILED] = str(error)
        return
    firsts = {decision.annotator: decision.token for decision in reversed(decisions)}
    st.session_state[_DONE] = len(decisions), firsts


def _show_outcome() -> None:
    if _FAILED in st.session_state:
        show_error(st.session_state.pop(_FAILED))
    if _DONE not in st.session_state:
        return
    count, firsts = st.session_state[_DONE]
    st.success(f"{count:,} decisions imported.", icon=":material/task_alt:")
    st.button(
        "Take them back",
        icon=":material/undo:",
        on_click=lambda: _take_back(firsts),
        key="label_import_undo",
    )


@access.needs("label")
def _take_back(firsts: dict[str, str]) -> None:
    user = signed_in_as() or ""
    if firsts.keys() - {user}:
        access.check("manage")
    try:
        access.write_down("take back an import", f"decisions of {', '.join(firsts)}")
        for annotator, token in firsts.items():
            label_store().undo(annotator, token, by=user)
    except FsatError as error:
        st.session_state[_FAILED] = str(error)
        return
    del st.session_state[_DONE]
