"""A run's saved predictions, with the true labels of the same clips."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fsat_core.dataset.clip_ids import split_of
from fsat_core.dataset.label_text import label_matrix, used_classes
from fsat_core.errors import DatasetError, RunError
from fsat_core.runs.records import UnreadableError, read_bytes
from fsat_core.runs.run import Run

# What pandas and Arrow raise for a file that is no table.
_NO_TABLE = (OSError, ValueError, TypeError, LookupError, NotImplementedError, MemoryError)


@dataclass(frozen=True)
class Predictions:
    """Predictions for N clips and C classes, with the truth in the same order.

    Parameters
    ----------
    clip_ids, classes : list of str
        Names of the rows and of the columns.
    truth : np.ndarray [shape=(N, C)]
        1 where the clip has the class, else 0; a row of zeros where nothing is known.
    probabilities : np.ndarray [shape=(N, C)], float64
    """

    clip_ids: list[str]
    classes: list[str]
    truth: np.ndarray
    probabilities: np.ndarray

    def select(self, clip_ids: Sequence[str]) -> "Predictions":
        """The same for these clips only, in this order; each must be among `clip_ids`."""
        row = {clip_id: index for index, clip_id in enumerate(self.clip_ids)}
        rows = [row[clip_id] for clip_id in clip_ids]
        return Predictions(list(clip_ids), self.classes, self.truth[rows], self.probabilities[rows])

    def widen(self, classes: Sequence[str], fill: float = 0.0) -> "Predictions":
        """The same over other classes, in their order; `fill` is the probability of classes that are new."""
        truth = np.zeros((len(self.clip_ids), len(classes)), dtype=self.truth.dtype)
        probabilities = np.full(truth.shape, fill)
        column = {name: index for index, name in enumerate(self.classes)}
        new = [index for index, name in enumerate(classes) if name in column]
        old = [column[classes[index]] for index in new]
        truth[:, new], probabilities[:, new] = self.truth[:, old], self.probabilities[:, old]
        return Predictions(self.clip_ids, list(classes), truth, probabilities)

    def labels(self) -> list[str]:
        """Each clip's true class names, joined by commas."""
        names = np.array(self.classes)
        return [",".join(names[row > 0]) for row in self.truth]


def load_oof(run: Run, with_noisy: bool = False) -> Predictions:
    """The out-of-fold predictions of a finished run, with its pinned labels as the truth.

    Parameters
    ----------
    with_noisy : bool
        Also those of the noisy clips of a run on both splits. They are left out where predictions are
        scored: a wrong label says nothing about them.

    Raises
    ------
    RunError
        If `oof.parquet` is missing, damaged or of other clips than `labels.csv`.
    """
    clip_ids, probabilities = read_saved(run, "oof.parquet")
    labels = run.labels().set_index("clip_id")["labels"]
    if missing := [clip_id for clip_id in clip_ids if clip_id not in labels.index]:
        raise RunError(
            f"Run '{run.run_id}': oof.parquet has the clip '{missing[0]}', which labels.csv has not; "
            "expected the same clips in both. Restore these files, or train again."
        )
    truth = label_matrix(labels[clip_ids], run.classes)
    predictions = Predictions(clip_ids, run.classes, truth, probabilities)
    return predictions if with_noisy else predictions.select(scored_clips(clip_ids))


def scored_clips(clip_ids: Sequence[str]) -> list[str]:
    """The clips whose labels are good enough to score by: curated ones, or all where none is curated."""
    return [clip_id for clip_id in clip_ids if split_of(clip_id) == "curated"] or list(clip_ids)


def load_test(run: Run, truth: pd.DataFrame) -> Predictions:
    """The test predictions of a finished run for the clips whose labels are known.

    Parameters
    ----------
    truth : pd.DataFrame
        As from `read_truth`. Classes in it that the run never saw follow the run's own, with probability 0.

    Raises
    ------
    RunError
        If `test.parquet` is missing or damaged.
    DatasetError
        If `truth` labels none of the run's test clips.
    """
    clip_ids, probabilities = read_saved(run, "test.parquet")
    return with_truth(Predictions(clip_ids, run.classes, np.zeros(probabilities.shape), probabilities), truth)


def with_truth(predictions: Predictions, truth: pd.DataFrame) -> Predictions:
    """The labelled clips of `predictions`, over the classes of both; `DatasetError` where there are none."""
    labels = truth.loc[truth["labels"] != ""].set_index("clip_id")["labels"]
    known = [clip_id for clip_id in predictions.clip_ids if clip_id in labels.index]
    if not known:
        example = predictions.clip_ids[0] if predictions.clip_ids else "none"
        raise DatasetError(
            f"The truth labels none of the {len(predictions.clip_ids)} test clips (such as '{example}'): "
            "expected a table of fname,labels about the test clips. Choose the table of the same data set."
        )
    labels = labels[known]
    classes = [*predictions.classes, *sorted(used_classes(labels) - set(predictions.classes))]
    wide = predictions.select(known).widen(classes)
    return Predictions(known, classes, label_matrix(labels, classes), wide.probabilities)


def read_saved(run: Run, name: str) -> tuple[list[str], np.ndarray]:
    """`clip_id` and probabilities (N, C) of `oof.parquet` or `test.parquet`, checked.

    Raises
    ------
    RunError
        If the file is missing or damaged.
    """
    path = run.path / name
    if not path.exists():
        raise RunError(
            f"Run '{run.run_id}' ({run.state}) has no {name}: expected the predictions of a finished run"
            f"{' on a set with test clips' if name == 'test.parquet' else ''}. "
            "Wait for it, resume it, or choose another run."
        )
    try:
        table = pd.read_parquet(io.BytesIO(read_bytes(path)))
    except UnreadableError as error:
        raise _damaged(run, name, str(error)) from error
    except _NO_TABLE as error:
        raise _damaged(run, name, "it is cut or of another type") from error
    if list(table.columns) != ["clip_id", *run.classes]:
        raise _damaged(run, name, "it has other columns than classes.json")
    try:
        probabilities = table[run.classes].to_numpy(dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise _damaged(run, name, "it has cells that are no numbers") from error
    if not np.isfinite(probabilities).all():
        raise _damaged(run, name, "it has values that are not finite")
    clip_ids = table["clip_id"].astype(str).tolist()
    if len(set(clip_ids)) < len(clip_ids):
        raise _damaged(run, name, "it has a clip twice")
    return clip_ids, probabilities


def _damaged(run: Run, name: str, reason: str) -> RunError:
    return RunError(
        f"Run '{run.run_id}': {name} cannot be read ({reason}); expected clip_id and one column per class. "
        "Resume the run, which writes it anew, or restore the file."
    )
