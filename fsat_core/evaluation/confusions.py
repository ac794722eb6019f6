"""Which class is taken for which, and which is ranked above the right one: counts, and their clips."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fsat_core.runs.predictions import Predictions

Cell = tuple[str, str]


@dataclass(frozen=True)
class Confusions:
    """What a run takes for what.

    Parameters
    ----------
    counts : pd.DataFrame
        As `confusion` returns it, or where `outranked` as `outranking` does.
    totals : pd.Series
        The clips that are counted, by class.
    outranked : bool
        Whether clips may have several labels.
    """

    counts: pd.DataFrame
    totals: pd.Series
    outranked: bool

    def describe(self) -> str:
        """How much is recognised, and the largest confusion, in a sentence or two."""
        if self.outranked:
            return describe_outranking(self.counts, self.totals)
        return describe_confusion(self.counts)

    def clips(self, predictions: Predictions, cell: Cell) -> list[str]:
        """The clips that one cell counts, of the same predictions."""
        return (outranked_clips if self.outranked else confused_clips)(predictions, *cell)


def count_confusions(predictions: Predictions, outranked: bool) -> Confusions:
    """Confusions of clips with one label, or, where `outranked`, the classes ranked above right ones."""
    counts = (outranking if outranked else confusion)(predictions)
    truth = predictions.truth > 0
    counted = truth if outranked else truth[truth.sum(axis=1) == 1]
    return Confusions(counts, pd.Series(counted.sum(axis=0), predictions.classes), outranked)


def confusion(predictions: Predictions) -> pd.DataFrame:
    """Counts of true class (rows) by highest-scoring class (columns), both in the order of `classes`.

    Clips with no label or several are left out.
    """
    counts = np.zeros((len(predictions.classes),) * 2, dtype=int)
    single = _single(predictions)
    if single.any():
        pairs = predictions.truth[single].argmax(axis=1), predictions.probabilities[single].argmax(axis=1)
        np.add.at(counts, pairs, 1)
    return pd.DataFrame(counts, index=predictions.classes, columns=predictions.classes)


def confused_clips(predictions: Predictions, true: str, predicted: str) -> list[str]:
    """The clips that one cell of `confusion` counts."""
    row, column = predictions.classes.index(true), predictions.classes.index(predicted)
    chosen = _single(predictions) & (predictions.truth[:, row] > 0)
    chosen[chosen] = predictions.probabilities[chosen].argmax(axis=1) == column
    return _named(predictions, chosen)


def describe_confusion(counts: pd.DataFrame) -> str:
    """How many clips were recognised in a sentence, and the largest confusion."""
    total, right = int(counts.to_numpy().sum()), int(np.trace(counts.to_numpy()))
    text = f"{right:,} of {total:,} clips with one label are recognised ({right / max(total, 1):.0%})."
    worst = largest_confusions(counts, 1)
    if worst.empty:
        return text
    pair = worst.iloc[0]
    return f"{text} Most often confused: {pair['true']} heard as {pair['predicted']} ({pair['clips']:,})."


def outranking(predictions: Predictions) -> pd.DataFrame:
    """How often a class (columns) that a clip lacks is more probable than one that it has (rows).

    The counterpart of `confusion` for clips of several labels: both in the order of `classes`. On the
    diagonal is the number of clips of the class that have no such class above it, so that a row may sum to
    more than the clips of its class.
    """
    truth, probabilities = predictions.truth > 0, predictions.probabilities
    counts = np.zeros((len(predictions.classes),) * 2, dtype=int)
    for column in range(len(predictions.classes)):
        has = truth[:, column]
        above = ~truth[has] & (probabilities[has] > probabilities[has, column][:, None])
        counts[column] = above.sum(axis=0)
        counts[column, column] = (~above.any(axis=1)).sum()
    return pd.DataFrame(counts, index=predictions.classes, columns=predictions.classes)


def outranked_clips(predictions: Predictions, true: str, above: str) -> list[str]:
    """The clips that one cell of `outranking` counts."""
    row, column = predictions.classes.index(true), predictions.classes.index(above)
    truth, probabilities = predictions.truth > 0, predictions.probabilities
    higher = ~truth & (probabilities > probabilities[:, [row]])
    chosen = ~higher.any(axis=1) if row == column else higher[:, column]
    return _named(predictions, chosen & truth[:, row])


def describe_outranking(counts: pd.DataFrame, totals: pd.Series) -> str:
    """How many labels have no wrong class above them in a sentence, and the class most often above another.

    Parameters
    ----------
    counts, totals
        As for `confusion_figure`, of `fsat_core.evaluation.outranking`.
    """
    total, right = int(totals.sum()), int(np.trace(counts.to_numpy()))
    text = (
        f"{right:,} of {total:,} labels have no class above them that the clip lacks "
        f"({right / max(total, 1):.0%})."
    )
    worst = largest_confusions(counts, 1, totals)
    if worst.empty:
        return text
    pair = worst.iloc[0]
    return f"{text} Most often above: {pair['predicted']} above {pair['true']} ({pair['clips']:,})."


def largest_confusions(
    counts: pd.DataFrame, num_pairs: int = 10, totals: pd.Series | None = None
) -> pd.DataFrame:
    """The confusions with most clips: columns `true, predicted, clips, share` (of the true class's clips).

    Parameters
    ----------
    counts, totals
        As of `confusion`, or of `outranking` with the clips of each class.
    """
    numbers = counts.to_numpy(dtype=np.int64, copy=True)
    sums = numbers.sum(axis=1) if totals is None else totals[counts.index].to_numpy()
    np.fill_diagonal(numbers, 0)
    rows, columns = np.nonzero(numbers)
    clips = numbers[rows, columns]
    table = pd.DataFrame(
        {
            "true": counts.index.to_numpy()[rows],
            "predicted": counts.columns.to_numpy()[columns],
            "clips": clips,
            "share": clips / sums[rows],
        }
    )
    return table.sort_values(["clips", "share"], ascending=False, kind="stable", ignore_index=True)[
        :num_pairs
    ]


def most_confused(counts: pd.DataFrame, num_classes: int, chosen: Sequence[str] = ()) -> list[str]:
    """The classes of the largest confusions, in the order of `counts`.

    Parameters
    ----------
    counts : pd.DataFrame
        As of `confusion` or `outranking`.
    num_classes : int
        The most classes to return.
    chosen : sequence of str
        Classes to begin with: the others are those that they are confused with.
    """
    pairs = largest_confusions(counts, counts.size)
    if chosen:
        pairs = pairs[pairs["true"].isin(chosen) | pairs["predicted"].isin(chosen)]
    found = [*chosen, *pairs[["true", "predicted"]].to_numpy().ravel()]
    if not chosen:
        found += counts.index.tolist()  # where little is confused
    kept = set(list(dict.fromkeys(found))[:num_classes])
    return [name for name in counts.index if name in kept]


def name_cell(cell: Cell, outranked: bool = False) -> str:
    """What the clips of a cell have in common, in a few words; `outranked` as for `confusion_figure`."""
    true, other = cell
    if not outranked:
        return f"{true} heard as {other}"
    return f"{true} with no wrong class above it" if true == other else f"{true} below {other}"


def _single(predictions: Predictions) -> np.ndarray:
    return (predictions.truth > 0).sum(axis=1) == 1


def _named(predictions: Predictions, chosen: np.ndarray) -> list[str]:
    return [predictions.clip_ids[row] for row in np.flatnonzero(chosen)]
