"""One class: its typical and its odd clips, by a run or by length, and what a run confuses it with."""

import numpy as np
import pandas as pd

from fsat_core.evaluation.confusions import Confusions
from fsat_core.evaluation.diagnosis import likeliest
from fsat_core.runs.predictions import Predictions


def rank_by_run(predictions: Predictions, label: str, clips: pd.DataFrame) -> pd.DataFrame:
    """Clips of a class as a run finds it in them, likeliest first: `clip_id, probability, predicted`.

    Parameters
    ----------
    predictions : Predictions
        Of clips of any class; those without a prediction are left out.
    label : str
        One of `predictions.classes`.
    clips : pd.DataFrame
        Rows of a catalogue: the clips that carry the label now.

    Returns
    -------
    pd.DataFrame
        `probability` is that of the class, `predicted` the likeliest class.
    """
    known = set(predictions.clip_ids)
    own = predictions.select([clip_id for clip_id in clips["clip_id"] if clip_id in known])
    table = pd.DataFrame(
        {
            "clip_id": own.clip_ids,
            "probability": own.probabilities[:, own.classes.index(label)],
            "predicted": likeliest(own),
        }
    )
    return table.sort_values("probability", ascending=False, kind="stable", ignore_index=True)


def rank_by_length(clips: pd.DataFrame) -> pd.DataFrame:
    """The readable clips whose length is nearest to the median first, by ratio: `clip_id, duration_s`."""
    readable = clips.loc[clips["num_frames"] > 0, ["clip_id", "duration_s"]]
    distance = np.abs(np.log(readable["duration_s"] / readable["duration_s"].median()))
    return readable.loc[distance.sort_values(kind="stable").index].reset_index(drop=True)


def take_ends(ranked: pd.DataFrame, num_each: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The first rows, and the last ones from the end on; no row is in both."""
    num_first = min(num_each, len(ranked) - len(ranked) // 2)
    num_last = min(num_each, len(ranked) // 2)
    first, last = ranked.head(num_first), ranked.iloc[::-1].head(num_last)
    return first.reset_index(drop=True), last.reset_index(drop=True)


def confused_with(found: Confusions, label: str, most: int = 10) -> pd.DataFrame:
    """The classes that a class is confused with, most clips first: `class, heard_as, taken_for`.

    Parameters
    ----------
    found : Confusions
    label : str
        One of its classes.
    most : int
        Rows at most.

    Returns
    -------
    pd.DataFrame
        `heard_as` counts clips of the class for which a run takes the other one; `taken_for` counts clips of
        the other one for which it takes this class. Where clips have several labels (`Confusions.outranked`),
        those in which the wrong one is above the right one.
    """
    names = found.counts.index
    table = pd.DataFrame(
        {
            "class": names,
            "heard_as": found.counts.loc[label].to_numpy(),
            "taken_for": found.counts[label].to_numpy(),
        }
    )
    both = table["heard_as"] + table["taken_for"]
    confused = table[(both > 0) & (table["class"] != label)]
    order = both[confused.index].sort_values(ascending=False, kind="stable").index
    return confused.loc[order].head(most).reset_index(drop=True)
