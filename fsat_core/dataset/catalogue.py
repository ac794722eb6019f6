"""The catalogue of a data set by query: it lies in a file, and nobody holds more than was asked for."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fsat_core.dataset.catalogue_engine import MOST, ROW, Engine
from fsat_core.dataset.clip_ids import fname_of, split_of
from fsat_core.dataset.header_scan import COLUMNS
from fsat_core.dataset.label_text import split_labels
from fsat_core.errors import DatasetError
from fsat_core.files import write_atomically

_NAMES = b"fsat_names"  # in the file: what its other columns are called
_ROW_GROUP = 122_880  # as many rows as the engine works on at a time


class Catalogue:
    """Some clips of a data set, a row each, in an order. It is a question: each answer is looked up.

    `filter`, `sort` and `beside` give other catalogues and leave this one as it is. All may be asked by
    several threads.
    """

    def __init__(
        self,
        engine: Engine,
        source: str,
        columns: Mapping[str, str],
        conditions: tuple[str, ...] = (),
        values: tuple[Any, ...] = (),
        order: tuple[str, bool] = (ROW, False),
        keep: tuple[object, ...] = (),
    ) -> None:
        self._engine, self._source, self._columns = engine, source, dict(columns)
        self._conditions, self._values, self._order = conditions, values, order
        self._keep = keep  # tables that the source is made of

    @property
    def path(self) -> Path | None:
        """The file in which it lies; None in memory."""
        return self._engine.path

    @property
    def columns(self) -> list[str]:
        """What is known of each clip."""
        return list(self._columns)

    def filter(self, condition: str, *values: Any) -> "Catalogue":
        """Those of these clips for which an SQL condition holds, whose `?` are `values` in their order.

        A condition may speak of the columns of `fsat_core.dataset.COLUMNS` and of those of `beside`; further
        columns of the tables have no name there.
        """
        conditions = (*self._conditions, f"({condition})")
        return self._with(conditions=conditions, values=(*self._values, *values))

    def sort(self, column: str, falls: bool = False) -> "Catalogue":
        """These clips in the order of a column; equal ones stay in the order of the tables.

        What has no value is lowest: last where the order falls, else first.
        """
        return self._with(order=(self._columns[column], falls))

    def beside(self, table: pd.DataFrame, otherwise: Mapping[str, Any]) -> "Catalogue":
        """These clips with further or other columns.

        Parameters
        ----------
        table : pd.DataFrame
            `clip_id`, at most once each, and columns. Clips that this catalogue does not have are left out.
        otherwise : dict
            For each of these columns what it is for clips that are not in the table; those of a column that
            this catalogue has already stay as they are. A column of the data set's own tables that is called
            so is another one, which is hidden.

        Raises
        ------
        ValueError
            If this catalogue is filtered: conditions would be about the new columns.
        """
        if self._conditions:
            raise ValueError("columns come beside a whole catalogue, before its filters")
        own = {name for name in otherwise if self._columns.get(name) == name}
        added = {name: value for name, value in otherwise.items() if name not in own}
        if table.empty and not added:
            return self
        further = ", ".join(f"{_literal(value)} AS {column}" for column, value in added.items())
        columns = self._columns | {column: column for column in added}
        if table.empty:
            return self._with(source=f"(SELECT c.*, {further} FROM {self._source} c)", columns=columns)
        kept = self._engine.keep_table(table, self._source)
        changed = [column for column in otherwise if column in own]
        replaced = ", ".join(_either(f"o.{column}", f"c.{column}", column) for column in changed)
        further = ", ".join(
            _either(f"o.{column}", _literal(value), column) for column, value in added.items()
        )
        source = (
            f"(SELECT c.*{f' REPLACE ({replaced})' if replaced else ''}{f', {further}' if further else ''} "
            f"FROM {self._source} c LEFT JOIN {kept.name} o ON c.{ROW} = o.{ROW})"
        )
        return self._with(source=source, columns=columns, keep=(*self._keep, kept))

    def __len__(self) -> int:
        return self._length

    @cached_property
    def _length(self) -> int:
        return int(self.ask("count(*)::BIGINT AS n")["n"].iloc[0])

    @property
    def is_empty(self) -> bool:
        """Whether there is no such clip; without counting them."""
        return self.frame(["split"], most=1).empty

    def frame(
        self, columns: Sequence[str] | None = None, first: int = 0, most: int | None = None
    ) -> pd.DataFrame:
        """These columns, or all, of the clips from number `first` on, at most `most`, in order."""
        names = self.columns if columns is None else list(columns)
        chosen = ", ".join(f"{self._columns[name]} AS c{place}" for place, name in enumerate(names))
        asked = self
        if most is not None:
            # Which rows these are is found first: the order of ten million would drag all columns along.
            part = f"LIMIT {int(most)} OFFSET {min(first, MOST)}"
            rows = self._engine.ask(f"SELECT {ROW} {self._from()} {self._ordered()} {part}", self._values)
            numbers = rows[ROW].tolist()
            asked = self._with(conditions=(f"{ROW} IN (SELECT unnest(?::BIGINT[]))",), values=(numbers,))
            first = 0
        offset = f" OFFSET {min(first, MOST)}" if first else ""
        found = self._engine.ask(f"SELECT {chosen} {asked._from()} {asked._ordered()}{offset}", asked._values)
        return found.set_axis(names, axis="columns")

    def ask(self, select: str, *values: Any, group: str = "") -> pd.DataFrame:
        """The answer to `SELECT select` about these clips, perhaps with `GROUP BY group`.

        `values` are those of `?` in `select`.
        """
        grouped = f" GROUP BY {group} ORDER BY {group}" if group else ""
        return self._engine.ask(f"SELECT {select} {self._from()}{grouped}", (*values, *self._values))

    def counts(self, *columns: str) -> pd.DataFrame:
        """How many clips there are of each combination of these columns that occurs, sorted by them."""
        names = ", ".join(columns)
        return self.ask(f"{names}, count(*)::BIGINT AS count", group=names)

    def among(self, clip_ids: Iterable[str]) -> "Catalogue":
        """Those of these clips."""
        ids = [clip_id for clip_id in clip_ids if "/" in clip_id]
        # By name first: to put ids together for all rows takes several times as long.
        named = self.filter("fname IN (SELECT unnest(?))", [fname_of(clip_id) for clip_id in ids])
        return named.filter("clip_id IN (SELECT unnest(?))", ids)

    @cached_property
    def label_counts(self) -> pd.DataFrame:
        """How many clips there are of each `split, labels, num_labels`, as `count`; looked up once."""
        return self.counts("split", "labels", "num_labels")

    @cached_property
    def label_strings(self) -> list[str]:
        """The label strings that occur."""
        return self.ask("DISTINCT labels")["labels"].tolist()

    def by_class(self, select: str, classes: Sequence[str] | None = None) -> pd.DataFrame:
        """The answer to `SELECT class, select` for each class that these clips carry, or some, by name.

        A clip with several labels counts for each of them.
        """
        pairs = [
            (text, name)
            for text in self.label_strings
            for name in dict.fromkeys(split_labels(text))
            if classes is None or name in classes
        ]
        strings = "(SELECT unnest(?::VARCHAR[]) AS string, unnest(?::VARCHAR[]) AS class)"
        joined = self._with(source=f"(SELECT * FROM {self._source} JOIN {strings} ON labels = string)")
        texts, names = ([pair[place] for pair in pairs] for place in (0, 1))
        return joined._with(values=(texts, names, *self._values)).ask(f"class, {select}", group="class")

    def rows_of(self, clip_ids: Sequence[str]) -> pd.DataFrame:
        """All columns of those clips that are among these, in the order of `clip_ids`."""
        found = self.among(clip_ids).frame().set_index("clip_id", drop=False)
        return found.reindex([clip_id for clip_id in clip_ids if clip_id in found.index]).reset_index(
            drop=True
        )

    def place(self, clip_id: str) -> int | None:
        """The number of a clip in this order, from 0; None where it is none of these."""
        if "/" not in clip_id:
            return None
        column, falls = self._order
        same = self.filter("fname = ? AND split = ?", fname_of(clip_id), split_of(clip_id))
        found = same.ask(f"{ROW} AS at, {column} AS value, {column} IS NULL AS unknown")
        if found.empty:
            return None
        at, value, is_unknown = found.iloc[0]
        if column == ROW:
            before = self.filter(f"{ROW} < ?", int(at))
        elif is_unknown:
            others = f"{column} IS NOT NULL OR" if falls else f"{column} IS NULL AND"
            before = self.filter(f"{others} {ROW} < ?", int(at))
        else:
            value = value.item() if hasattr(value, "item") else value
            others = "" if falls else f" OR {column} IS NULL"
            before = self.filter(
                f"{column} {'>' if falls else '<'} ? OR ({column} = ? AND {ROW} < ?){others}",
                value,
                value,
                int(at),
            )
        return len(before)

    def sample(self, most: int, seed: int) -> pd.DataFrame:
        """At most so many of these clips, drawn by chance; the same ones for the same seed."""
        drawn = self._with(order=(f"hash({ROW}, {int(seed)})", False))
        return drawn.frame(most=most)

    def _with(self, **changes: Any) -> "Catalogue":
        own = {
            "source": self._source,
            "columns": self._columns,
            "conditions": self._conditions,
            "values": self._values,
            "order": self._order,
            "keep": self._keep,
        }
        return Catalogue(self._engine, **(own | changes))

    def _from(self) -> str:
        where = f" WHERE {' AND '.join(self._conditions)}" if self._conditions else ""
        return f"FROM {self._source} c{where}"

    def _ordered(self) -> str:
        column, falls = self._order
        if column == ROW:
            return f"ORDER BY {ROW}"
        return f"ORDER BY {column} {'DESC NULLS LAST' if falls else 'ASC NULLS FIRST'}, {ROW}"


def keep_catalogue(frame: pd.DataFrame, path: Path) -> Catalogue:
    """Write a catalogue to a file, and open it.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    table = _as_table(frame)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=_ROW_GROUP)
    write_atomically(path, sink.getvalue().to_pybytes())
    return open_catalogue(path)


