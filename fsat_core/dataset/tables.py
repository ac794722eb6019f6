"""Tables of clips, as people and their spreadsheets write them.

Whatever can mean one thing only is read, and said: another encoding or separator, blank rows, empty columns,
blanks around cells, comments. Everything else is an error that names the line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from fsat_core.csv_cells import unmark_formula
from fsat_core.dataset.csv_rows import ERROR_VALUE, SEPARATORS, Rows, split_rows
from fsat_core.dataset.table_text import decode_text
from fsat_core.errors import DatasetError
from fsat_core.files import read_content, source_name
from fsat_core.text import list_some, readable

_NAMES = ("fname", "labels", "clip_id", "usage")  # columns that have a meaning here
_SEPARATOR_LINE = re.compile(r"sep=(.)[;,\t]*", re.IGNORECASE)  # what Excel writes before the header
_HEADER_WITHIN = 10  # rows in which the header is looked for
_HEAD_CHARACTERS = 100_000  # in which it ends
_ODD = frozenset("#='")  # what a text begins with that is an error or guarded
_TEXT_FORMULA = re.compile(r'="(.*)"', re.DOTALL)  # how a spreadsheet is told to leave a text as it is
_UNNAMED = re.compile(r"(Unnamed: \d+(\.\d+)?)?")  # pandas' name for a column without one


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Parameters
    ----------
    rows : pd.DataFrame
        Every cell a text. The index is the line of the file in which a row begins.
    warning : str
        What had to be assumed, in one line; "" for plain CSV.
    """

    rows: pd.DataFrame
    warning: str = ""


def read_table(source: Path | BinaryIO) -> Table:
    """A table of clips, from a file or an open one.

    Cells end at commas, semicolons, tabs or vertical bars: at those between which the header has the column
    `fname`. A cell that holds one of them, such as `"Bark,Yell"`, is in quotes.

    Raises
    ------
    DatasetError
        If the file is missing, is no such table or has no column `fname`, or if a row can mean several
        things; the message names its line.
    """
    name = source_name(source)
    try:
        content = read_content(source)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file has such a name"
        raise DatasetError(
            f"{name} cannot be read ({reason}): expected a table with a header line fname,labels. Check the "
            "name and that the file can be read."
        ) from error
    text, encoding = decode_text(content, name)
    return _Reader(name, [f"its text is {encoding}"] if encoding else []).read(text)


def missing_column(name: str, column: str, columns: Sequence[str]) -> DatasetError:
    """The error for a table without a column that it needs."""
    return DatasetError(
        f"{name} has no column '{column}' (its columns: {', '.join(columns[:6])}): "
        "expected at least fname,labels. Add the column or its header line."
    )


