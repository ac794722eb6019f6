"""How far an annotator has come with a queue, and how fast."""

import pandas as pd
import streamlit as st

from fsat_core.labels import Queue, QueueProgress
from fsat_core.labels.board.window import View
from fsat_core.labels.queues.outlook import look_ahead
from fsat_core.labels.queues.pace import describe_time_left, seconds_per_clip

_NAMES = {"accept": "accepted", "relabel": "relabelled", "remove": "removed", "unsure": "unsure"}


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
    if done.left and (each := seconds_per_clip(own)):
        parts.append(f"{3_600 / each:,.0f} per hour, {describe_time_left(each * done.left)}")
    if done.left and (outlook := _look_ahead(view.queue, done)):
        parts.append(outlook)
    st.progress(done.done / max(total, 1), text=" · ".join(parts))
    if not done.left:
        changed = done.by_action["relabel"] + done.by_action["remove"]
        st.success(
            f"All {done.done:,} clips of this queue are decided, {changed:,} of them changed. Next: make a "
            "label set below and train on it, export the labels, or make another queue.",
            icon=":material/task_alt:",
        )


def _look_ahead(queue: Queue, done: QueueProgress) -> str:
    """What is to be expected of the rest of a queue; "" where its order says nothing of that."""
    if not queue.is_worst_first and queue.kind != "random":
        return ""
    outlook = look_ahead(done.is_kept, queue.is_worst_first)
    if outlook is None:
        return ""
    text = outlook.describe(done.left)
    return f":green-badge[:material/flag: worth stopping: {text}]" if outlook.is_clean else text
