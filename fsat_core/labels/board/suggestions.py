"""What a run predicts for each clip: out of fold for training clips, with all folds for its test clips."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fsat_core.runs.predictions import load_oof, read_saved
from fsat_core.runs.run import Run

NUM_CHOICES = 9  # one for each of the keys 1 to 9
_NUM_SURE = 3  # the likeliest classes are always shown, others only
_LEAST = 0.05  # from this probability on


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
        values = self.probabilities[self.rows[clip_id]]
        order = [at for at in np.argsort(-values, kind="stable") if self.classes[at] not in without]
        likely = [
            column
            for place, column in enumerate(order[: max(NUM_CHOICES - len(without), 0)])
            if place < _NUM_SURE or values[column] >= _LEAST
        ]
        return [(self.classes[column], float(values[column])) for column in likely]


def load_suggestions(run: Run) -> Suggestions:
    """What a finished run predicts; a RunError if its predictions cannot be read."""
    oof = load_oof(run, with_noisy=True)
    clip_ids, probabilities = list(oof.clip_ids), oof.probabilities
    test_ids, test = list[str](), probabilities[:0]
    if (run.path / "test.parquet").exists():  # else the set has no test clips
        test_ids, test = read_saved(run, "test.parquet")
    rows = {clip_id: row for row, clip_id in enumerate([*clip_ids, *test_ids])}
    return Suggestions(run.run_id, oof.classes, np.concatenate([probabilities, test]), rows)
