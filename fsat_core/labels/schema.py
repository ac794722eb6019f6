"""The version of the database's schema, and the steps that bring an older database forward."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Table, delete, insert, inspect, select
from sqlalchemy.schema import CreateColumn

from fsat_core.labels.tables import OPTIONAL, metadata, schema_version

UNNUMBERED = 1  # the version of databases made before the number was kept


@dataclass(frozen=True)
class Step:
    """What one version of the schema has more than the one before.

    A step only ever adds, and a column comes without constraints but with a default of the server, or allows
    NULL: programs of the version before may have the database open, and go on writing their rows.

    Parameters
    ----------
    name : str
        What it is for.
    adds : Table or Column
        A table of `fsat_core.labels.tables`, or a column of one.
    """

    name: str
    adds: Table | Column

    def take(self, connection: Connection) -> None:
        """Add it, if it is not there yet."""
        if isinstance(self.adds, Table):
            self.adds.create(connection, checkfirst=True)
            return
        table = self.adds.table
        if self.adds.name not in {column["name"] for column in inspect(connection).get_columns(table.name)}:
            definition = CreateColumn(self.adds).compile(connection)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {definition}")


# In order, for good: the first brings a database to version 2. `tables.py` has their outcome.
STEPS: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Schema:
    """The schema that a database has.

    Parameters
    ----------
    version : int
    is_numbered : bool
        Whether the database says so itself.
    is_complete : bool
        Whether it has every table that the program cannot do without.
    is_whole : bool
        Whether it has all the others, too.
    """

    version: int
    is_numbered: bool
    is_complete: bool
    is_whole: bool


def newest(steps: Sequence[Step] = STEPS) -> int:
    """The version that a database has after all steps."""
    return UNNUMBERED + len(steps)


def read_schema(connection: Connection) -> Schema:
    """The schema that the database has now."""
    there = set(inspect(connection).get_table_names())
    needed = set(metadata.tables) - {table.name for table in (schema_version, *OPTIONAL)}
    number = connection.scalar(select(schema_version.c.version)) if schema_version.name in there else None
    return Schema(
        version=UNNUMBERED if number is None else number,
        is_numbered=number is not None,
        is_complete=there >= needed,
        is_whole=there >= set(metadata.tables),
    )


def bring_forward(connection: Connection, steps: Sequence[Step] = STEPS) -> None:
    """Make what the database lacks and write down its version; a newer one is left as it is.

    Has to run as the only writer: of two programs that open a database at once, the second finds nothing
    left to do.
    """
    found = read_schema(connection)
    if found.version > newest(steps):
        return
    metadata.create_all(connection)
    for step in steps:
        step.take(connection)
    connection.execute(delete(schema_version))
    connection.execute(insert(schema_version), {"version": newest(steps)})
