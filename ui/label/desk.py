"""What the page Label works with: the queues in the label database, and the clips in them.

Opened once per server and shared by all visitors.
"""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fsat_core.errors import LabelError
from fsat_core.labels import (
    Queue,
    delete_queue,
    list_queues,
    load_queue,
    rename_queue,
    restore_queue,
    save_queue,
)
from fsat_core.labels.fixed_keys import read_fixed_keys
from fsat_core.labels.queues import settings as queue_settings
from fsat_core.labels.queues.saved import find_deleted_title
from ui.shared import access, state
from ui.shared.label_store import label_store

_FIXED = "label_fixed_keys"  # whose they are, the keys, and whether these are the latest


def queues() -> pd.DataFrame:
    """The saved queues, newest first: see `list_queues`."""
    return list_queues(label_store())


def queue(queue_id: int) -> Queue:
    """A saved queue; they never change."""
    return _queue(state.settings().database_url, queue_id)


@access.needs("label")
def save(queue: Queue) -> Queue:
    """Save a queue; returns it with its id and name."""
    return save_queue(label_store(), queue)


@access.needs("label")
def rename(queue_id: int, title: str) -> None:
    """Give a queue another title."""
    rename_queue(label_store(), queue_id, title)


@access.needs("label")
def delete(queue_id: int, title: str) -> None:
    """Take a queue off the list; its decisions stay."""
    access.write_down("delete a queue", f"{title} ({queue_id}) of {state.settings().set_name}")
    delete_queue(label_store(), queue_id)


@access.needs("label")
def restore(queue_id: int) -> None:
    """Bring a deleted queue back."""
    restore_queue(label_store(), queue_id)


def deleted_title(queue_id: int) -> str | None:
    """The title of a deleted queue; None where none of that number was deleted."""
    return find_deleted_title(label_store(), queue_id)


def settings(annotator: str) -> dict[tuple[int, str], str]:
    """What an annotator has set about the queues, by their number and the name of what is set."""
    return queue_settings.read_settings(label_store(), annotator)


@access.needs("label")
def keep_setting(queue: Queue, name: str, value: str, annotator: str) -> None:
    """Set something about a saved queue, for one annotator."""
    if queue.queue_id is not None:
        queue_settings.keep_setting(label_store(), queue.queue_id, name, value, annotator)


def fixed_keys(annotator: str, is_new: bool) -> list[dict[str, str]] | None:
    """The keys that an annotator has given to classes, read again if they are new.

    While they cannot be read, those that were read last; None if there are none of these.
    """
    whose = (state.settings().database_url, annotator)
    kept_of, kept, is_latest = st.session_state.get(_FIXED, (whose, None, False))
    if kept_of != whose:
        kept, is_latest = None, False
    if is_latest and not is_new:
        return kept
    try:
        keys = read_fixed_keys(label_store(), annotator, state.dataset().classes)
        kept, is_latest = [fixed.model_dump() for fixed in keys], True
    except LabelError:  # of which the board says what matters: whether decisions are stored
        is_latest = False
    st.session_state[_FIXED] = whose, kept, is_latest
    return kept


def clips(queue: Queue, positions: Sequence[int]) -> pd.DataFrame:
    """`clip_id, labels, error` of the clips at these positions of a queue, less those that are gone."""
    rows = _rows(state.settings().database_url, queue.queue_id, state.version(), queue)
    return rows.loc[[at for at in positions if at in rows.index]]


@st.cache_resource(max_entries=8, show_spinner="Opening the queue")
def _rows(url: str, queue_id: int | None, version: int, _queue: Queue) -> pd.DataFrame:
    """What the catalogue says of the clips of a queue, by their position there."""
    places = pd.DataFrame({"at": range(len(_queue.clips)), "clip_id": _queue.clips["clip_id"].to_numpy()})
    found = state.catalogue().among(places["clip_id"]).frame(["clip_id", "labels", "error"])
    return places.merge(found, on="clip_id").set_index("at")


@st.cache_resource(max_entries=16, show_spinner="Opening the queue")
def _queue(url: str, queue_id: int) -> Queue:
    return load_queue(label_store(), queue_id)
