"""Wording that messages of several packages share."""

from collections.abc import Sequence


def list_some(names: Sequence[str], most: int = 5) -> str:
    """The first names joined by commas, and how many more there are: `a, b and 3 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
