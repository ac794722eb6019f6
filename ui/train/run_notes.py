"""The note and the tags of a run on a page: shown, edited in place, and gathered over all runs."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from fsat_core.errors import FsatError
from fsat_core.runs import Run, read_notes, save_notes
from fsat_core.runs.notes import MAX_NOTE_LENGTH
from ui.shared import access, state
from ui.shared.texts import plain, show_error

_WIDTH = 320  # in pixels: fixed, because a popover that grows with its content jumps with each tag


def tags_of(run: Run) -> list[str]:
    """The tags of a run; none where they cannot be read."""
    try:
        return list(read_notes(run).tags)
    except FsatError:  # a damaged file; the rest of the run can still be shown
        return []


def known_tags(runs: Iterable[Run]) -> list[str]:
    """Every tag that one of these runs has, in alphabetical order."""
    return sorted({tag for run in runs for tag in tags_of(run)}, key=str.casefold)


def show_notes(run: Run) -> None:
    """The tags and the note of a run, where there are any."""
    try:
        notes = read_notes(run)
    except FsatError as error:  # which says nothing about the run itself
        show_error(error, ":material/broken_image:")
        return
    if notes.tags:
        with st.container(horizontal=True, gap="xsmall"):
            for tag in notes.tags:
                st.badge(plain(tag), icon=":material/label:", color="gray")
    if notes.note:
        st.markdown("  \n".join(map(plain, notes.note.splitlines())))


def offer_notes(run: Run) -> None:
    """A popover to edit note and tags; each change is saved at once. Nothing if their file is damaged."""
    try:
        notes = read_notes(run)
    except FsatError:  # `show_notes` says so
        return
    note_key, tags_key = _key(run, "note", notes.note), _key(run, "tags", list(notes.tags))
    popover = st.popover("Note", icon=":material/edit_note:", help="Note and tags of this run")
    with popover, st.container(width=_WIDTH):
        st.text_area(
            "Note",
            notes.note,
            key=note_key,
            max_chars=MAX_NOTE_LENGTH,
            placeholder="What this run is for, or what came of it",
            on_change=_save,
            args=(run, "note", note_key),
        )
        st.multiselect(
            "Tags",
            sorted({*known_tags(state.runs()), *notes.tags}, key=str.casefold),
            notes.tags,
            key=tags_key,
            accept_new_options=True,
            placeholder="Choose or type one",
            on_change=_save,
            args=(run, "tags", tags_key),
        )
        if error := st.session_state.get(_error_key(run)):
            show_error(error, ":material/block:")
        st.caption("Every change is saved at once, for everybody.")


def _key(run: Run, name: str, saved: Any) -> str:
    """The key of the widget for `note` or `tags`: a new one when somebody else has changed what is saved.

    The widget begins with what is saved as its default. To put that into the session instead would lose it:
    a closed popover does not take it, and opens with an empty widget, which would then be saved.
    """
    version_key = f"{name}-{run.run_id}"
    seen, version = st.session_state.get(version_key, (None, 0))
    if seen != saved:
        version += 1
        st.session_state[version_key] = saved, version
    return f"{version_key}-{version}"


@access.needs("train")
def _save(run: Run, name: str, key: str) -> None:
    """Save what the widget for `note` or `tags` holds."""
    value = st.session_state[key]
    try:
        save_notes(run, **{name: value})
    except FsatError as error:
        st.session_state[_error_key(run)] = str(error)
        return
    st.session_state.pop(_error_key(run), None)
    version_key, version = key.rsplit("-", 1)
    st.session_state[version_key] = value, int(version)  # our own change: keep the widget as it is


def _error_key(run: Run) -> str:
    return f"notes-error-{run.run_id}"
