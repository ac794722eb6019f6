"""Choosing rows of the catalogue."""

from collections.abc import Collection
from typing import Literal

import pandas as pd

LabelKind = Literal["all", "single", "several"]


def select_clips(catalogue: pd.DataFrame, splits: Collection[str], labels: LabelKind = "all") -> pd.DataFrame:
    """The rows of some splits, with any labels, exactly one label, or more than one."""
    chosen = catalogue["split"].isin(list(splits))
    if labels == "single":
        chosen &= catalogue["num_labels"] == 1
    elif labels == "several":
        chosen &= catalogue["num_labels"] > 1
    return catalogue if chosen.all() else catalogue[chosen]
