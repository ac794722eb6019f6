"""What labels say of absent classes, as text: `"Howl,-Bark"` is Howl, and certainly no Bark."""

from collections.abc import Collection

import pandas as pd

from fsat_core.dataset import split_labels
from fsat_core.dataset.label_text import join_labels
from fsat_core.errors import LabelError
from fsat_core.text import shorten

MINUS = "-"


def read_labels(text: str, classes: Collection[str]) -> tuple[str, str]:
    """The labels that a text gives and those that it denies, each joined by commas.

    A class whose own name begins with a minus is that class. What is neither a class nor a minus and one
    counts as given, for the caller to refuse.

    Raises
    ------
    LabelError
        If a name can be read both ways, or is given and denied.
    """
    names = split_labels(text)
    negated = [name for name in names if name.startswith(MINUS) and name[1:].strip() in classes]
    if both := [name for name in negated if name in classes]:
        raise LabelError(
            f"'{shorten(both[0])}' is a class of the data set, and could also say that a clip is no "
            f"'{shorten(both[0][1:])}', which is another: expected a name with one meaning. Rename one of "
            "the two classes."
        )
    given = join_labels(name for name in names if name not in negated)
    denied = join_labels(name[1:].strip() for name in negated)
    if both := [name for name in split_labels(denied) if name in split_labels(given)]:
        raise LabelError(
            f"'{shorten(text)}' gives '{shorten(both[0])}' and denies it: expected one of the two. Correct "
            "the labels."
        )
    return given, denied


def write_labels(labels: str, denied: str) -> str:
    """The text of labels and of what is denied, as `read_labels` reads it."""
    return join_labels([*split_labels(labels), *(MINUS + name for name in split_labels(denied))])


def written_labels(table: pd.DataFrame) -> pd.Series:
    """`write_labels` of the columns `labels` and `denied`; just the labels where nothing can be denied."""
    if "denied" not in table:
        return table["labels"]
    written = [write_labels(*pair) for pair in zip(table["labels"], table["denied"], strict=True)]
    return table["labels"].where(table["denied"] == "", pd.Series(written, table.index, dtype="str"))


def without(labels: str, others: str) -> str:
    """The labels that are none of the others, such as those that are left when some are denied."""
    gone = split_labels(others)
    return join_labels(name for name in split_labels(labels) if name not in gone)


def complete_labels(given: str, denied: str, labels_now: str, denied_now: str) -> tuple[str, str]:
    """The labels of a clip, and what is denied of it, once this is said.

    What only denies leaves the other labels as they are. What was denied stays so, unless it is given now.
    """
    labels = given or without(labels_now, denied)
    return labels, without(join_labels([*split_labels(denied_now), *split_labels(denied)]), labels)
