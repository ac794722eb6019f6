"""What a run predicts for each clip, or what a pretrained network hears in it and decisions teach."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

import numpy as np
import pandas as pd

from fsat_core.embedding import EmbeddingStore
from fsat_core.embedding.learner import Learner
from fsat_core.embedding.own_names import own_columns
from fsat_core.labels.resolve import LatestRule, resolve
from fsat_core.runs.predictions import load_oof, read_saved
from fsat_core.runs.run import Run

NUM_CHOICES = 9  # one for each of the keys 1 to 9
_NUM_SURE = 3  # the likeliest classes are always shown, others only
_LEAST = 0.05  # from this probability on
_AT_ONCE = 100  # clips that are learned from while a board waits: 20 ms


@dataclass(frozen=True)
class Suggestions:
    """Predictions of a run [shape=(N, C)], the row of each clip, and the class of each column."""

    run_id: str
    classes: Sequence[str]
    probabilities: np.ndarray
    rows: dict[str, int]

    def likeliest(self, clip_id: str, without: Sequence[str]) -> list[tuple[str, float]]:
        """The likeliest classes of a clip and their probabilities, without those that it has already.

        At least three where the run knows the clip, and so many that there are `NUM_CHOICES` choices with
        the clip's own classes; empty where it does not.
        """
        if clip_id not in self.rows:
            return []
        return _likeliest(self.classes, self.probabilities[self.rows[clip_id]], without)


class HeardSuggestions:
    """What a pretrained network hears in clips: by its own names first, and by every label that there is.

    Parameters
    ----------
    store : EmbeddingStore
    clips : pd.DataFrame
        The catalogue. Labels of the curated clips teach from the beginning.
    classes : sequence of str
    own_names : mapping, optional
        The network's names for some of them, as users say: see `match_names`.
    """

    run_id = ""

    def __init__(
        self,
        store: EmbeddingStore,
        clips: pd.DataFrame,
        classes: Sequence[str],
        own_names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._learner = Learner(store, classes, own_columns(classes, own_names or {}))
        self._of_tables = dict(zip(clips["clip_id"], clips["labels"], strict=True))
        curated = clips[(clips["split"] == "curated") & (clips["labels"] != "")]
        self._given = dict(zip(curated["clip_id"], curated["labels"], strict=True))
        self._background = ThreadPoolExecutor(1, thread_name_prefix="learn")
        self._learning: Future[None] | None = None  # what is learned in the background
        self._lock = Lock()

    def learn(self, decisions: pd.DataFrame) -> bool:
        """Go by all that was decided up to now: at once if little of it is new, else in the background.

        Returns
        -------
        bool
            Whether `likeliest` goes by it now. If not, ask again: `likeliest` would wait for the background.
        """
        with self._lock:
            if self.is_learning:
                return False
            ended, self._learning = self._learning, None
            if ended is not None:
                ended.result()  # whatever went wrong in it
            labels = self._labels(decisions)
            if self._learner.learn(labels, at_most=_AT_ONCE):
                return True
            self._learning = self._background.submit(self._learn_all, labels)
            return False

    @property
    def is_learning(self) -> bool:
        """Whether something is learned in the background."""
        return self._learning is not None and not self._learning.done()

    def _learn_all(self, labels: dict[str, str]) -> None:
        self._learner.learn(labels)
        self._learner.probabilities([])  # so that the first who asks does not wait for it

    def _labels(self, decisions: pd.DataFrame) -> dict[str, str]:
        """What each clip is labelled with, as far as that is to be learned from."""
        decided = [clip_id for clip_id in decisions["clip_id"].unique() if clip_id in self._of_tables]
        labels = [self._of_tables[clip_id] for clip_id in decided]
        clips = pd.DataFrame({"clip_id": decided, "labels": labels}, dtype="str")
        now = resolve(decisions, clips, LatestRule())
        verdicts = now[now["status"].isin(["accepted", "relabelled", "removed"])]
        return self._given | dict(zip(verdicts["clip_id"], verdicts["labels"], strict=True))

    def likeliest(self, clip_id: str, without: Sequence[str]) -> list[tuple[str, float]]:
        """As `Suggestions.likeliest`; of a clip that is labelled, what all others say."""
        (values,) = self._learner.probabilities([clip_id])
        return _likeliest(self._learner.classes, values, without) if values.any() else []


def _likeliest(classes: Sequence[str], values: np.ndarray, without: Sequence[str]) -> list[tuple[str, float]]:
    order = [at for at in np.argsort(-values, kind="stable") if classes[at] not in without]
    likely = [
        column
        for place, column in enumerate(order[: max(NUM_CHOICES - len(without), 0)])
        if place < _NUM_SURE or values[column] >= _LEAST
    ]
    return [(classes[column], float(values[column])) for column in likely]


def load_suggestions(run: Run) -> Suggestions:
    """What a finished run predicts; a RunError if its predictions cannot be read."""
    oof = load_oof(run, with_noisy=True)
    clip_ids, probabilities = list(oof.clip_ids), oof.probabilities
    test_ids, test = list[str](), probabilities[:0]
    if (run.path / "test.parquet").exists():  # else the set has no test clips
        test_ids, test = read_saved(run, "test.parquet")
    rows = {clip_id: row for row, clip_id in enumerate([*clip_ids, *test_ids])}
    return Suggestions(run.run_id, oof.classes, np.concatenate([probabilities, test]), rows)
