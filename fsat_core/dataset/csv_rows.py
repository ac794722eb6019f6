"""The rows of a CSV text with the lines that they begin in, less blank rows and comments."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from fsat_core.audio.types import is_sound_name
from fsat_core.errors import DatasetError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
ERROR_VALUE = re.compile(r"#(N/A|NV|[A-ZÄÖÜ/0]+[!?])")  # what a spreadsheet has where a formula fails


@dataclass
class Rows:
    """The rows of a text that are not blank, and what was passed over.

    Parameters
    ----------
    lines : list of int
        The line, from 1, in which each row begins.
    cells : list of list of str
        The cells of each row, without blanks around them.
    comments, empty : list of int
        The lines of comments and of rows of empty cells.
    has_blanks : bool
        Whether there were blanks around cells.
    """

    lines: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    comments: list[int] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)
    has_blanks: bool = False


def split_rows(text: str, separator: str, name: str) -> Rows:
    """The rows of a text whose cells end at `separator`.

    Raises
    ------
    DatasetError
        If a quote is not closed; the message calls the table `name`.
    """
    plain = _split_plain(text, separator)
    if plain is not None:
        return plain
    found, quotes_late = _split(text, separator, name, skip_blanks=False)
    return _split(text, separator, name, skip_blanks=True)[0] if quotes_late else found


def _split_plain(text: str, separator: str) -> Rows | None:
    """The rows of a text without comments, blanks, blank rows and cells of several lines; else None.

    Most tables are like that, and it takes a tenth of the time.
    """
    if "#" in text or " " in text or not text.isascii():
        return None
    lines = list(io.StringIO(text, newline=""))  # lines end at \n, \r\n or \r, and keep it
    try:
        cells = list(csv.reader(lines, delimiter=separator))
    except csv.Error:  # a cell of more than 131,072 characters; `_split` says where
        return None
    is_plain = len(cells) == len(lines) and all(map(any, cells))
    return Rows(list(range(1, len(cells) + 1)), cells) if is_plain else None


def _split(text: str, separator: str, name: str, skip_blanks: bool) -> tuple[Rows, bool]:
    """The rows of any text, and whether quotes stand behind blanks: then these have to be skipped."""
    found, quotes_late = Rows(has_blanks=skip_blanks), False
    lines = _Lines(text, found.comments)
    for cells in _read(lines, csv.reader(lines, delimiter=separator, skipinitialspace=skip_blanks), name):
        stripped = list(map(str.strip, cells))
        if not any(stripped):
            if len(cells) > 1:  # a line with nothing in it is not worth a word
                found.empty.append(lines.first)
            continue
        if stripped != cells:
            found.has_blanks = True
            pairs = zip(cells, stripped, strict=True)
            quotes_late = quotes_late or any(bare != cell and bare.startswith('"') for cell, bare in pairs)
        found.lines.append(lines.first)
        found.cells.append(stripped)
    return found, quotes_late


def _read(lines: "_Lines", reader: Iterator[list[str]], name: str) -> Iterator[list[str]]:
    """The rows that a `csv.reader` makes of some lines."""
    while True:
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _unclosed(name, lines.first) from None
        if lines.number > lines.first and lines.num_quotes % 2:
            raise _unclosed(name, lines.first)
        yield cells


class _Lines:
    """The lines of a text for `csv.reader`, less comments.

    A # begins a comment only where a row begins. The reader alone knows where one ends, so whoever calls it
    says `begin_row`.
    """

    def __init__(self, text: str, comments: list[int]) -> None:
        self._lines = io.StringIO(text, newline="")
        self._comments = comments
        self._begins = True
        self.number = 0  # of the line that was read last
        self.first = 0  # of the line in which the row in hand begins
        self.num_quotes = 0  # in the row in hand

    def begin_row(self) -> None:
        self._begins, self.num_quotes = True, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._read()
        if self._begins:
            while _is_comment(line):
                self._comments.append(self.number)
                line = self._read()
            self.first, self._begins = self.number, False
        self.num_quotes += line.count('"')
        return line

    def _read(self) -> str:
        line = next(self._lines)
        self.number += 1
        return line


def _is_comment(line: str) -> bool:
    """Whether a line in which a row could begin is a comment: not a header, nor about a clip `#1.wav`."""
    if not line.lstrip(' \t"').startswith("#"):
        return False
    first = re.split(r"[,;\t|]", line.strip(' \t"'), maxsplit=1)[0].strip(' "')
    is_header = first.strip("# ").casefold() == "fname"  # as NumPy writes it
    return not (is_header or is_sound_name(first) or ERROR_VALUE.fullmatch(first))


def _unclosed(name: str, line: int) -> DatasetError:
    return DatasetError(
        f"{name} cannot be read as CSV (line {line} opens a quote that is not closed): expected quotes at "
        "both ends of a cell. Close it; a quote within a cell is written twice."
    )
