"""Choosing rows of the catalogue: by split and number of labels, or as a list of clips is filtered."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from fsat_core.dataset.label_text import split_labels
from fsat_core.dataset.lengths import LONG_S, SHORT_S
from fsat_core.listing import ABNORMAL, ORDERS, UNDECIDED, UNREADABLE, LabelKind


def select_clips(catalogue: pd.DataFrame, splits: Collection[str], labels: LabelKind = "all") -> pd.DataFrame:
    """The rows of some splits, with any labels, exactly one label, or more than one."""
    chosen = catalogue["split"].isin(list(splits))
    if labels != "all":
        chosen &= _of_label_kind(catalogue, labels)
    return catalogue if chosen.all() else catalogue[chosen]


@dataclass(frozen=True)
class Filters:
    """Which clips of a catalogue are listed, and in which order.

    Parameters
    ----------
    short_s, long_s : float
        Thresholds of abnormal lengths in seconds: what lasts less is short, what lasts longer is long.
    show : str
        One of `SHOW_CHOICES`.
    split : list of str
        Only these splits; all when empty.
    label : str or None
        Only clips that carry this class.
    also : str or None
        Only clips that carry this class, too.
    labels : str
        One of `LABEL_KINDS`.
    num_labels : int or None
        Only clips of so many labels; 0 for those whose labels are not known.
    min_s, max_s : float or None
        In seconds, inclusive.
    min_frames, max_frames : int or None
        Inclusive.
    find : str
        Only file names that contain this text, in any case.
    status : list of str
        Only clips of which this was decided, some of `STATUS_CHOICES`; all when empty.
    by : str or None
        Only what this annotator decided.
    since : date or None
        Only what was decided on this day (UTC) or later.
    among : str
        Only the clips of this choice, by its name as from `keep_choice`.
    order : str
        One of `ORDERS`.
    """

    short_s: float = SHORT_S
    long_s: float = LONG_S
    show: str = ABNORMAL
    split: list[str] = field(default_factory=list)
    label: str | None = None
    also: str | None = None
    labels: str = "all"
    num_labels: int | None = None
    min_s: float | None = None
    max_s: float | None = None
    min_frames: int | None = None
    max_frames: int | None = None
    find: str = ""
    status: list[str] = field(default_factory=list)
    by: str | None = None
    since: date | None = None
    among: str = ""
    order: str = "longest"

    @property
    def narrows(self) -> bool:
        """True when anything but the kind of length leaves clips out."""
        listing = ("show", "order", "short_s", "long_s")
        return self != Filters(**{name: getattr(self, name) for name in listing})

    def select(
        self, catalogue: pd.DataFrame, abnormal: pd.DataFrame, choice: Collection[str] | None = None
    ) -> np.ndarray:
        """Where in the catalogue the clips are that are listed, in order.

        Parameters
        ----------
        catalogue : pd.DataFrame
            With what was decided on each clip in the columns `status` and `decided_at`: by the annotator `by`
            alone where one is given. Filters and orders that are not about decisions do without.
        abnormal : pd.DataFrame
            `abnormal_lengths` of it with this object's thresholds.
        choice : collection of str, optional
            The clips of the choice `among`; none where it is not known.

        Returns
        -------
        np.ndarray [shape=(num_listed,)], int64
        """
        mask = self._of_length(catalogue, abnormal) & self._of_kind(catalogue) & self._of_decision(catalogue)
        if self.among:
            mask &= catalogue["clip_id"].isin(list(choice or ()))
        chosen = np.flatnonzero(mask)
        column, falls = ORDERS[self.order]
        values = catalogue[column].iloc[chosen].reset_index(drop=True)
        # A clip that cannot be read has no duration: the shortest of all.
        order = values.sort_values(
            ascending=not falls, kind="stable", na_position="last" if falls else "first"
        )
        return chosen[order.index]

    def _of_length(self, catalogue: pd.DataFrame, abnormal: pd.DataFrame) -> pd.Series:
        same = abnormal["num_same"] > 0
        shown = {
            "long": abnormal["long"],
            "short": abnormal["short"],
            "same": same,
            ABNORMAL: abnormal["long"] | abnormal["short"] | same,
            UNREADABLE: catalogue["error"] != "",
        }
        # A clip that cannot be read has 0 frames, which is no length.
        readable = catalogue["error"] == ""
        mask = shown.get(self.show, pd.Series(True, index=catalogue.index))
        bounds = {"duration_s": (self.min_s, self.max_s), "num_frames": (self.min_frames, self.max_frames)}
        for column, (lowest, highest) in bounds.items():
            if lowest is not None:
                mask = mask & readable & (catalogue[column] >= lowest)
            if highest is not None:
                mask = mask & readable & (catalogue[column] <= highest)
        return mask

    def _of_kind(self, catalogue: pd.DataFrame) -> pd.Series:
        mask = pd.Series(True, index=catalogue.index)
        if self.split:
            mask &= catalogue["split"].isin(self.split)
        for label in (self.label, self.also):
            if label is not None:
                mask &= has_label(catalogue, label)
        if self.labels != "all":
            mask &= _of_label_kind(catalogue, self.labels)
        if self.num_labels is not None:
            mask &= catalogue["num_labels"] == self.num_labels
        if self.find:
            mask &= catalogue["fname"].str.contains(self.find.strip(), case=False, regex=False)
        return mask

    def _of_decision(self, catalogue: pd.DataFrame) -> pd.Series:
        mask = pd.Series(True, index=catalogue.index)
        if self.status:
            mask &= catalogue["status"].isin(self.status)
        elif self.by is not None:
            mask &= catalogue["status"] != UNDECIDED
        if self.since is not None:
            mask &= catalogue["decided_at"] >= pd.Timestamp(self.since, tz="UTC")
        return mask


def has_label(catalogue: pd.DataFrame, label: str) -> pd.Series:
    """Which rows of a catalogue carry a class, alone or among others."""
    # There are few distinct label strings even in a large set, so only those are taken apart.
    strings = [text for text in catalogue["labels"].unique() if label in split_labels(text)]
    return catalogue["labels"].isin(strings)


def _of_label_kind(catalogue: pd.DataFrame, labels: str) -> pd.Series:
    return catalogue["num_labels"] > 1 if labels == "several" else catalogue["num_labels"] == 1
