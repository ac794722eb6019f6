"""All decisions of a label database at hand, brought up to date by what is new."""

import threading

import pandas as pd

from fsat_core.labels.store import LabelStore

_MOST_PARTS = 64  # that columns come in, and one more for each of so many decisions:
_PER_PART = 1_000


class DecisionLog:
    """All decisions in a store, read once; afterwards only what has come since."""

    def __init__(self, store: LabelStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.last = store.decisions()
        self._num_parts = 1

    def read(self) -> pd.DataFrame:
        """As `LabelStore.decisions` returns it; never to be changed, since sessions share it."""
        new = self._store.decisions(after_id=self._last_id())  # sessions need not wait for each other here
        if len(new):
            with self._lock:
                self._append(new[new["id"] > self._last_id()])
        return self.last

    def _last_id(self) -> int:
        return int(self.last["id"].iloc[-1]) if len(self.last) else 0

    def _append(self, new: pd.DataFrame) -> None:
        if new.empty:  # another session has read it, too
            return
        self.last = pd.concat([self.last, new], ignore_index=True)
        self._num_parts += 1
        if self._num_parts > _MOST_PARTS + len(self.last) // _PER_PART:
            self.last, self._num_parts = _in_one_part(self.last), 1


def _in_one_part(table: pd.DataFrame) -> pd.DataFrame:
    """The same with texts in one part: pandas keeps them as they came, and then all takes longer."""
    texts = table.select_dtypes("str")
    return table.assign(**{name: pd.array(texts[name].tolist(), dtype="str") for name in texts})
