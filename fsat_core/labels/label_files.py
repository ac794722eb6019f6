"""Files of labels and of decisions as tables: columns `name, labels`, and what else a decision has."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from fsat_core.csv_cells import unmark_formula
from fsat_core.dataset import read_table, split_labels
from fsat_core.dataset.label_text import canonical
from fsat_core.dataset.table_text import decode_text
from fsat_core.errors import LabelError
from fsat_core.files import read_content, source_name
from fsat_core.labels.decision_files import COLUMNS as DECISION_COLUMNS
from fsat_core.labels.decision_files import NEEDED
from fsat_core.text import shorten


def read_csv(source: Path | BinaryIO, classes: Collection[str]) -> tuple[pd.DataFrame, str]:
    """The rows of a CSV, and what was assumed to read it; a LabelError where it cannot be read."""
    read = read_table(source)
    table = read.rows
    if "labels" not in table:
        raise LabelError(
            f"{source_name(source)} has no column 'labels' (its columns: "
            f"{', '.join(map(str, table.columns[:6]))}): "
            "expected fname,labels. Add the column or its header line."
        )
    name = table["fname"]
    if "clip_id" in table:
        name = table["clip_id"].where(table["clip_id"] != "", name)
    # Marked by our own export, unless there is such a class.
    labels = table["labels"].map(
        lambda text: text if {*split_labels(text)} <= {*classes} else unmark_formula(text)
    )
    said = pd.DataFrame({"name": name, "labels": canonical(labels)})
    if not {*NEEDED} <= {*table.columns}:
        return said, read.warning
    more = {column: table[column].map(unmark_formula) for column in DECISION_COLUMNS if column in table}
    return said.assign(**more), read.warning


def read_json(source: Path | BinaryIO) -> tuple[pd.DataFrame, str]:
    """The rows of a JSON file, and what was assumed to read it; a LabelError where it cannot be read."""
    file = source_name(source)
    try:
        text, encoding = decode_text(read_content(source), file)
        # Pairs, so that a name that occurs twice is noticed; a tuple, which JSON has for nothing else.
        # Whole numbers as floats, since Python refuses long ones; no number is right here anyway.
        pairs = json.loads(text, object_pairs_hook=tuple, parse_int=float)
    except (OSError, ValueError, RecursionError) as error:
        raise LabelError(
            f'{file} cannot be read as JSON ({_why_no_json(error)}): expected {{"a.wav": "Bark,Yell", '
            '"b.wav": "remove"}. Correct the file.'
        ) from error
    warning = f"{file} was read assuming that its text is {encoding}." if encoding else ""
    if isinstance(pairs, list) and all(isinstance(each, tuple) for each in pairs):
        return _read_decisions(file, pairs), warning
    if not isinstance(pairs, tuple) or not all(isinstance(labels, str) for _, labels in pairs):
        raise LabelError(
            f'{file} is not an object from file names to texts: expected {{"a.wav": "Bark,Yell", '
            '"b.wav": "remove"}. Correct the file.'
        )
    if halves := [name for pair in pairs for name in pair if _has_half_a_character(name)]:
        raise LabelError(
            f"{file} has {shorten(halves[0])!a}, which ends or begins within a character: expected text in "
            "UTF-8. Correct the file, or save it anew."
        )
    table = pd.DataFrame(list(pairs), columns=["name", "labels"], dtype="str")
    return table.assign(labels=canonical(table["labels"])), warning


def _read_decisions(file: str, objects: list[Any]) -> pd.DataFrame:
    """The rows of a list of decisions, as `format_decisions` writes them."""
    rows = [dict(pairs) for pairs in objects]
    needed = ("fname", "labels", *NEEDED)
    texts = all(isinstance(value, str) for row in rows for value in row.values())
    if not texts or not all(name in row for row in rows for name in needed):
        raise LabelError(
            f"{file} is a list, but not of decisions: expected objects of texts with {', '.join(needed)}, or "
            '{"a.wav": "Bark,Yell"}. Correct the file.'
        )
    table = pd.DataFrame(rows, columns=["fname", "labels", *DECISION_COLUMNS], dtype="str").fillna("")
    return table.rename(columns={"fname": "name"}).assign(labels=canonical(table["labels"]))


def _why_no_json(error: Exception) -> str:
    match error:
        case json.JSONDecodeError(lineno=line, colno=column):
            return f"line {line}, column {column}"
        case RecursionError():
            return "too many brackets within each other"
        case OSError(strerror=str(reason)):
            return reason
    return "no such file"


def _has_half_a_character(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
