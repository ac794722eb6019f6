"""All decisions of a label database at hand, brought up to date by what is new."""

import threading

import pandas as pd

from fsat_core.labels.store import LabelStore


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
