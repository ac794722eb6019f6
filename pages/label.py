"""Label: decide on clips by ear, one after the other or twelve at a time."""

from collections.abc import Callable

import streamlit as st

from fsat_core.dataset.own_classes import NO_CLASSES
from fsat_core.errors import FsatError
from ui.label.agreement import show_agreement
from ui.label.board import show_board
from ui.label.exchange import show_exchange
from ui.label.label_sets import show_label_sets
from ui.label.own_names import show_own_names
from ui.label.queue_choice import choose_queue
from ui.label.view_choice import choose_view
from ui.shared import access, state
from ui.shared.annotator import ask_annotator, show_annotator
from ui.shared.guard import require_app
from ui.shared.texts import plain, show_error

require_app(__file__)


def show_more(name: str) -> None:
    """Label sets, agreement, names and exchange; each is computed only while it is open."""
    parts: dict[str, tuple[str, Callable[[], None]]] = {
        "Label sets": (":material/bookmarks:", show_label_sets),
        "Agreement": (":material/handshake:", lambda: show_agreement(name)),
        "AudioSet names": (":material/hearing:", show_own_names),
        "Import and export": (":material/swap_vert:", lambda: show_exchange(name)),
    }
    for title, (icon, show) in parts.items():
        with st.expander(title, icon=icon, key=f"label_{title}", on_change="rerun") as part:
            if part.open:
                try:
                    show()
                except FsatError as error:
                    show_error(error)


if not access.may("label"):
    st.title("Label", anchor=False)
    st.info(plain(access.hint("label")), icon=":material/lock:")
    st.stop()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Label", anchor=False, width="content")
    picker = st.container(width="stretch", key="label_picker")  # where the name of a queue has most room
    name = show_annotator()
if name is None:
    ask_annotator()
    st.stop()
try:
    with st.container(horizontal=True, vertical_alignment="center"):
        queue = choose_queue(name, picker)
        view = choose_view(queue, name) if queue is not None else None
    if not state.dataset().classes:
        st.info(NO_CLASSES, icon=":material/label_off:")
    if view is not None and view.queue.clips.empty:
        st.info("This queue has no clips: choose another, or make one.", icon=":material/filter_alt_off:")
    elif view is not None:
        show_board(view)
    show_more(name)
except FsatError as error:
    show_error(error)
