"""The engine that answers queries of a catalogue: DuckDB, in this process."""

import itertools
import os
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from fsat_core.errors import DatasetError
from fsat_core.machine import usable_cores

ROW = "row"  # the column that numbers clips
MOST = 2**62  # a number that is larger than any of a clip
_DAY_S = 24 * 3600.0
# Of a query that makes no sense.
_OUR_OWN_FAULTS = (
    duckdb.BinderException,
    duckdb.ParserException,
    duckdb.CatalogException,
)
_MEMORY = "1GB"  # of the engine, which goes on in files where an answer needs more


class Engine:
    """What answers: a database of its own, in this process and in memory but for the files that it reads."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._mark_at = 0.0
        self._folder = mkdtemp(prefix="fsat-queries-")
        weakref.finalize(self, rmtree, self._folder, ignore_errors=True)
        self._database = duckdb.connect(
            config={
                "threads": usable_cores(),
                "memory_limit": _MEMORY,
                "temp_directory": self._folder,
                "autoinstall_known_extensions": False,  # nothing is fetched
                "TimeZone": "UTC",
            }
        )
        self._numbers = itertools.count(1)

    def ask(self, query: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """The rows that answer a query.

        Raises
        ------
        DatasetError
            If the file cannot be read any more.
        """
        try:
            with self._cursor() as cursor:
                found: pa.Table = cursor.sql(
                    query, params=[_within(value) for value in values]
                ).to_arrow_table()
        except _OUR_OWN_FAULTS:
            raise
        except duckdb.OutOfMemoryException as error:
            raise DatasetError(
                f"Too much was asked of the catalogue at once ({_line(error)}): expected it to fit into "
                f"{_MEMORY}, or into {self._folder}. Make room there, and try again."
            ) from error
        except duckdb.Error as error:
            raise DatasetError(
                f"The catalogue of the data set cannot be read any more ({_line(error)}). Scan the data set "
                "again."
            ) from error
        self._mark_used()
        return found.to_pandas()

    def _mark_used(self) -> None:
        """Note once a day that the file is in use: what nobody has used for long is removed."""
        if self.path is not None and time.monotonic() > self._mark_at:
            self._mark_at = time.monotonic() + _DAY_S
            with suppress(OSError):
                os.utime(self.path)

    def take(self, table: pa.Table) -> None:
        """Hold a whole catalogue in memory."""
        with self._cursor() as cursor:
            cursor.register("taken", table)
            cursor.execute("CREATE TABLE held AS SELECT * FROM taken")

    def keep_table(self, table: pd.DataFrame, source: str) -> "KeptTable":
        """Keep a table with `clip_id` beside the clips of a source, while somebody has what is returned."""
        kept = KeptTable(f"beside_{next(self._numbers)}", self)
        ids = "SELECT *, instr(clip_id, '/') AS slash FROM given"
        with self._cursor() as cursor:
            cursor.register("given", pa.Table.from_pandas(table, preserve_index=False))
            cursor.execute(
                f"CREATE TABLE {kept.name} AS SELECT c.{ROW}, g.* EXCLUDE (clip_id, slash) FROM ({ids}) g "
                f"JOIN {source} c ON c.fname = substr(g.clip_id, slash + 1) "
                "AND c.split = substr(g.clip_id, 1, slash - 1)"
            )
        return kept

    def drop_table(self, name: str) -> None:
        """Let go of a kept table."""
        with self._cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one thread."""
        with self._database.cursor() as cursor:
            yield cursor


class KeptTable:
    """The name of a table of an engine, which goes when nobody has this any more."""

    def __init__(self, name: str, engine: Engine) -> None:
        self.name = name
        weakref.finalize(self, engine.drop_table, name).atexit = False


def _within(value: Any) -> Any:
    """A number that an address may have made larger than any of a clip; no number is like no value."""
    if isinstance(value, float) and value != value:
        return None
    return max(-MOST, min(value, MOST)) if isinstance(value, int) else value


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
