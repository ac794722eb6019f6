"""How far an annotator has come with a queue."""

from dataclasses import dataclass

import pandas as pd

from fsat_core.labels.decision import ACTIONS
from fsat_core.labels.queues.queue import Queue
from fsat_core.labels.resolve import decisions_of, standing


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
    own = standing(decisions_of(decisions, annotator))
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
    own = standing(decisions_of(decisions, annotator))
    return progress_of(queue, own[own["queue"] == queue.name])


def progress_of(queue: Queue, own: pd.DataFrame) -> QueueProgress:
    """The same, by the annotator's standing decisions from this queue, oldest first."""
    last = dict(zip(own["clip_id"].tolist(), own["action"].tolist(), strict=True))
    actions = [last.get(clip_id) for clip_id in queue.clips["clip_id"].tolist()]
    decided = [action for action in actions if action is not None]
    return QueueProgress(
        done=len(decided),
        left=len(actions) - len(decided),
        by_action={action: decided.count(action) for action in ACTIONS},
        next_index=actions.index(None) if None in actions else len(actions),
        is_kept=[action == "accept" for action in decided if action != "unsure"],
    )
