"""CSV for people: a spreadsheet takes no cell of it for a formula."""

import re

import pandas as pd

# What spreadsheets begin a formula with, some after a tab or a new line; and what has been marked before.
_FORMULA = re.compile(
    "'*[=+@\\t\\r\\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH COMMERCIAL AT}-]"
)
_MARKED = re.compile(f"'(?={_FORMULA.pattern})")


def mark_formula(cell: object) -> object:
    """A cell; a text that a spreadsheet would take for a formula has a ' before it, which makes it a text."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def unmark_formula(cell: str) -> str:
    """The text that `mark_formula` has made this cell of."""
    return _MARKED.sub("", cell, count=1) if _MARKED.match(cell) else cell


def format_csv(table: pd.DataFrame, lineterminator: str = "\n") -> str:
    """A table as CSV for people, without its index: no cell and no column's name in it is a formula."""
    columns = [
        column if pd.api.types.is_numeric_dtype(column) else column.map(mark_formula)
        for _, column in table.items()
    ]
    marked = pd.concat(columns, axis="columns") if columns else table
    return marked.set_axis([mark_formula(name) for name in table], axis="columns").to_csv(
        index=False, lineterminator=lineterminator
    )
