"""Wording that messages of several packages share."""

from collections.abc import Sequence


def list_some(names: Sequence[str], most: int = 5) -> str:
    """The first names joined by commas, and how many more there are: `a, b and 3 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(number: int, noun: str) -> str:
    """A number of things: `1 clip`, `1,234 clips`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size_text(num_bytes: int) -> str:
    """A size as a person would say it: `640 kB`, `14.6 MB`, `2.1 GB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if num_bytes >= factor:
            return f"{num_bytes / factor:.1f} {unit}"
    return f"{num_bytes / 1e3:.0f} kB"
