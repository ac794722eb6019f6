"""How the address of the page *Clips* says which clips it lists.

The names and values of `ui.shared.links` are kept, so that a link from another page and an address
copied from *Clips* itself are read by the same code. Each filter has the name of its parameter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import TypeVar

from fsat_core.dataset.filters import Filters
from fsat_core.listing import LABEL_KINDS, ORDERS, SHOW_CHOICES, STATUS_CHOICES
from ui.shared import links

_LINKED = (
    links.SPLIT,
    links.LABEL,
    links.ALSO,
    links.MIN_S,
    links.MAX_S,
    links.MIN_FRAMES,
    links.MAX_FRAMES,
    links.LABELS,
    links.NUM_LABELS,
    links.SHOW,
    links.STATUS,
    links.BY,
    links.SINCE,
    links.AMONG,
)

MOST_CHARACTERS = 255  # in a part of a file name

USUAL = Filters()  # what an address without parameters means

Query = Mapping[str, Sequence[str]]
Choice = TypeVar("Choice", bound=str)


def read_filters(query: Query, splits: Sequence[str], classes: Sequence[str]) -> Filters:
    """Filters from an address; a parameter that is missing or makes no sense is ignored.

    Parameters
    ----------
    query : mapping of str to sequence of str
        All values of each parameter.
    splits, classes : sequence of str
        What the data set has.
    """
    first = {name: values[0] for name, values in query.items() if values}
    # A link with a filter is about all lengths; a plain visit starts with the abnormal ones.
    show = "all" if any(name in first for name in _LINKED) else USUAL.show
    return Filters(
        short_s=_seconds(first.get("short_s")) or USUAL.short_s,
        long_s=_seconds(first.get("long_s")) or USUAL.long_s,
        show=_one_of(SHOW_CHOICES, first.get(links.SHOW), show),
        split=[split for split in splits if split in query.get(links.SPLIT, ())],
        label=first[links.LABEL] if first.get(links.LABEL) in classes else None,
        also=first[links.ALSO] if first.get(links.ALSO) in classes else None,
        labels=_one_of(LABEL_KINDS, first.get(links.LABELS), "all"),
        num_labels=_count(first.get(links.NUM_LABELS)),
        min_s=_seconds(first.get(links.MIN_S)),
        max_s=_seconds(first.get(links.MAX_S)),
        min_frames=_count(first.get(links.MIN_FRAMES)),
        max_frames=_count(first.get(links.MAX_FRAMES)),
        status=[status for status in STATUS_CHOICES if status in query.get(links.STATUS, ())],
        by=first.get(links.BY, "")[:MOST_CHARACTERS] or None,
        since=_day(first.get(links.SINCE)),
        among=first.get(links.AMONG, "")[:MOST_CHARACTERS],
        find=first.get("find", "")[:MOST_CHARACTERS],
        order=_one_of(tuple(ORDERS), first.get("order"), "longest"),
    )


def filters_query(filters: Filters) -> dict[str, str | list[str]]:
    """Parameters of an address that `read_filters` turns into these filters."""
    values, others = asdict(filters), asdict(USUAL)
    chosen = {name: value for name, value in values.items() if value != others[name] or name == links.SHOW}
    return {name: value if isinstance(value, list) else str(value) for name, value in chosen.items()}


def _one_of(choices: Sequence[Choice], value: str | None, default: Choice) -> Choice:
    return next((choice for choice in choices if choice == value), default)


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value or "")
    except ValueError:
        return None


def _count(value: str | None) -> int | None:
    return links.read_number(value or "")


def _seconds(value: str | None) -> float | None:
    return links.read_seconds(value or "")
