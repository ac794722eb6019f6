"""What was done by whom, where people sign in: rows that are only ever added."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
from sqlalchemy import Connection, insert, select

from fsat_core.labels import LabelStore
from fsat_core.labels.tables import audit, check_there, is_readable

_KINDS = {"id": "int64", "who": "str", "act": "str", "subject": "str", "at": "datetime64[us, UTC]"}


@dataclass(frozen=True)
class Audit:
    """One thing that was done.

    Parameters
    ----------
    who : str
        The address of a member, or who called a command.
    act : str
        In a few words: `sign in`, `start a run`.
    subject : str
        What it was done to: a run, a queue, a file, a member.
    token : str, optional
        What is noted once, however often it is sent.
    """

    who: str
    act: str
    subject: str = ""
    token: str | None = None


def note(store: LabelStore, row: Audit) -> None:
    """Add a row; nothing where its token is there. Raises LabelError if the database cannot be written."""
    store.database.write(lambda connection: add_row(connection, row))


def add_row(connection: Connection, row: Audit) -> None:
    """Add a row within a transaction that writes."""
    check_there(connection, audit)
    if row.token is not None:
        there = select(audit.c.id).where(audit.c.token == row.token)
        if connection.execute(there).first() is not None:
            return
    values = {"who": row.who, "act": row.act, "subject": row.subject, "token": row.token}
    connection.execute(insert(audit), values | {"created_at": datetime.now(UTC)})


def read_audit(store: LabelStore, most: int | None = None) -> pd.DataFrame:
    """What was done, the latest first: a table of `id, who, act, subject, at` (UTC), of `most` rows."""
    columns = (audit.c.id, audit.c.who, audit.c.act, audit.c.subject, audit.c.created_at)
    query = select(*columns).order_by(audit.c.id.desc()).limit(most)
    rows = store.database.read(
        lambda connection: connection.execute(query).all() if is_readable(connection, audit) else []
    )
    table = pd.DataFrame(rows, columns=list(_KINDS))
    table["at"] = pd.to_datetime(table["at"], utc=True)
    return table.astype(_KINDS)
