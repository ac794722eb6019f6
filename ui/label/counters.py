"""How far an annotator has come with a queue, and how fast."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from fsat_core.labels import STOP_AFTER, QueueProgress
from fsat_core.labels.board.window import View

_NAMES = {"accept": "accepted", "relabel": "relabelled", "remove": "removed", "unsure": "unsure"}
_BREAK = timedelta(minutes=3)  # a longer gap between decisions counts as a break
_RECENT = 60  # the speed is taken from this many decisions


def show_counters(view: View, done: QueueProgress, own: pd.DataFrame) -> None:
    """Done, left, by action and pace; what to do next when nothing is left.

    Parameters
    ----------
    view : View
    done : QueueProgress
    own : pd.DataFrame
        The annotator's standing decisions from this queue.
    """
    total = done.done + done.left
    parts = [f"**{done.done:,}** of {total:,} done, {done.left:,} left"]
    parts += [f"{count:,} {_NAMES[action]}" for action, count in done.by_action.items() if count]
    if pace := pace_per_hour(own["created_at"]):
        parts.append(f"{pace:,.0f} per hour")
    if done.left and view.queue.is_worst_first and done.accepted_in_a_row >= STOP_AFTER:
        in_a_row = f"{done.accepted_in_a_row} in a row accepted: probably clean from here"
        parts.append(f":green-badge[:material/flag: {in_a_row}]")
    st.progress(done.done / max(total, 1), text=" · ".join(parts))
    if not done.left:
        changed = done.by_action["relabel"] + done.by_action["remove"]
        st.success(
            f"All {done.done:,} clips of this queue are decided, {changed:,} of them changed. Next: make a "
            "label set below and train on it, export the labels, or make another queue.",
            icon=":material/task_alt:",
        )


def pace_per_hour(times: pd.Series) -> float:
    """Decisions per hour, from the recent ones; 0 if there are too few to say.

    Breaks do not count.
    """
    recent = times.sort_values().tail(_RECENT)
    gaps = recent.diff().dropna()
    at_work = gaps[gaps <= _BREAK]
    seconds = at_work.dt.total_seconds().sum()
    return len(at_work) / seconds * 3600 if len(at_work) >= 3 and seconds else 0.0
