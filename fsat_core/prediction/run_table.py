"""What several runs say of the same clips, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fsat_core.dataset.label_text import label_matrix
from fsat_core.errors import RunError
from fsat_core.runs.predictions import Predictions, load_oof, read_saved
from fsat_core.runs.run import Run


@dataclass(frozen=True)
class RunTable:
    """Predictions of M runs for the N clips that all of them have, over the C classes of any.

    `probabilities` [shape=(M, N, C)] is NaN where a run does not know a class; `folds` [shape=(N,)] is the
    fold of the first run that held a clip out; `normalise` says whether rows sum to 1.
    """

    run_ids: list[str]
    clip_ids: list[str]
    classes: list[str]
    truth: np.ndarray
    folds: np.ndarray
    probabilities: np.ndarray
    normalise: bool

    def without(self, member: int) -> "RunTable":
        """The same less one run."""
        return RunTable(
            [run_id for index, run_id in enumerate(self.run_ids) if index != member],
            self.clip_ids,
            self.classes,
            self.truth,
            self.folds,
            np.delete(self.probabilities, member, axis=0),
            self.normalise,
        )

    def judge(self, labels: pd.DataFrame) -> "RunTable":
        """The same with other labels (columns `clip_id, labels`) as the truth, for the clips that have some.

        Raises
        ------
        RunError
            If none of the clips has any.
        """
        texts = labels.loc[labels["labels"] != ""].set_index("clip_id")["labels"]
        rows = [row for row, clip_id in enumerate(self.clip_ids) if clip_id in texts.index]
        if not rows:
            raise RunError(
                f"None of the {len(self.clip_ids):,} clips that the runs share has a label: expected labels "
                "of these clips. Judge by other labels, or choose other runs."
            )
        clip_ids = [self.clip_ids[row] for row in rows]
        return replace(
            self,
            clip_ids=clip_ids,
            truth=label_matrix(texts[clip_ids], self.classes),
            folds=self.folds[rows],
            probabilities=self.probabilities[:, rows],
        )


def align_oof(runs: Sequence[Run]) -> RunTable:
    """Out-of-fold predictions of the runs side by side; where labels differ, those of the first run count."""
    table = _align(runs, [load_oof(run) for run in runs])
    folds = runs[0].labels().set_index("clip_id")["fold"]
    table.folds[:] = folds[table.clip_ids]
    return table


def align_test(runs: Sequence[Run]) -> RunTable:
    """Test predictions of the runs side by side, with a truth and folds of zero."""
    predictions = []
    for run in runs:
        clip_ids, probabilities = read_saved(run, "test.parquet")
        predictions.append(Predictions(clip_ids, run.classes, np.zeros(probabilities.shape), probabilities))
    return _align(runs, predictions)


def _align(runs: Sequence[Run], predictions: Sequence[Predictions]) -> RunTable:
    if not runs:
        raise RunError("No run was chosen: expected at least one trained run. Choose one, or train one.")
    classes = list(dict.fromkeys(name for run in runs for name in run.classes))
    common = set.intersection(*(set(own.clip_ids) for own in predictions))
    clip_ids = [clip_id for clip_id in predictions[0].clip_ids if clip_id in common]
    if not clip_ids:
        raise RunError(
            f"The runs {', '.join(run.run_id for run in runs)} share no clip: expected runs on the same data "
            "set and splits. Choose others, or evaluate them one by one."
        )
    wide = [own.select(clip_ids).widen(classes, fill=np.nan) for own in predictions]
    truth = wide[0].truth.copy()
    for run, own in zip(reversed(runs), reversed(wide), strict=True):
        columns = np.isin(classes, run.classes)
        truth[:, columns] = own.truth[:, columns]
    return RunTable(
        [run.run_id for run in runs],
        clip_ids,
        classes,
        truth,
        np.zeros(len(clip_ids), dtype=np.int64),
        np.stack([own.probabilities for own in wide]),
        all(run.config.task == "single" for run in runs),
    )
