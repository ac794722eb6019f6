"""What a queue is made from."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fsat_core.labels.resolve import Rule
from fsat_core.runs.run import Run


@dataclass(frozen=True)
class QueueRequest:
    """What a queue is made from; `clips` is the catalogue with the labels that clips have now.

    `run` is None for a kind that takes none.
    """

    clips: pd.DataFrame
    run: Run | None
    others: Sequence[Run]
    decisions: pd.DataFrame | None
    rule: Rule
    clip_ids: Sequence[str]
    seed: int
