"""Which clips the page *Clips* lists, and how its address says so.

The names and values of `ui.shared.links` are kept, so that a link from another page and an address
copied from *Clips* itself are read by the same code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pandas as pd

from fsat_core.dataset import split_labels
from fsat_core.dataset.lengths import LONG_FRAMES
from ui.shared import links

ABNORMAL = "abnormal"
UNREADABLE = "unreadable"
SHOW_CHOICES = (ABNORMAL, "long", "short", "same", UNREADABLE, "all")
ORDER_CHOICES = ("longest", "shortest", "name", "label")
_ORDER_COLUMNS = {"name": "fname", "label": "labels"}

_LINKED = (links.SPLIT, links.LABEL, links.MIN_FRAMES, links.MAX_FRAMES, links.LABELS, links.SHOW)

Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Filters:
    """What the page lists. The field names are those of the address's parameters.

    Parameters
    ----------
    short_frames, long_frames : int
        Thresholds of abnormal lengths: fewer frames are short, more are long.
    show : str
        One of `SHOW_CHOICES`.
    split : list of str
        Only these splits; all when empty.
    label : str or None
        Only clips that carry this class.
    labels : str
        One of `links.LABELS_CHOICES`.
    min_frames, max_frames : int or None
        Inclusive.
    find : str
        Only file names that contain this text, in any case.
    order : str
        One of `ORDER_CHOICES`.
    """

    short_frames: int
    long_frames: int = LONG_FRAMES
    show: str = ABNORMAL
    split: list[str] = field(default_factory=list)
    label: str | None = None
    labels: str = "all"
    min_frames: int | None = None
    max_frames: int | None = None
    find: str = ""
    order: str = "longest"

    @classmethod
    def read(cls, query: Query, usual: "Filters", splits: Sequence[str], classes: Sequence[str]) -> "Filters":
        """Filters from an address; what is missing or makes no sense does not filter.

        Parameters
        ----------
        query : mapping of str to sequence of str
            All values of each parameter.
        usual : Filters
            What an address without parameters means.
        splits, classes : sequence of str
            What the data set has.
        """
        first = {name: values[0] for name, values in query.items() if values}
        # A link that filters in any way means all lengths; a plain visit is about the abnormal ones.
        show = "all" if any(name in first for name in _LINKED) else usual.show
        return cls(
            short_frames=_count(first.get("short_frames")) or usual.short_frames,
            long_frames=_count(first.get("long_frames")) or usual.long_frames,
            show=_one_of(SHOW_CHOICES, first.get(links.SHOW), show),
            split=[split for split in splits if split in query.get(links.SPLIT, ())],
            label=first[links.LABEL] if first.get(links.LABEL) in classes else None,
            labels=_one_of(links.LABELS_CHOICES, first.get(links.LABELS), "all"),
            min_frames=_count(first.get(links.MIN_FRAMES)),
            max_frames=_count(first.get(links.MAX_FRAMES)),
            find=first.get("find", ""),
            order=_one_of(ORDER_CHOICES, first.get("order"), "longest"),
        )

    def query(self, usual: "Filters") -> dict[str, str | list[str]]:
        """Parameters of an address that `read` turns into these filters, given the same `usual`."""
        values, others = asdict(self), asdict(usual)
        chosen = {
            name: value for name, value in values.items() if value != others[name] or name == links.SHOW
        }
        return {name: value if isinstance(value, list) else str(value) for name, value in chosen.items()}

    @property
    def narrows(self) -> bool:
        """True when anything but the kind of length leaves clips out."""
        listing = ("show", "order", "short_frames", "long_frames")
        return self != replace(Filters(self.short_frames), **{name: getattr(self, name) for name in listing})

    def select(self, catalogue: pd.DataFrame, abnormal: pd.DataFrame) -> np.ndarray:
        """Where in the catalogue the clips are that are listed, in order.

        Parameters
        ----------
        catalogue : pd.DataFrame
        abnormal : pd.DataFrame
            `abnormal_lengths` of it with this object's thresholds.

        Returns
        -------
        np.ndarray [shape=(num_listed,)], int64
        """
        chosen = np.flatnonzero(self._of_length(catalogue, abnormal) & self._of_kind(catalogue))
        if self.order in _ORDER_COLUMNS:
            texts = catalogue[_ORDER_COLUMNS[self.order]].iloc[chosen].reset_index(drop=True)
            return chosen[texts.sort_values(kind="stable").index]
        num_frames = catalogue["num_frames"].to_numpy()[chosen]
        return chosen[np.argsort(num_frames if self.order == "shortest" else -num_frames, kind="stable")]

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
        if self.min_frames is not None:
            mask = mask & readable & (catalogue["num_frames"] >= self.min_frames)
        if self.max_frames is not None:
            mask = mask & readable & (catalogue["num_frames"] <= self.max_frames)
        return mask

    def _of_kind(self, catalogue: pd.DataFrame) -> pd.Series:
        mask = pd.Series(True, index=catalogue.index)
        if self.split:
            mask &= catalogue["split"].isin(self.split)
        if self.label is not None:
            # There are few distinct label strings even in a large set, so only those are taken apart.
            strings = [text for text in catalogue["labels"].unique() if self.label in split_labels(text)]
            mask &= catalogue["labels"].isin(strings)
        if self.labels != "all":
            several = self.labels == "several"
            mask &= catalogue["num_labels"] > 1 if several else catalogue["num_labels"] == 1
        if self.find:
            mask &= catalogue["fname"].str.contains(self.find.strip(), case=False, regex=False)
        return mask


def _one_of(choices: Sequence[str], value: str | None, default: str) -> str:
    return value if value is not None and value in choices else default


def _count(value: str | None) -> int | None:
    return int(value) if value is not None and value.isdecimal() else None
