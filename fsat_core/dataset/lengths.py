"""Clips of abnormal length: very long, very short, or of one exact length too often to be chance."""

import numpy as np
import pandas as pd
from scipy.special import gammainc

LONG_S = 2_500_000 / 44_100  # the published notebook's threshold, in frames at 44.1 kHz
SHORT_S = 0.4

_NEIGHBOURHOOD = 1.1  # lengths within this factor say how common a length is
_SLACK = 2.0  # how far a length may be more common than its neighbours without being special
_FIXED_POINT_STEPS = 30


def abnormal_lengths(catalogue: pd.DataFrame, long_s: float, short_s: float) -> pd.DataFrame:
    """Which clips of a catalogue have an abnormal length, and in what way.

    Unreadable clips have no length and are never abnormal.

    Parameters
    ----------
    catalogue : pd.DataFrame
        Rows of it, with the columns `duration_s`, `num_same` and `error`.
    long_s, short_s : float
        Thresholds in seconds: a clip that lasts longer is long, one that lasts less is short.

    Returns
    -------
    pd.DataFrame
        The same rows with the columns `long` and `short` (bool) and `num_same` (int).
    """
    readable = catalogue["error"] == ""
    return pd.DataFrame(
        {
            "long": readable & (catalogue["duration_s"] > long_s),
            "short": readable & (catalogue["duration_s"] < short_s),
            "num_same": catalogue["num_same"],
        }
    )


def describe_abnormal(clips: pd.DataFrame, abnormal: pd.DataFrame) -> list[str]:
    """What is odd about each clip in a few words, "" where nothing is.

    Parameters
    ----------
    clips : pd.DataFrame
        Rows of the catalogue.
    abnormal : pd.DataFrame
        The same rows of `abnormal_lengths`.
    """
    odd = zip(clips["error"], abnormal["long"], abnormal["short"], abnormal["num_same"], strict=True)
    return [_describe(error != "", is_long, is_short, num_same) for error, is_long, is_short, num_same in odd]


def _describe(is_broken: bool, is_long: bool, is_short: bool, num_same: int) -> str:
    kinds = {"Cannot be read": is_broken, "Long": is_long, "Short": is_short}
    parts = [kind for kind, applies in kinds.items() if applies]
    return ", ".join([*parts, f"{num_same} clips of this length"] if num_same else parts)


def count_same(num_frames: pd.Series, error: pd.Series) -> pd.Series:
    """How many clips share the exact length of each, where that is unusual, else 0 (int64)."""
    groups = shared_lengths(num_frames[error == ""])
    return num_frames.map(groups).fillna(0).astype("int64")


def shared_lengths(
    num_frames: pd.Series, min_clips: int = 2, typical_share: float = 0.05, false_alarms: float = 0.01
) -> pd.Series:
    """Exact lengths that more clips share than chance explains.

    Two clips of the same second-long kind may meet by chance on one frame count; two of a minute hardly do.
    So a group is measured against its neighbourhood, the clips up to 10 % longer or shorter: under a Poisson
    law with twice the neighbourhood's rate per length, a group this large must be rarer than one in
    `1 / false_alarms` whole sets. The rate is the larger of two estimates: clips per possible frame count,
    and the rate that explains how many share each *occupied* count, which is higher where a codec rounds
    all lengths to whole blocks. A length that very many clips have is the set's usual one and not reported.

    Parameters
    ----------
    num_frames : pd.Series
        Lengths in frames, one per readable clip.
    min_clips : int
        Smallest group reported.
    typical_share : float
        A length is usual, and not reported, when more than this share of all clips has it.
    false_alarms : float
        Groups expected in a whole set of which every one is chance.

    Returns
    -------
    pd.Series
        Number of clips in each reported group, indexed by length in frames, ascending.
    """
    counts = num_frames[num_frames > 0].value_counts().sort_index()
    if counts.empty:
        return counts
    probability = _tail_probability(counts.index.to_numpy(), counts.to_numpy())
    suspicious = (probability < false_alarms / len(counts)) & (counts >= min_clips)
    return counts[suspicious & (counts <= typical_share * len(num_frames))]


def _tail_probability(lengths: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Chance that a length collects at least as many clips as it did, given the lengths around it."""
    low = np.searchsorted(lengths, lengths / _NEIGHBOURHOOD, side="left")
    high = np.searchsorted(lengths, lengths * _NEIGHBOURHOOD, side="right")
    cumulative = np.concatenate([[0], np.cumsum(sizes)])
    num_clips = cumulative[high] - cumulative[low] - sizes
    num_occupied = high - low - 1
    num_possible = lengths * (_NEIGHBOURHOOD - 1 / _NEIGHBOURHOOD)
    rate = np.maximum(num_clips / num_possible, _occupied_rate(num_clips, num_occupied))
    return gammainc(sizes, _SLACK * rate)  # the chance of `sizes` or more in a Poisson law


def _occupied_rate(num_clips: np.ndarray, num_occupied: np.ndarray) -> np.ndarray:
    """Poisson rate whose values above zero have this mean: the solution of rate / (1 - exp(-rate)) = mean."""
    mean = num_clips / np.maximum(num_occupied, 1)
    rate = mean.copy()
    for _ in range(_FIXED_POINT_STEPS):
        rate = mean * -np.expm1(-rate)
    return rate
