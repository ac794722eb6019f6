"""A queue: which clips to decide on, in which order.

It is a snapshot: a clip stays in its place whatever is decided on it. Decisions made from it carry its name
in `Decision.queue`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pandas as pd

from fsat_core.labels.queues.kinds import KINDS


@dataclass(frozen=True)
class Queue:
    """A snapshot of clips to decide on, in order.

    Parameters
    ----------
    queue_id : int or None
        None until it is saved.
    name : str
        What decisions from this queue carry, and people see until somebody renames it. Saving it makes it
        unique.
    kind : str
        A key of `KINDS`.
    settings : dict
        What it was made with, as JSON can hold it: `limit` and, where they apply, `run, others, label, seed`.
    explanation : str
        How the order came about.
    clips : pd.DataFrame
        Columns `clip_id, reason` (a short text, or "") and, where a run made the order, `suggested` labels.
    created_by : str
    created_at : datetime
        UTC.
    run_id : str
        The run behind the order, or "".
    """

    queue_id: int | None
    name: str
    kind: str
    settings: dict[str, Any]
    explanation: str
    clips: pd.DataFrame
    created_by: str = ""
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    run_id: str = ""

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each clip is, from 0, by its id."""
        return {clip_id: at for at, clip_id in enumerate(self.clips["clip_id"].tolist())}

    @property
    def is_worst_first(self) -> bool:
        """Whether many clips accepted in a row say that those that follow are probably right too."""
        kind = KINDS[self.kind]
        return kind.worst_first and (not kind.takes_run or self.run_id != "")