def open_catalogue(path: Path) -> Catalogue:
    """The catalogue of a file of `keep_catalogue`.

    Raises
    ------
    DatasetError
        If it cannot be read.
    """
    try:
        schema = pq.read_schema(path)
        names = json.loads(schema.metadata[_NAMES])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{path} cannot be read ({error}): expected the catalogue of a data set. Remove it, and scan "
            "again."
        ) from error
    engine = Engine(path)
    name = re.sub(r"([*?[])", r"[\1]", str(path))  # it is a pattern
    return _all_clips(engine, f"read_parquet({_literal(name)}, hive_partitioning=false)", names)


def hold_catalogue(frame: pd.DataFrame) -> Catalogue:
    """The same in memory, for a folder that cannot be written and for a few clips."""
    table = _as_table(frame)
    engine = Engine()
    engine.take(table)
    return _all_clips(engine, "held", json.loads(table.schema.metadata[_NAMES]))


def _all_clips(engine: Engine, where: str, names: Mapping[str, str]) -> Catalogue:
    columns = {"clip_id": "clip_id"} | dict(names)
    return Catalogue(engine, f"(SELECT split || '/' || fname AS clip_id, * FROM {where})", columns)


def _as_table(frame: pd.DataFrame) -> pa.Table:
    """A catalogue as it is kept: its rows have numbers, and columns of the tables have names of their own.

    A table may call its columns anything, also by names that differ in case alone.
    """
    names = {name: name if name in COLUMNS else f"extra_{place}" for place, name in enumerate(frame.columns)}
    kept = frame.drop(columns="clip_id", errors="ignore").rename(columns=names).reset_index(drop=True)
    kept.insert(0, ROW, range(len(kept)))
    table = pa.Table.from_pandas(kept, preserve_index=False)
    stored = {name: kept_name for name, kept_name in names.items() if name != "clip_id"}
    return table.replace_schema_metadata({_NAMES: json.dumps(stored)})


def _either(first: str, second: str, column: str) -> str:
    return f"CASE WHEN o.{ROW} IS NULL THEN {second} ELSE {first} END AS {column}"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"
