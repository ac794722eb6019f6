"""What a queue is made from."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from fsat_core.embedding import EmbeddingStore
from fsat_core.labels.resolve import Rule
from fsat_core.runs.run import Run


@dataclass(frozen=True)
class DecidedAs:
    """What was decided: some of `STATUS_CHOICES` or anything, by one annotator or anybody, since some day."""

    status: Sequence[str] = ()
    by: str | None = None
    since: date | None = None


@dataclass(frozen=True)
class QueueRequest:
    """What a queue is made from; `clips` is the catalogue with the labels that clips have now.

    Beside them, `labels_of_tables` are those of the tables. `run` is None for a kind that takes none.
    `settled` clips, removed ones and those that the maker has decided on, are not to be asked about.
    `own_names` are AudioSet's for some classes, as users say.
    """

    clips: pd.DataFrame
    run: Run | None
    others: Sequence[Run]
    decisions: pd.DataFrame | None
    rule: Rule
    clip_ids: Sequence[str]
    seed: int
    decided: DecidedAs = field(default_factory=DecidedAs)
    heard: EmbeddingStore | None = None
    classes: Sequence[str] = ()
    settled: Set[str] = frozenset()
    label: str | None = None
    own_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
