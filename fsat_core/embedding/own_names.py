"""Which classes of a pretrained network are a class of a data set: by their names, or as users say."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

import pandas as pd

from fsat_core.csv_cells import format_csv, unmark_formula
from fsat_core.dataset.table_text import decode_text
from fsat_core.errors import ConfigError
from fsat_core.files import read_content, source_name
from fsat_core.text import counted, shorten

_COLUMNS = ("class", "audioset_name")
_AUDIOSET = Path(__file__).with_name("audioset_names.csv")


class NamedClass(NamedTuple):
    """A class of a data set, the network's own names for it, and where these are from."""

    label: str
    names: list[str]
    source: Literal["same name", "one of several", "yours", "none"]


@lru_cache(maxsize=1)
def audioset_names() -> tuple[str, ...]:
    """The 521 classes of AudioSet that YAMNet knows, in the order of its scores."""
    with _AUDIOSET.open(encoding="utf-8", newline="") as file:
        return tuple(row["name"] for row in csv.DictReader(file))


def name_classes(
    classes: Sequence[str], own: Sequence[str], edited: Mapping[str, Sequence[str]] | None = None
) -> list[NamedClass]:
    """The network's own names for each class of a data set, and where they are from.

    The same name counts in whatever spelling: `Waves_and_surf` is "Waves, surf". A class that has no such
    name has those of which it is one of several: `Rooster` is "Chicken, rooster".

    Parameters
    ----------
    classes : sequence of str
        Of the data set.
    own : sequence of str
        Of the network.
    edited : mapping, optional
        What users say: the own names of some classes. Names that the network does not have are left out.
    """
    known = set(own)
    whole: dict[str, list[str]] = {}
    partly: dict[str, list[str]] = {}
    for name in own:
        whole.setdefault(_plain(name), []).append(name)
        for part in name.split(","):
            partly.setdefault(_plain(part), []).append(name)
    said = edited or {}
    named = []
    for label in classes:
        plain = _plain(label)
        if label in said:
            named.append(NamedClass(label, [name for name in said[label] if name in known], "yours"))
        elif plain in whole:
            named.append(NamedClass(label, whole[plain], "same name"))
        elif plain in partly:
            named.append(NamedClass(label, partly[plain], "one of several"))
        else:
            named.append(NamedClass(label, [], "none"))
    return named


def match_names(
    classes: Sequence[str], own: Sequence[str], edited: Mapping[str, Sequence[str]] | None = None
) -> dict[str, list[str]]:
    """The network's own names for each class, as in `name_classes`; none for those that it does not know."""
    return {named.label: named.names for named in name_classes(classes, own, edited)}


def describe_names(named: Sequence[NamedClass]) -> str:
    """How many classes have a name, and which have none."""
    without = [each.label for each in named if not each.names]
    text = f"{len(named) - len(without):,} of {counted(len(named), 'class')} have names in AudioSet."
    return f"{text} Without one: {', '.join(without)}." if without else text


def format_names(named: Sequence[NamedClass]) -> str:
    """A CSV with a row for each name of a class, and one without a name for a class that has none."""
    rows = [(each.label, name, each.source) for each in named for name in each.names or [""]]
    return format_csv(pd.DataFrame(rows, columns=[*_COLUMNS, "source"]))


class ChangedNames(NamedTuple):
    """What a file of names changes, and the rows that cannot be taken.

    Parameters
    ----------
    changes : dict of str to list of str or None
        The names by class; None where they are those that it has by itself.
    faults : list of str
        What is wrong, a line for each row.
    """

    changes: dict[str, list[str] | None]
    faults: list[str]


def read_names(source: Path | BinaryIO, classes: Sequence[str], own: Sequence[str]) -> ChangedNames:
    """What a CSV in the form of `format_names` changes.

    Parameters
    ----------
    source : Path or binary file
        Columns `class, audioset_name`, others are passed over. Classes that are in no row stay as they are.
    classes, own : sequence of str
        As in `name_classes`.

    Raises
    ------
    DatasetError, ConfigError
        If it cannot be read, or has other columns.
    """
    name = source_name(source)
    try:
        text, _ = decode_text(read_content(source), name)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{name} cannot be read ({getattr(error, 'strerror', None) or error}): expected a CSV with the "
            f"columns {','.join(_COLUMNS)}. Check the name."
        ) from error
    rows = _rows(text, name)
    columns = [cell.strip() for cell in rows[0][1]] if rows else []
    if missing := [name for name in _COLUMNS if name not in columns]:
        raise ConfigError(
            f"{name} has no column '{missing[0]}' (its columns: {shorten(', '.join(columns)) or 'none'}): "
            f"expected {','.join(_COLUMNS)}. Begin with a file that was exported here."
        )
    places = [columns.index(column) for column in _COLUMNS]
    found: dict[str, list[str]] = {}
    faults = []
    for number, row in rows[1:]:
        label, given = (unmark_formula(row[at].strip()) if at < len(row) else "" for at in places)
        if fault := _fault(label, given, found, classes, own):
            faults.append(f"{name}, line {number:,}: {fault}")
        else:
            found.setdefault(label, []).extend([given] if given else [])
    by_itself = match_names(classes, own)
    changes = {label: None if names == by_itself[label] else names for label, names in found.items()}
    return ChangedNames(changes, faults)


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    """The rows of a CSV that are not empty, with the number of the line that each ends in."""
    lines = io.StringIO(text, newline=None)
    header = lines.readline()
    lines.seek(0)
    reader = csv.reader(lines, delimiter=max(",;\t", key=header.count))
    try:
        return [(reader.line_num, row) for row in reader if any(row)]
    except csv.Error as error:
        raise ConfigError(
            f"{name}, line {reader.line_num:,}: {error}, expected a CSV with the columns "
            f"{','.join(_COLUMNS)}. Begin with a file that was exported here."
        ) from error


def _fault(
    label: str, name: str, found: Mapping[str, Sequence[str]], classes: Sequence[str], own: Sequence[str]
) -> str:
    """What is wrong with a row after others; "" where nothing is."""
    if label not in classes:
        close = get_close_matches(label, classes, 1)
        return f"'{shorten(label)}' is no class of the data set{_meant(close)}"
    if name and name not in own:
        close = get_close_matches(name, own, 1)
        return f"'{shorten(name)}' is no name of AudioSet that YAMNet knows{_meant(close)}"
    if name in found.get(label, ()):
        return f"'{name}' is there twice for {label}"
    if label in found and not (name and found[label]):
        return f"{label} is without a name and has one; leave one row out"
    return ""


def _meant(close: Sequence[str]) -> str:
    return f"; '{close[0]}' is" if close else ""


def columns_of(names: Mapping[str, Sequence[str]], own: Sequence[str]) -> dict[str, list[int]]:
    """The columns of the network's scores that are each class; classes without any are left out."""
    column = {name: at for at, name in enumerate(own)}
    return {label: [column[name] for name in found] for label, found in names.items() if found}


def own_columns(classes: Sequence[str], edited: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    """The columns of YAMNet's scores that are each class, by its name or as users say."""
    own = audioset_names()
    return columns_of(match_names(classes, own, edited), own)


def _plain(name: str) -> str:
    """A name without what spellings differ in: case, underscores, commas, brackets and "and"."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    return " ".join(word for word in words if word != "and")
