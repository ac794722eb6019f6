"""What is set about saved queues, by one annotator or for everybody: rows that are only ever added."""

from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select

from fsat_core.labels.store import LabelStore
from fsat_core.labels.tables import is_readable, queue_settings

EVERYBODY = ""  # in place of an annotator


def keep_setting(store: LabelStore, queue_id: int, name: str, value: str, annotator: str = EVERYBODY) -> None:
    """Set something about a queue: for one annotator, or for everybody."""
    row = {
        "queue_id": queue_id,
        "annotator": annotator,
        "name": name,
        "value": value,
        "created_at": datetime.now(UTC),
    }
    store.database.write(lambda connection: connection.execute(insert(queue_settings), row))


def read_settings(store: LabelStore, annotator: str = EVERYBODY) -> dict[tuple[int, str], str]:
    """The value last set, by queue and name."""
    return store.database.read(lambda connection: _read(connection, annotator))


def _read(connection: Connection, annotator: str) -> dict[tuple[int, str], str]:
    if not is_readable(connection, queue_settings):
        return {}
    own = select(func.max(queue_settings.c.id)).where(queue_settings.c.annotator == annotator)
    newest = own.group_by(queue_settings.c.queue_id, queue_settings.c.name)
    rows = connection.execute(select(queue_settings).where(queue_settings.c.id.in_(newest)))
    return {(row.queue_id, row.name): row.value for row in rows}
