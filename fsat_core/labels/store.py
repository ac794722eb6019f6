"""The decisions of all annotators, in a database. What a clip's labels are follows from them: `resolve`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
)

from fsat_core.errors import LabelError
from fsat_core.labels.database import Database, OnWait
from fsat_core.labels.decision import Decision, new_token
from fsat_core.labels.tables import decision_denials, decisions, is_readable

COLUMNS = (*decisions.columns.keys(), "denied")
_CHUNK = 500  # values in one statement; databases have a limit


class LabelStore:
    """Decisions as rows that are only ever added; taking one back adds a row, too.

    Every method raises `LabelError` if the database cannot be used. While it is locked by others or away,
    the method waits and tries again. Threads may share a store; each process opens its own.

    A table of decisions has the columns `id, clip_id, annotator, action, labels, previous_labels, queue,
    run_id, note, batch, token, undoes, created_at, denied`, oldest first. `undoes` is the id of the decision
    that a row with the action `undo` takes back; `created_at` is UTC by the clock of the writer, so only
    `id` says which row is later.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, url: str, on_wait: OnWait | None = None, patience_s: float = 60.0) -> "LabelStore":
        """The store at an address, made if it is not there; see `Database` for the parameters.

        One database belongs to one data set: clips are known by split and file name alone.
        """
        return cls(Database(url, on_wait, patience_s))

    def add(self, decision: Decision) -> int:
        """Store a decision; returns its id, or the one it has if it was stored before."""
        return self.add_many([decision])[0]

    def add_many(self, new: Sequence[Decision]) -> list[int]:
        """Store decisions, all or none; returns their ids in the same order."""
        now = datetime.now(UTC)
        rows: dict[str, dict[str, Any]] = {}
        for decision in new:
            fields = asdict(decision)
            rows.setdefault(decision.token, fields | {"created_at": fields.pop("decided_at") or now})
        ids = self.database.write(lambda connection: _add(connection, rows))
        return [ids[decision.token] for decision in new]

    def undo(self, annotator: str, token: str | None = None, by: str = "") -> pd.DataFrame:
        """Take back an annotator's latest decision, or the one with a token; of a batch, all.

        `by` names who takes it back, where that is somebody else.

        Returns
        -------
        pd.DataFrame
            The decisions taken back; empty if there is none left, or it has been taken back before.

        Raises
        ------
        LabelError
            If this annotator has made no decision with that token.
        """
        mark = new_token()
        return self.database.write(lambda connection: _undo(connection, annotator, token, mark, by))

    def history(self, clip_id: str) -> pd.DataFrame:
        """All decisions on a clip, also those that were taken back."""
        query = select(decisions).where(decisions.c.clip_id == clip_id)
        return self.database.read(lambda connection: _read(connection, query))

    def decisions(self, after_id: int = 0) -> pd.DataFrame:
        """All decisions, or those with a higher id than the last one seen; ids become visible in order."""
        query = select(decisions).where(decisions.c.id > after_id)
        return self.database.read(lambda connection: _read(connection, query))

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    def __enter__(self) -> "LabelStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _add(connection: Connection, rows: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Ids by token. No other writer comes between looking for known tokens and adding the others."""
    known = _ids(connection, list(rows))
    fresh = [row for token, row in rows.items() if token not in known]
    if fresh:
        kept = [{name: value for name, value in row.items() if name != "denied"} for row in fresh]
        connection.execute(insert(decisions), kept)
        known |= _ids(connection, [row["token"] for row in fresh])
    denials = [
        {"decision_id": known[row["token"]], "denied": row["denied"]} for row in fresh if row["denied"]
    ]
    if denials:
        connection.execute(insert(decision_denials), denials)
    return known


def _ids(connection: Connection, tokens: Sequence[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for start in range(0, len(tokens), _CHUNK):
        chunk = decisions.c.token.in_(tokens[start : start + _CHUNK])
        found = connection.execute(select(decisions.c.token, decisions.c.id).where(chunk))
        ids |= {row.token: row.id for row in found}
    return ids


def _undo(connection: Connection, annotator: str, token: str | None, mark: str, by: str) -> pd.DataFrame:
    undone = decisions.alias()
    by_this_call = select(undone.c.undoes).where(undone.c.batch == mark)
    if connection.execute(by_this_call.limit(1)).first() is None:  # else it was done and the answer lost
        together = _decided_together(connection, annotator, token)
        if together is not None:
            connection.execute(_undo_rows(together, mark, by))
    return _read(connection, select(decisions).where(decisions.c.id.in_(by_this_call)))


def _decided_together(
    connection: Connection, annotator: str, token: str | None
) -> ColumnElement[bool] | None:
    """Which rows to take back: one decision, or the standing rest of its batch. None where there is none."""
    own = (decisions.c.annotator == annotator) & (decisions.c.action != "undo")
    wanted = _stands() if token is None else decisions.c.token == token
    query = select(decisions).where(own & wanted).order_by(decisions.c.id.desc()).limit(1)
    found = connection.execute(query).first()
    if found is None and token is not None:
        raise LabelError(
            f"No decision of {annotator} with the token '{token}': expected one that {annotator} has made. "
            "Look it up in the clip's history."
        )
    if found is None:
        return None
    together = decisions.c.batch == found.batch if found.batch else decisions.c.id == found.id
    return own & together & _stands()


def _stands() -> ColumnElement[bool]:
    later = decisions.alias()
    return ~exists(select(later.c.id).where(later.c.undoes == decisions.c.id))


def _undo_rows(which: ColumnElement[bool], mark: str, by: str) -> Any:
    """The statement that takes back decisions: one row for each, so that every clip's history is whole."""
    row = {
        "clip_id": decisions.c.clip_id,
        "annotator": literal(by) if by else decisions.c.annotator,
        "action": literal("undo"),
        "batch": literal(mark),
        "token": literal(f"{mark}/").concat(cast(decisions.c.id, Text)),
        "undoes": decisions.c.id,
        "created_at": literal(datetime.now(UTC), decisions.c.created_at.type),
    }
    rows = select(*row.values()).where(which).order_by(decisions.c.id)
    return insert(decisions).from_select(list(row), rows)


def _read(connection: Connection, query: Select) -> pd.DataFrame:
    denied: ColumnElement[str] = literal("")
    if is_readable(connection, decision_denials):
        query = query.outerjoin(decision_denials, decision_denials.c.decision_id == decisions.c.id)
        denied = func.coalesce(decision_denials.c.denied, "")
    return _table(connection.execute(query.add_columns(denied).order_by(decisions.c.id)).all())


def _table(rows: Sequence[Row]) -> pd.DataFrame:
    return _typed(rows) if rows else NO_DECISIONS.copy()


def _typed(rows: Sequence[Row]) -> pd.DataFrame:
    # Column by column: of the row or two that a decision brings, pandas takes six times as long to infer
    # dtypes and change them. An empty table has none to infer.
    kinds = {"id": "int64", "undoes": "Int64", "created_at": "datetime64[us, UTC]"}
    values = zip(*rows, strict=True) if rows else ((),) * len(COLUMNS)
    return pd.DataFrame(
        {
            name: pd.array(list(column), dtype=kinds.get(name, "str"))
            for name, column in zip(COLUMNS, values, strict=True)
        }
    )


NO_DECISIONS = _typed([])
