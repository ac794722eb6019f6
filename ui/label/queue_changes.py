"""Another name for a queue, and deleting it, which can be taken back. Its decisions stay."""

import pandas as pd
import streamlit as st

from fsat_core.errors import FsatError
from fsat_core.labels.queues.saved import MOST_CHARACTERS
from ui.label import desk
from ui.shared.texts import plain, show_error

CHOSEN = "label_queue"  # the number of the queue in use
_TITLE = "label_queue_title"
_DELETED = "label_queue_deleted"  # the number and the title of the queue that was deleted last
_MISSING = "label_queue_missing"  # what is to be said of a queue that was asked for and is not on the list
_ERROR = "label_queue_error"


def offer_changes(queue: pd.Series) -> None:
    """What can be done with the queue in use, a row of `list_queues` by its number."""
    queue_id, title = int(queue.name), str(queue["title"])
    with st.popover("Queue", icon=":material/edit:"):
        with st.form(f"label_rename_{queue_id}", border=False):
            st.text_input("Name of the queue", title, max_chars=MOST_CHARACTERS, key=f"{_TITLE}_{queue_id}")
            st.form_submit_button("Rename", on_click=_rename, args=(queue_id,))
        st.button(
            "Delete this queue",
            icon=":material/delete:",
            key="label_queue_delete",
            help="For everybody. The decisions that were made from it stay, and it can be brought back.",
            on_click=_delete,
            args=(queue_id, title),
        )
    offer_undo()


def offer_undo() -> None:
    """What became of the last change or of the queue that was asked for, and the way back from a deletion."""
    if _MISSING in st.session_state:
        show_error(st.session_state[_MISSING])
    if _ERROR in st.session_state:
        show_error(st.session_state.pop(_ERROR))
    if _DELETED not in st.session_state:
        return
    queue_id, title = st.session_state[_DELETED]
    st.button(
        f"Bring back {plain(title)}",
        icon=":material/undo:",
        key="label_queue_restore",
        on_click=_restore,
        args=(queue_id,),
    )


def note_missing(queue_id: int) -> None:
    """Have it said that a queue that was asked for is not listed, and offer it back if it was deleted."""
    if st.session_state.get(_DELETED, (None, ""))[0] == queue_id:  # by this visitor, just now
        return
    title = desk.deleted_title(queue_id)
    if title is None:
        st.session_state[_MISSING] = f"There is no queue {queue_id}: expected one of the list. Choose one."
        return
    st.session_state[_DELETED] = queue_id, title
    st.session_state[_MISSING] = (
        f"'{title}' was deleted: expected a queue of the list. Choose one, or bring it back."
    )


def forget_missing() -> None:
    """Say no more of it: another queue was chosen."""
    st.session_state.pop(_MISSING, None)


def _rename(queue_id: int) -> None:
    try:
        desk.rename(queue_id, st.session_state[f"{_TITLE}_{queue_id}"])
    except FsatError as error:
        st.session_state[_ERROR] = str(error)


def _delete(queue_id: int, title: str) -> None:
    try:
        desk.delete(queue_id, title)
    except FsatError as error:
        st.session_state[_ERROR] = str(error)
        return
    st.session_state[_DELETED] = queue_id, title
    forget_missing()


def _restore(queue_id: int) -> None:
    try:
        desk.restore(queue_id)
    except FsatError as error:
        st.session_state[_ERROR] = str(error)
        return
    del st.session_state[_DELETED]
    forget_missing()
    st.session_state[CHOSEN] = queue_id
