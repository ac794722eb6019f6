"""Queues in the label database, for all annotators to work on."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, insert, select

from fsat_core.errors import LabelError
from fsat_core.labels.decision import new_token
from fsat_core.labels.queues.queue import Queue
from fsat_core.labels.store import LabelStore
from fsat_core.labels.tables import queue_clips, queues

_LISTED = ("queue_id", "name", "kind", "num_clips", "created_by", "created_at")


def save_queue(store: LabelStore, queue: Queue) -> Queue:
    """Keep a queue.

    Returns
    -------
    Queue
        The same with its `queue_id`, and with a number after its name where another queue has that name.
    """
    row = {
        "token": new_token(),
        "kind": queue.kind,
        "settings": json.dumps(queue.settings, ensure_ascii=False),
        "explanation": queue.explanation,
        "num_clips": len(queue.clips),
        "created_by": queue.created_by,
        "created_at": queue.created_at.astimezone(UTC),  # SQLite keeps no zone
        "run_id": queue.run_id,
    }
    queue_id, name = store.database.write(lambda connection: _save(connection, row, queue))
    return replace(queue, queue_id=queue_id, name=name)


def list_queues(store: LabelStore) -> pd.DataFrame:
    """All queues, newest first: columns `queue_id, name, kind, num_clips, created_by, created_at` (UTC)."""
    query = select(queues).order_by(queues.c.id.desc())
    rows = store.database.read(lambda connection: connection.execute(query).mappings().all())
    table = pd.DataFrame([row | {"queue_id": row["id"]} for row in map(dict, rows)], columns=list(_LISTED))
    table["created_at"] = pd.to_datetime(table["created_at"], utc=True)
    return table.astype(
        {"queue_id": "int64", "num_clips": "int64", "name": "str", "kind": "str", "created_by": "str"}
    )


def load_queue(store: LabelStore, queue_id: int) -> Queue:
    """A saved queue.

    Raises
    ------
    LabelError
        If there is none of that number.
    """
    clips = select(queue_clips.c.clip_id, queue_clips.c.reason, queue_clips.c.suggested)
    clips = clips.where(queue_clips.c.queue_id == queue_id).order_by(queue_clips.c.position)
    found = select(queues).where(queues.c.id == queue_id)
    row, rows = store.database.read(
        lambda connection: (connection.execute(found).first(), connection.execute(clips).all())
    )
    if row is None:
        raise LabelError(f"No queue {queue_id}: expected the number of a saved one. Choose one in the list.")
    table = pd.DataFrame(rows, columns=["clip_id", "reason", "suggested"])
    if table["suggested"].isna().all():
        table = table.drop(columns="suggested")
    return Queue(
        queue_id=row.id,
        name=row.name,
        kind=row.kind,
        settings=json.loads(row.settings),
        explanation=row.explanation,
        clips=table.astype("str"),
        created_by=row.created_by,
        created_at=_utc(row.created_at),
        run_id=row.run_id,
    )


def _save(connection: Connection, row: dict[str, Any], queue: Queue) -> tuple[int, str]:
    own = select(queues.c.id, queues.c.name).where(queues.c.token == row["token"])
    if (saved := connection.execute(own).first()) is None:  # else it was done and the answer lost
        name = _free_name(queue.name, set(connection.scalars(select(queues.c.name))))
        connection.execute(insert(queues), row | {"name": name})
        saved = connection.execute(own).one()
        clips = queue.clips.reindex(columns=["clip_id", "reason", "suggested"])
        clips = clips.astype(object).where(clips.notna(), None)
        if len(clips):
            rows = [
                {"queue_id": saved.id, "position": place, **clip}
                for place, clip in enumerate(clips.to_dict("records"))
            ]
            connection.execute(insert(queue_clips), rows)
    return saved.id, saved.name


def _free_name(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free


def _utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
