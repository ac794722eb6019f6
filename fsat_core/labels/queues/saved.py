"""Queues in the label database, for all annotators to work on.

A queue keeps the name that its decisions carry. To give it another title, or to delete it, is a setting of it
for everybody, so that no decision is touched and both can be taken back.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, insert, select

from fsat_core.errors import LabelError
from fsat_core.labels.decision import new_token
from fsat_core.labels.queues.queue import Queue
from fsat_core.labels.queues.settings import keep_setting, read_settings
from fsat_core.labels.store import LabelStore
from fsat_core.labels.tables import queue_clips, queues

_LISTED = ("queue_id", "name", "title", "kind", "num_clips", "created_by", "created_at")
_TITLE, _DELETED = "title", "deleted"
_YES, _NO = "yes", ""
MOST_CHARACTERS = 200  # in a title


def save_queue(store: LabelStore, queue: Queue) -> Queue:
    """Keep a queue.

    Returns
    -------
    Queue
        The same with its `queue_id`, and with a number after its name where another queue has or had that
        name or title.
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
    titles = {value for (_, name), value in read_settings(store).items() if name == _TITLE}
    queue_id, name = store.database.write(lambda connection: _save(connection, row, queue, titles))
    return replace(queue, queue_id=queue_id, name=name)


def list_queues(store: LabelStore) -> pd.DataFrame:
    """All queues that are not deleted, newest first.

    Returns
    -------
    pd.DataFrame
        Columns `queue_id, name, title, kind, num_clips, created_by, created_at` (UTC). Decisions carry the
        `name`; people see the `title`.
    """
    table = _all_queues(store)
    return table[~table["is_deleted"]].drop(columns="is_deleted").reset_index(drop=True)


def find_deleted_title(store: LabelStore, queue_id: int) -> str | None:
    """The title of a deleted queue; None where none of that number was deleted."""
    table = _all_queues(store).set_index("queue_id")
    gone = table.loc[table["is_deleted"], "title"]
    return str(gone[queue_id]) if queue_id in gone.index else None


def _all_queues(store: LabelStore) -> pd.DataFrame:
    """As `list_queues`, with the deleted ones, of which `is_deleted` says so."""
    query = select(queues).order_by(queues.c.id.desc())
    rows = store.database.read(lambda connection: connection.execute(query).mappings().all())
    about = read_settings(store)
    named = [
        row
        | {
            "queue_id": row["id"],
            "title": about.get((row["id"], _TITLE)) or row["name"],
            "is_deleted": about.get((row["id"], _DELETED)) == _YES,
        }
        for row in map(dict, rows)
    ]
    table = pd.DataFrame(named, columns=[*_LISTED, "is_deleted"])
    table["created_at"] = pd.to_datetime(table["created_at"], utc=True)
    texts = dict.fromkeys(("name", "title", "kind", "created_by"), "str")
    return table.astype({"queue_id": "int64", "num_clips": "int64", "is_deleted": "bool"} | texts)


def rename_queue(store: LabelStore, queue_id: int, title: str) -> None:
    """Give a queue another title; its decisions stay its decisions.

    Raises
    ------
    LabelError
        If there is no such queue, or the title is empty, too long, or another queue's.
    """
    title = " ".join(title.split())
    if not 0 < len(title) <= MOST_CHARACTERS:
        raise LabelError(
            f"A title of {len(title)} characters for queue {queue_id}: expected 1 to {MOST_CHARACTERS}. "
            "Give another one."
        )
    table = _all_queues(store)
    _check_there(table[~table["is_deleted"]], queue_id)
    others = table[(table["title"] == title) & (table["queue_id"] != queue_id)]
    if len(others):
        raise LabelError(
            f"Queue {others['queue_id'].iloc[0]} is called '{title}' already: expected a title that no other "
            "queue has, deleted ones included. Choose another."
        )
    keep_setting(store, queue_id, _TITLE, title)


def delete_queue(store: LabelStore, queue_id: int) -> None:
    """Take a queue off the list; its decisions stay, and `restore_queue` brings it back.

    Raises
    ------
    LabelError
        If there is no such queue.
    """
    _check_there(list_queues(store), queue_id)
    keep_setting(store, queue_id, _DELETED, _YES)


def restore_queue(store: LabelStore, queue_id: int) -> None:
    """Bring a deleted queue back; one that is not deleted stays as it is.

    Raises
    ------
    LabelError
        If there never was such a queue.
    """
    load_queue(store, queue_id)
    keep_setting(store, queue_id, _DELETED, _NO)


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
        raise _unknown(queue_id)
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


def _check_there(table: pd.DataFrame, queue_id: int) -> None:
    if queue_id not in set(table["queue_id"]):
        raise _unknown(queue_id)


def _unknown(queue_id: int) -> LabelError:
    return LabelError(f"No queue {queue_id}: expected the number of a saved one. Choose one in the list.")


def _save(connection: Connection, row: dict[str, Any], queue: Queue, titles: set[str]) -> tuple[int, str]:
    own = select(queues.c.id, queues.c.name).where(queues.c.token == row["token"])
    if (saved := connection.execute(own).first()) is None:  # else it was done and the answer lost
        name = _free_name(queue.name, titles | set(connection.scalars(select(queues.c.name))))
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
