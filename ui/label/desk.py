"""What the page Label works with: the label database, all decisions in it, and its queues.

Opened once per server and shared by all visitors.
"""

import threading
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fsat_core.labels import LabelStore, Queue, list_queues, load_queue, save_queue
from fsat_core.runs import Run
from ui.evaluate import results
from ui.shared import state

_PATIENCE_S = 5.0  # a page that waits longer looks dead; the browser sends again what could not be stored


class DecisionLog:
    """All decisions in a store, read once; afterwards only what has come since."""

    def __init__(self, store: LabelStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.last = store.decisions()

    def read(self) -> pd.DataFrame:
        """As `LabelStore.decisions` returns it; never to be changed, since sessions share it."""
        with self._lock:
            last_id = int(self.last["id"].max()) if len(self.last) else 0
            new = self._store.decisions(after_id=last_id)
            if len(new):
                self.last = pd.concat([self.last, new], ignore_index=True)
            return self.last


def store() -> LabelStore:
    """The label database in use; a LabelError where it cannot be opened."""
    return _open(state.settings().database_url)


def decisions() -> pd.DataFrame:
    """All decisions of everybody, those of a moment ago included; never to be changed."""
    return log().read()


def log() -> DecisionLog:
    """What is known of the decisions, also while the database is away."""
    return _log(state.settings().database_url)


def queues() -> pd.DataFrame:
    """The saved queues, newest first: see `list_queues`."""
    return list_queues(store())


def queue(queue_id: int) -> Queue:
    """A saved queue; they never change."""
    return _queue(state.settings().database_url, queue_id)


def save(queue: Queue) -> Queue:
    """Save a queue; returns it with its id and name."""
    return save_queue(store(), queue)


def usable_runs() -> dict[str, Run]:
    """The finished runs of the data set in use by their names, newest first."""
    return {run_id: run for run_id, run in results.finished_runs().items() if results.is_of_this_set(run)}


def clips(clip_ids: Sequence[str]) -> pd.DataFrame:
    """The catalogue's rows of these clips, in their order; a clip that has gone since has no row."""
    rows = _by_id(state.version())
    return rows.loc[[clip_id for clip_id in clip_ids if clip_id in rows.index]].reset_index()


@st.cache_resource(max_entries=2, show_spinner="Opening the label database", on_release=LabelStore.close)
def _open(url: str) -> LabelStore:
    return LabelStore.open(url, patience_s=_PATIENCE_S)


@st.cache_resource(max_entries=2, show_spinner="Reading the decisions")
def _log(url: str) -> DecisionLog:
    return DecisionLog(_open(url))


@st.cache_resource(max_entries=16, show_spinner="Opening the queue")
def _queue(url: str, queue_id: int) -> Queue:
    return load_queue(_open(url), queue_id)


@st.cache_resource(max_entries=2, show_spinner=False)
def _by_id(version: int) -> pd.DataFrame:
    return state.catalogue().set_index("clip_id")
