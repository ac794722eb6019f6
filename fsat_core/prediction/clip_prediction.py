"""What an ensemble says of one clip: its likeliest classes, as a whole and in each window."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from fsat_core.csv_cells import format_csv

_FACTS = ("file", "top_1", "top_2", "top_3", "error")  # columns of the answers' CSV


@dataclass(frozen=True)
class ClipPrediction:
    """What an ensemble says of one clip.

    Parameters
    ----------
    name : str
        Name of the file.
    labels : list of str
        Classes, in the order of the columns below.
    members : list of str
        "run_id fold k" for each row of `per_member`.
    probabilities : np.ndarray [shape=(C,)]
        Of the whole clip.
    per_member : np.ndarray [shape=(M, C)]
        Each member's own; NaN for a class that it does not know.
    window_starts_s : np.ndarray [shape=(W,)]
        Where each window begins, in seconds.
    over_time : np.ndarray [shape=(W, C)]
        Combined probabilities of each window.
    window_s, duration_s : float
        Length of a window and of the clip, in seconds.
    error : str
        Why the file cannot be read; "" when it can.
    warning : str
        What is odd about a file that is read all the same; "" where nothing is.
    unheard : str
        Why there is nothing to judge by ear: `silent` or `too short to judge`; "" where there is.
    windows_each : int
        Windows that each row of `over_time` is the largest of; see `coarsen`.
    """

    name: str
    labels: list[str]
    members: list[str]
    probabilities: np.ndarray = field(default_factory=lambda: np.empty(0))
    per_member: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    window_starts_s: np.ndarray = field(default_factory=lambda: np.empty(0))
    over_time: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    window_s: float = 0.0
    duration_s: float = 0.0
    error: str = ""
    warning: str = ""
    unheard: str = ""
    windows_each: int = 1

    def top(self, num_labels: int) -> list[tuple[str, float]]:
        """The likeliest classes with their probabilities, best first; empty for an unreadable file."""
        best = np.argsort(-self.probabilities, kind="stable")[:num_labels]
        return [(self.labels[index], float(self.probabilities[index])) for index in best]


def top_classes(prediction: ClipPrediction, num_labels: int = 5) -> pd.DataFrame:
    """The likeliest classes with the spread over the members.

    Returns
    -------
    pd.DataFrame
        Indexed by class, likeliest first: `probability` of the ensemble, `low` and `high` among the members
        that know the class.
    """
    top = prediction.top(num_labels)
    columns = [prediction.labels.index(label) for label, _ in top]
    members = prediction.per_member[:, columns]
    return pd.DataFrame(
        {
            "probability": [probability for _, probability in top],
            "low": np.nanmin(members, axis=0),
            "high": np.nanmax(members, axis=0),
        },
        index=pd.Index([label for label, _ in top], name="class"),
    )


def describe_prediction(prediction: ClipPrediction) -> str:
    """The likeliest class of a clip in a sentence, with the range over its members."""
    first = top_classes(prediction, 1).iloc[0]
    spread = ""
    if len(prediction.members) > 1:
        spread = f", {first['low']:.0%} to {first['high']:.0%} among {len(prediction.members)} networks"
    return f"{first.name} {first['probability']:.0%}{spread}"


def window_edges(prediction: ClipPrediction) -> np.ndarray:
    """Where each window's part of the time axis begins and ends, in seconds [shape=(W + 1,)].

    Windows overlap; each stands for the time that is nearest to its middle.
    """
    middles = prediction.window_starts_s + prediction.window_s / 2
    between = (middles[:-1] + middles[1:]) / 2
    return np.concatenate([[0.0], between, [prediction.duration_s]])


def coarsen(prediction: ClipPrediction, max_windows: int) -> ClipPrediction:
    """The same prediction with no more than so many windows, as a page can draw them.

    Neighbours become one, with the largest of their probabilities: what is heard for a moment stays visible.
    """
    num_windows = len(prediction.window_starts_s)
    each = -(-num_windows // max_windows)
    if each <= 1:
        return prediction
    first = np.arange(0, num_windows, each)
    last = np.append(first[1:], num_windows) - 1
    starts_s = prediction.window_starts_s
    return replace(
        prediction,
        window_starts_s=(starts_s[first] + starts_s[last]) / 2,
        over_time=np.maximum.reduceat(prediction.over_time, first, axis=0),
        windows_each=each,
    )


def predictions_csv(predictions: Sequence[ClipPrediction]) -> str:
    """All answers as CSV: `file, top_1, top_2, top_3, error`, then a class's probability per column.

    A clip that is silent or too short has no top classes, and says so under `error`. A class that is called
    as one of the first columns is `file (class)`, or with a number if that is a class, too.
    """
    facts = [
        {"file": prediction.name, "error": prediction.error or prediction.unheard}
        | {
            f"top_{place}": label
            for place, (label, _) in enumerate(() if prediction.unheard else prediction.top(3), start=1)
        }
        for prediction in predictions
    ]
    first = pd.DataFrame(facts, columns=list(_FACTS))
    values = [
        dict(zip(_columns(prediction.labels), prediction.probabilities.round(6), strict=False))
        for prediction in predictions
    ]
    return format_csv(pd.concat([first, pd.DataFrame(values)], axis="columns"))


def _columns(labels: Sequence[str]) -> list[str]:
    """A column for each class, none of them like another one."""
    columns = []
    for label in labels:
        column, number = label, 1
        while column in _FACTS or (column != label and column in labels):
            column = f"{label} (class)" if number == 1 else f"{label} (class {number})"
            number += 1
        columns.append(column)
    return columns