@dataclass
class _Reader:
    """Makes a table of a text, and notes what it assumes."""

    name: str
    notes: list[str] = field(default_factory=list)

    def read(self, text: str) -> Table:
        separator, start = self._find_separator(text)
        found = split_rows(text[start:], separator, self.name)
        at = self._find_header(found)
        header = self._name_columns(found.cells[at])
        lines, rows = self._clip_rows(found, at)
        table = self._columns(header, list(map(list, zip(*rows, strict=True))))
        for column in (name for name in _NAMES if name in table):
            table[column] = self._texts(column, table[column], lines)
        self._check_named(table, lines)
        self._note_passed_over(found)
        frame = pd.DataFrame(table, index=pd.Index(lines, dtype="int64", name="line"), dtype="str")
        return Table(frame, self._warning())

    def _find_separator(self, text: str) -> tuple[str, int]:
        """What cells end at, and where the table begins in the text: after Excel's line `sep=;`."""
        lines = [line for line in text[:_HEAD_CHARACTERS].splitlines() if line.strip()]
        if lines and (said := _SEPARATOR_LINE.fullmatch(lines[0].strip(' "'))) and said[1] in SEPARATORS:
            self.notes.append(f"cells end at {SEPARATORS[said[1]]}, as its first line says")
            return said[1], text.index(lines[0]) + len(lines[0])
        for line in lines[: 2 * _HEADER_WITHIN]:
            for separator, shown in SEPARATORS.items():
                cells = [_bare(cell) for cell in line.split(separator)]
                if "fname" in (cells[:1] if line.startswith("#") else cells):
                    if separator != "," and separator in line:
                        self.notes.append(f"cells end at {shown}")
                    return separator, 0
        return (max(SEPARATORS, key=lines[0].count) if lines else ","), 0

    def _find_header(self, found: Rows) -> int:
        """Which row is the header; what is above it are titles, of fewer cells."""
        if not found.lines:
            raise DatasetError(
                f"{self.name} cannot be read as CSV (it is empty): expected a header line with fname,labels. "
                "Check the file, or fetch it again."
            )
        head = found.cells[:_HEADER_WITHIN]
        at = next((place for place, cells in enumerate(head) if "fname" in map(_bare, cells)), None)
        if at is None:
            raise missing_column(self.name, "fname", head[0])
        for line, cells in zip(found.lines[:at], head[:at], strict=True):
            if sum(map(bool, cells)) >= sum(map(bool, head[at])):
                raise DatasetError(
                    f"{self.name} cannot be read as CSV (its header is line {found.lines[at]}, below line "
                    f"{line} with as many cells): expected the header first. Move it to the top."
                )
        if at:
            self.notes.append(f"its header is line {found.lines[at]}")
        return at

    def _name_columns(self, cells: list[str]) -> list[str]:
        """The names of the columns; those that have a meaning as they are usually written."""
        names = list(cells)
        for place, cell in enumerate(cells):
            usual = _bare(cell)
            if usual in _NAMES and usual not in names:
                names[place] = usual
                self.notes.append(f"its column {cell} is {usual}")
        return names

    def _clip_rows(self, found: Rows, at: int) -> tuple[list[int], list[list[str]]]:
        """The rows below the header that are about clips, with their lines, and as many cells as it has."""
        header, lines, rows = found.cells[at], found.lines[at + 1 :], found.cells[at + 1 :]
        if header not in rows and all(len(cells) == len(header) for cells in rows):
            return lines, rows
        repeated = {line for line, cells in zip(lines, rows, strict=True) if cells == header}
        kept = [(line, cells) for line, cells in zip(lines, rows, strict=True) if line not in repeated]
        short = [line for line, cells in kept if len(cells) < len(header)]
        self._note("rows that are too short end with empty cells", short)
        self._note("the header, where it is repeated, means nothing", sorted(repeated))
        return [line for line, _ in kept], [self._fit(cells, len(header), line) for line, cells in kept]

    def _fit(self, cells: list[str], width: int, line: int) -> list[str]:
        if any(cells[width:]):
            raise DatasetError(
                f"{self.name} has more cells than its header in line {line}: expected {width}, with "
                'several labels in quotes, such as "Bark,Yell". Quote them, or name the further columns.'
            )
        if len(cells) == 1 < width and any(separator in cells[0] for separator in SEPARATORS):
            raise DatasetError(
                f"{self.name}: line {line} has 1 cell, expected {width} as in its header. Have cells end at "
                "the same sign in each line."
            )
        return [*cells[:width], *[""] * (width - len(cells))]

    def _columns(self, header: list[str], columns: list[list[str]]) -> dict[str, list[str]]:
        """The columns that have a name, by their names."""
        table: dict[str, list[str]] = {}
        empty = []
        for place, name in enumerate(header):
            cells = columns[place] if columns else []
            if not _UNNAMED.fullmatch(name):
                if table.setdefault(name, cells) is not cells:
                    self._check_doubled(name, table[name] == cells)
            elif not any(cells):
                empty.append(str(place + 1))
            else:
                self._check_numbers(place, cells)
        if empty:
            self.notes.append(f"columns without name and content mean nothing ({list_some(empty, 3)})")
        return table

    def _check_numbers(self, place: int, cells: list[str]) -> None:
        """See that a column without a name only numbers the rows, as pandas writes it."""
        if place or cells not in ([str(n + first) for n in range(len(cells))] for first in (0, 1)):
            content = next(filter(None, cells))
            raise DatasetError(
                f"{self.name}: column {place + 1} has no name and holds '{content}': expected a name for "
                "each column. Give it one, quote labels with commas in them, or delete the column."
            )
        self.notes.append("its first column numbers the rows")

    def _check_doubled(self, name: str, alike: bool) -> None:
        if not alike:
            raise DatasetError(
                f"{self.name} has two columns '{name}' that differ: expected each name once. "
                "Rename one of them, or delete it."
            )
        self.notes.append(f"its columns {name}, which are alike, are one")

    def _texts(self, column: str, cells: list[str], lines: list[int]) -> list[str]:
        """The cells of a column that has a meaning, without what spreadsheets write to guard a text."""
        together = "".join(cells)
        if together.isprintable() and not _ODD.intersection(together):  # nearly always
            return cells
        for line, cell in zip(lines, cells, strict=True):
            self._check_cell(cell, column, line)
        plain = [_without_formula(cell) for cell in cells]
        if plain != cells:
            self.notes.append('="..." only guards a text')
        return [readable(unmark_formula(cell)) for cell in plain]

    def _check_cell(self, cell: str, column: str, line: int) -> None:
        if "\n" in cell or "\r" in cell:
            raise DatasetError(
                f"{self.name}: the cell '{column}' of line {line} goes on in the next line: expected one. "
                "Close its quote, or take the line break out."
            )
        if cell.startswith("#") and ERROR_VALUE.fullmatch(cell):
            raise DatasetError(
                f"{self.name}: the cell '{column}' of line {line} is {cell}, a spreadsheet's word for "
                "a formula that fails: expected a text. Format the column as text, and type it again."
            )

    def _check_named(self, table: dict[str, list[str]], lines: list[int]) -> None:
        ids = table.get("clip_id", [""] * len(lines))
        for line, fname, clip_id in zip(lines, table["fname"], ids, strict=True):
            if not fname and not clip_id:
                raise DatasetError(
                    f"{self.name}: line {line} has no file name: expected one in the column fname. "
                    "Fill it in, or delete the line."
                )

    def _note_passed_over(self, found: Rows) -> None:
        if found.has_blanks:
            self.notes.append("blanks around cells do not count")
        self._note("rows of empty cells mean nothing", found.empty)
        self._note("what begins with # is a comment", found.comments)

    def _note(self, assumption: str, lines: list[int]) -> None:
        if lines:
            shown = list_some([str(line) for line in lines], 3)
            self.notes.append(f"{assumption} ({'lines' if len(lines) > 1 else 'line'} {shown})")

    def _warning(self) -> str:
        if not self.notes:
            return ""
        *others, last = self.notes
        what = f"{', '.join(others)} and {last}" if others else last
        return f"{self.name} was read assuming that {what}. If that is wrong, save it as plain CSV in UTF-8."


def _bare(cell: str) -> str:
    return cell.strip(" \t\xa0\"'#").casefold()


def _without_formula(cell: str) -> str:
    formula = _TEXT_FORMULA.fullmatch(cell)
    return formula[1].replace('""', '"').strip() if formula else cell
