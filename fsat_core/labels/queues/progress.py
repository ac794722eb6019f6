"""How far an annotator has come with a queue."""

from dataclasses import dataclass

import pandas as pd

from fsat_core.labels.decision import ACTIONS
from fsat_core.labels.queues.queue import Queue
from fsat_core.labels.resolve import standing


@dataclass(frozen=True)
class QueueProgress:
    """How far one annotator has come with a queue.

    Parameters
    ----------
    done, left : int
        Clips with and without a standing decision of this annotator from this queue.
    by_action : dict
        Number of clips by the latest of these decisions: `accept, relabel, remove, unsure`.
    next_index : int
        Position of the first clip without a decision; the number of clips if there is none.
    is_kept : list of bool
        In the order of the queue, whether the label of a clip that was decided on stayed; those about which
        the annotator is unsure are left out.
    """

    done: int
    left: int
    by_action: dict[str, int]
    next_index: int
    is_kept: list[bool]


def count_done(decisions: pd.DataFrame, annotator: str) -> pd.Series:
    """How many clips of each queue an annotator has decided on, by the queue's name."""
    own = standing(decisions[decisions["annotator"] == annotator])
    return own.drop_duplicates(["queue", "clip_id"])["queue"].value_counts()


def measure_progress(queue: Queue, decisions: pd.DataFrame, annotator: str) -> QueueProgress:
    """How far an annotator has come with a queue.

    Parameters
    ----------
    queue : Queue
    decisions : pd.DataFrame
        As `LabelStore.decisions` returns it.
    annotator : str
        Whose decisions count.
    """
    own = standing(decisions[decisions["annotator"] == annotator])
    own = own[own["queue"] == queue.name].drop_duplicates("clip_id", keep="last")
    actions = queue.clips["clip_id"].map(own.set_index("clip_id")["action"])
    is_left = actions.isna().to_numpy()
    decided = actions.dropna().tolist()
    return QueueProgress(
        done=len(decided),
        left=int(is_left.sum()),
        by_action={action: decided.count(action) for action in ACTIONS},
        next_index=int(is_left.argmax()) if is_left.any() else len(is_left),
        is_kept=[action == "accept" for action in decided if action != "unsure"],
    )
