"""Choosing rows of the catalogue: by split and number of labels, or as a list of clips is filtered."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from fsat_core.dataset.catalogue import Catalogue
from fsat_core.dataset.label_text import split_labels
from fsat_core.dataset.lengths import LONG_S, SHORT_S
from fsat_core.listing import ABNORMAL, ORDERS, UNDECIDED, UNREADABLE, LabelKind


def select_clips(catalogue: Catalogue, splits: Collection[str] = (), labels: LabelKind = "all") -> Catalogue:
    """The clips of some splits, or of all, with any labels, exactly one label, or more than one."""
    if splits:
        catalogue = catalogue.filter("split IN (SELECT unnest(?))", list(splits))
    if labels != "all":
        catalogue = catalogue.filter("num_labels > 1" if labels == "several" else "num_labels = 1")
    return catalogue


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
    labels: LabelKind = "all"
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

    def select(self, catalogue: Catalogue, choice: Collection[str] | None = None) -> Catalogue:
        """The clips of a catalogue that are listed, in order.

        Parameters
        ----------
        catalogue : Catalogue
            With what was decided on each clip in the columns `status` and `decided_at`: by the annotator `by`
            alone where one is given. Filters and orders that are not about decisions do without.
        choice : collection of str, optional
            The clips of the choice `among`; none where it is not known.
        """
        listed = self._of_decision(self._of_kind(self._of_length(catalogue)))
        if self.among:
            listed = listed.among(choice or ())
        return listed.sort(*ORDERS[self.order])

    def count(self, catalogue: Catalogue) -> dict[str, int]:
        """How many clips there are: `all`, `long`, `short`, of a shared length (`same`), and `broken`."""
        conditions = {
            "all": "true",
            "long": "duration_s > ?",
            "short": "duration_s < ?",
            "same": "num_same > 0",
            "broken": "error <> ''",
        }
        parts = [f'count(*) FILTER ({which})::BIGINT AS "{name}"' for name, which in conditions.items()]
        counts = catalogue.ask(", ".join(parts), self.long_s, self.short_s).iloc[0]
        return {name: int(counts[name]) for name in conditions}

    def _of_length(self, catalogue: Catalogue) -> Catalogue:
        # A clip that cannot be read has no duration, and 0 frames, which is no length.
        is_long, is_short, is_same = "duration_s > ?", "duration_s < ?", "num_same > 0"
        shown: dict[str, tuple[str, tuple[float, ...]]] = {
            "long": (is_long, (self.long_s,)),
            "short": (is_short, (self.short_s,)),
            "same": (is_same, ()),
            ABNORMAL: (f"{is_long} OR {is_short} OR {is_same}", (self.long_s, self.short_s)),
            UNREADABLE: ("error <> ''", ()),
        }
        if self.show in shown:
            condition, values = shown[self.show]
            catalogue = catalogue.filter(condition, *values)
        bounds = {"duration_s": (self.min_s, self.max_s), "num_frames": (self.min_frames, self.max_frames)}
        for column, (lowest, highest) in bounds.items():
            if lowest is not None:
                catalogue = catalogue.filter(f"error = '' AND {column} >= ?", lowest)
            if highest is not None:
                catalogue = catalogue.filter(f"error = '' AND {column} <= ?", highest)
        return catalogue

    def _of_kind(self, catalogue: Catalogue) -> Catalogue:
        for label in (self.label, self.also):
            if label is not None:
                catalogue = with_label(catalogue, label)
        catalogue = select_clips(catalogue, self.split, self.labels)
        if self.num_labels is not None:
            catalogue = catalogue.filter("num_labels = ?", self.num_labels)
        if self.find:
            catalogue = catalogue.filter("contains(lower(fname), lower(?))", self.find.strip())
        return catalogue

    def _of_decision(self, catalogue: Catalogue) -> Catalogue:
        if self.status:
            catalogue = catalogue.filter("status IN (SELECT unnest(?))", self.status)
        elif self.by is not None:
            catalogue = catalogue.filter("status <> ?", UNDECIDED)
        if self.since is not None:
            catalogue = catalogue.filter("decided_at >= ?", datetime.combine(self.since, time(), UTC))
        return catalogue


def with_label(catalogue: Catalogue, label: str) -> Catalogue:
    """The clips of a catalogue that carry a class, alone or among others."""
    # There are few distinct label strings even in a large set, so only those are taken apart.
    strings = [text for text in catalogue.label_strings if label in split_labels(text)]
    return catalogue.filter("labels IN (SELECT unnest(?))", strings)
