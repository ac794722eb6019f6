"""Wording that messages of several packages share."""

import re
from collections.abc import Sequence

_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")  # how Python keeps a byte of a name that is not UTF-8
_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def list_some(names: Sequence[str], most: int = 5) -> str:
    """The first names joined by commas, and how many more there are: `a, b and 3 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(number: int, noun: str) -> str:
    """A number of things: `1 clip`, `1,234 clips`, `2 classes`."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def size_text(num_bytes: int) -> str:
    """A size as a person would say it: `640 kB`, `14.6 MB`, `2.1 GB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if num_bytes >= factor:
            return f"{num_bytes / factor:.1f} {unit}"
    return f"{num_bytes / 1e3:.0f} kB"


def readable(text: str) -> str:
    """The text on one line and fit for any output: `modi\\xe8.wav` for a name that has this byte.

    A byte that is not UTF-8 becomes `\\xe8`, a control character or half a character `\\u000a`.
    """
    if text.isprintable():
        return text
    text = _ESCAPED_BYTE.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", text)
    return _NO_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def shorten(text: str, most: int = 80) -> str:
    """A text of at most so many characters; what is longer ends in `...`."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def duration_text(seconds: float) -> str:
    """A length of time as a person would say it: `36 s`, `12 min 5 s`, `3 h 20 min`, `4 h`."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    large, small = (whole // 60, whole % 60) if whole < 3600 else (whole // 3600, whole % 3600 // 60)
    units = ("min", "s") if whole < 3600 else ("h", "min")
    return f"{large} {units[0]}" + (f" {small} {units[1]}" if small else "")


def rough_duration(seconds: float) -> str:
    """An estimate in its largest unit only: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{max(round(seconds, -1), 10):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
