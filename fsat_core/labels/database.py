"""The label database, SQLite or PostgreSQL: opening it, waiting while it is busy, and its errors in words."""

import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError

from fsat_core.errors import LabelError
from fsat_core.labels.schema import STEPS, Step, bring_forward, newest, read_schema

T = TypeVar("T")
OnWait = Callable[[str], None]

_SQLITE = ("sqlite", "sqlite+pysqlite")
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PRAGMAS = (
    "busy_timeout = 1000",  # ms; first, for the next one needs a lock of its own
    "journal_mode = WAL",
    "synchronous = FULL",  # what has been confirmed survives a power cut, too
    "foreign_keys = ON",
)
_CONNECT_S = 5
_WRITER_LOCK = 7_230_119_204_516  # any number that no other program locks in the same database
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 0.5
_SHAPE = "sqlite:////folder/labels.db or postgresql://user:password@host/database"


class Database:
    """A database with the tables of `fsat_core.labels.tables`: made if new, brought forward if older.

    Work is a function of a connection. It runs in one transaction, and runs again from its start when the
    database was locked or away. So doing it twice must have the same result as doing it once: the first time
    may have been stored and only the answer lost. Writers go one after the other.

    Parameters
    ----------
    url : str
        As SQLAlchemy writes it: `sqlite:////folder/labels.db`, `postgresql://user:password@host/database`.
    on_wait : callable, optional
        Is told in one line, each time, that the database is busy and is tried again.
    patience_s : float
        For how many seconds work is tried again.
    steps : sequence of Step
        What brings older databases forward.

    Raises
    ------
    LabelError
        If there is no such database, its driver is missing, it is newer than this program, or it lacks
        something and cannot be written.
    """

    def __init__(
        self,
        url: str,
        on_wait: OnWait | None = None,
        patience_s: float = 60.0,
        steps: Sequence[Step] = STEPS,
    ) -> None:
        parsed = _parse(url)
        self._on_wait, self._patience_s = on_wait, patience_s
        self._is_sqlite = parsed.drivername in _SQLITE
        self._place = _place(parsed)
        self._secrets = {str(secret) for secret in (parsed.password, parsed.query.get("password")) if secret}
        self._reader = self._open_sqlite(parsed) if self._is_sqlite else self._open_postgresql(parsed)
        self._writer = self._reader.execution_options(writes=True)
        try:
            self._bring_forward(steps)
        except LabelError:
            self.close()
            raise

    def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns."""
        return self._attempt(self._reader, work)

    def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once it is stored for good; no other writer comes between its statements."""
        return self._attempt(self._writer, work)

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()

    def _bring_forward(self, steps: Sequence[Step]) -> None:
        found, expected = self.read(read_schema), newest(steps)
        if found.version > expected:
            raise LabelError(
                f"The label database {self._place} has version {found.version} of the tables; expected "
                f"{expected} or less. Use a newer version of this program, or choose another database with "
                "FSAT_DATABASE_URL."
            )
        if found.version < expected or not found.is_complete:
            self.write(lambda connection: bring_forward(connection, steps))
        elif not (found.is_numbered and found.is_whole):
            with suppress(LabelError):  # a database that one may only read, or not change, has to do without
                self.write(lambda connection: bring_forward(connection, steps))

    def _attempt(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        end = time.monotonic() + self._patience_s
        pause_s = _SHORTEST_PAUSE_S
        while True:
            try:
                with engine.begin() as connection:
                    return work(connection)
            except SQLAlchemyError as error:
                left_s = end - time.monotonic()
                if left_s <= 0 or not _may_pass(error):
                    raise self._explain(error) from error
                self._tell(error, left_s)
            # Random, so that waiting processes do not all come back at once.
            time.sleep(min(random.uniform(0.5, 1.0) * pause_s, left_s))
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _tell(self, error: SQLAlchemyError, left_s: float) -> None:
        if self._on_wait is not None:
            self._on_wait(
                f"The label database is busy or away ({self._reason(error)}); "
                f"trying again for up to {left_s:.0f} s. Nothing is lost."
            )

    def _explain(self, error: SQLAlchemyError) -> LabelError:
        expected = "a file that can be written" if self._is_sqlite else "a running server that lets you in"
        return LabelError(
            f"The label database {self._place} cannot be used ({self._reason(error)}); expected {expected}. "
            "Mend that and try again (nothing is stored twice), or choose another one with FSAT_DATABASE_URL."
        )

    def _reason(self, error: SQLAlchemyError) -> str:
        text = str(error.orig if isinstance(error, DBAPIError) else error).strip() or type(error).__name__
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text.splitlines()[0]

    def _open_sqlite(self, url: URL) -> Engine:
        path = Path(url.database or "")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LabelError(
                f"No folder for the label database {self._place} ({error.strerror or error}): expected one "
                "that can be written. Mend it, or choose another one with FSAT_DATABASE_URL."
            ) from error
        engine = create_engine(url)
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _open_postgresql(self, url: URL) -> Engine:
        waits = {} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_S}
        try:
            engine = create_engine(
                url.set(drivername="postgresql+psycopg"), connect_args=waits, pool_pre_ping=True
            )
        except ImportError as error:
            raise LabelError(
                "A label database on PostgreSQL needs the package psycopg, which is not installed: expected "
                'it beside SQLAlchemy. Run pip install "psycopg[binary]".'
            ) from error
        event.listen(engine, "begin", _begin_postgresql)
        try:
            engine.connect().close()  # no waiting for a server that is not there at the start
        except SQLAlchemyError as error:
            engine.dispose()
            raise self._explain(error) from error
        return engine


def _parse(text: str) -> URL:
    """The address in its parts. Errors do not repeat it: there may be a password in it."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise LabelError(
            f"The address of the label database cannot be read: expected {_SHAPE}. Correct FSAT_DATABASE_URL."
        ) from None
    if url.drivername not in (*_SQLITE, *_POSTGRESQL):
        raise LabelError(
            f"A label database of the kind '{url.drivername}': expected {_SHAPE}. Correct FSAT_DATABASE_URL."
        )
    if url.drivername in _SQLITE:
        if url.database in (None, "", ":memory:"):
            raise LabelError(
                "The address of the label database names no file, so decisions would be lost: expected "
                "sqlite:////folder/labels.db. Correct FSAT_DATABASE_URL."
            )
    elif "@" in f"{url.host}{url.database}":  # part of the password, then
        raise LabelError(
            "The address of the label database has an @ too many: expected "
            "postgresql://user:password@host/database, in which name and password have %40 for @ and %2F "
            "for /. Correct FSAT_DATABASE_URL."
        )
    return url


def _place(url: URL) -> str:
    if url.drivername in _SQLITE:
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"'{url.database or ''}' on {url.host or url.query.get('host') or 'this machine'}{port}"


def _may_pass(error: SQLAlchemyError) -> bool:
    """Whether the same work may succeed a moment later."""
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode & 0xFF in _BUSY  # the low byte; above it is the finer reason
    # On PostgreSQL: no connection, a lock, a deadlock, a clash of two transactions, a server that restarts.
    return error.connection_invalidated or isinstance(error, OperationalError)


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # or the driver begins by itself, and later than `_begin_sqlite` says
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error:
        connection.close()
        raise


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once, unwaited, if another has written between.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    # Ids are drawn at the insert but visible after the commit. With two writers at once, the later id could
    # become visible first, and a reader that asks for what is new would miss the other. So one at a time.
    if _writes(connection):
        connection.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writes"))
