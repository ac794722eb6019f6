"""How fast somebody decides, and how long what is left will take: steady, whatever one clip took."""

from collections import Counter

import numpy as np
import pandas as pd

_BREAK_S = 180  # a longer gap between decisions counts as a break
_RECENT = 60  # the pace is that of this many clips
_ENOUGH = 10  # before there are this many, nothing is said


def seconds_per_clip(own: pd.DataFrame) -> float | None:
    """What a clip usually takes: the median over the recent ones. None before there are enough to say.

    Clips that were decided on together share the time since the decision before. Breaks do not count.

    Parameters
    ----------
    own : pd.DataFrame
        One annotator's standing decisions from a queue, as `standing` returns them.
    """
    if own.empty:
        return None
    events = own["batch"].where(own["batch"] != "", own["token"]).tolist()
    made_at = dict(zip(events, own["created_at"].to_numpy("datetime64[us]"), strict=True))
    in_order = sorted(made_at, key=made_at.__getitem__)
    gaps_s = np.diff([made_at[event] for event in in_order]) / np.timedelta64(1, "s")
    num_clips = Counter(events)
    sizes = np.array([num_clips[event] for event in in_order[1:]], dtype=int)
    at_work = gaps_s <= _BREAK_S
    each = np.repeat(gaps_s[at_work] / sizes[at_work], sizes[at_work])[-_RECENT:]
    return float(np.median(each)) if len(each) >= _ENOUGH else None


def describe_time_left(seconds: float) -> str:
    """A time in words that change little from clip to clip: `about 25 min left`."""
    minutes = seconds / 60
    if minutes < 1:
        return "less than a minute left"
    if minutes < 60:
        step = 1 if minutes < 10 else 5
        return f"about {max(step * round(minutes / step), 1)} min left"
    return f"about {round(minutes / 30) / 2:g} h left"
