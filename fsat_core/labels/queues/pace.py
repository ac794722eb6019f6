"""How fast somebody decides, and how long what is left will take: steady, whatever one clip took."""

from datetime import timedelta

import numpy as np
import pandas as pd

_BREAK = timedelta(minutes=3)  # a longer gap between decisions counts as a break
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
    event = own["batch"].where(own["batch"] != "", own["token"])
    events = own.groupby(event, sort=False)["created_at"].agg(["last", "size"]).sort_values("last")
    gaps = events["last"].diff()
    at_work = (gaps <= _BREAK).to_numpy()
    sizes = events["size"].to_numpy()[at_work]
    each = np.repeat(gaps[at_work].dt.total_seconds().to_numpy() / sizes, sizes)[-_RECENT:]
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
