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
    """What became of the last change, and the way back from a deletion."""
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


def _rename(queue_id: int) -> None:
    try:
        desk.rename(queue_id, st.session_state[f"{_TITLE}_{queue_id}"])
    except FsatError as error:
        st.session_state[_ERROR] = str(error)


def _delete(queue_id: int, title: str) -> None:
    try:
        desk.delete(queue_id)
    except FsatError as error:
        st.session_state[_ERROR] = str(error)
        return
    st.session_state[_DELETED] = queue_id, title


def _restore(queue_id: int) -> None:
    try:
        desk.restore(queue_id)
    except FsatError as error:
        st.session_state[_ERROR] = str(error)
        return
    del st.session_state[_DELETED]
    st.session_state[CHOSEN] = queue_id
