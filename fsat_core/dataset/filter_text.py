"""What filters leave, in a few words, such as `Bark, curated, longer than 10 s`."""

from collections.abc import Iterator

from fsat_core.dataset.filters import Filters
from fsat_core.listing import ABNORMAL, UNREADABLE
from fsat_core.text import counted


def describe_filters(filters: Filters) -> str:
    """Which clips are listed; `All clips` where all are."""
    text = ", ".join(_parts(filters))
    return f"{text[:1].upper()}{text[1:]}" if text else "All clips"


def _parts(filters: Filters) -> Iterator[str]:
    if names := [name for name in (filters.label, filters.also) if name]:
        yield " and ".join(names)
    if filters.split:
        yield " and ".join(filters.split)
    if decision := _decision(filters):
        yield decision
    if length := _length(filters):
        yield length
    yield from _range(filters.min_s, filters.max_s, "s")
    yield from _range(filters.min_frames, filters.max_frames, "frames")
    if filters.labels != "all":
        yield "with one label" if filters.labels == "single" else "with several labels"
    if filters.num_labels is not None:
        yield f"with {counted(filters.num_labels, 'label')}" if filters.num_labels else "without labels"
    if filters.among:
        yield "chosen on the map"
    if filters.find.strip():
        yield f"named like {filters.find.strip()}"


def _decision(filters: Filters) -> str:
    by = f" by {filters.by}" if filters.by else ""
    since = f" since {filters.since}" if filters.since else ""
    if not (filters.status or by or since):
        return ""
    return f"{' or '.join(filters.status) or 'decided'}{by}{since}"


def _length(filters: Filters) -> str:
    return {
        "long": f"longer than {filters.long_s:.4g} s",
        "short": f"shorter than {filters.short_s:.4g} s",
        "same": "of a shared length",
        ABNORMAL: "of abnormal length",
        UNREADABLE: "unreadable",
    }.get(filters.show, "")


def _range(lowest: float | None, highest: float | None, unit: str) -> Iterator[str]:
    if lowest is not None and highest is not None:
        yield f"{_number(lowest)} to {_number(highest)} {unit}"
    elif lowest is not None:
        yield f"at least {_number(lowest)} {unit}"
    elif highest is not None:
        yield f"at most {_number(highest)} {unit}"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
