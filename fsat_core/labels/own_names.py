"""Which classes of a pretrained network are a class of the data set, as users say: kept with the decisions.

Every change is a row of its own, by nobody in particular: it is true for all annotators of the set.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, insert, select

from fsat_core.labels.queues.settings import EVERYBODY
from fsat_core.labels.store import LabelStore
from fsat_core.labels.tables import annotator_settings, is_readable

_NAME = "audioset_names"
_NAMES = TypeAdapter(dict[str, list[str]])

OwnNames = Mapping[str, Sequence[str]]


def read_own_names(store: LabelStore) -> dict[str, list[str]]:
    """The network's own names that users have given to classes; the others go by `match_names`."""
    return _parse(store.database.read(_read))


def change_own_names(store: LabelStore, changes: Mapping[str, Sequence[str] | None]) -> dict[str, list[str]]:
    """Give classes these names, or none of their own any more (None); returns what users say now.

    Changes of others to other classes stay.
    """
    return store.database.write(lambda connection: _change(connection, changes))


def _change(connection: Connection, changes: Mapping[str, Sequence[str] | None]) -> dict[str, list[str]]:
    before = _read(connection)
    now = {name: own for name, own in _parse(before).items() if name not in changes}
    now |= {name: list(own) for name, own in changes.items() if own is not None}
    value = _NAMES.dump_json(dict(sorted(now.items()))).decode()
    if value != before:
        row = {"annotator": EVERYBODY, "name": _NAME, "value": value, "created_at": datetime.now(UTC)}
        connection.execute(insert(annotator_settings), row)
    return now


def _read(connection: Connection) -> str:
    if not is_readable(connection, annotator_settings):
        return "{}"
    table = annotator_settings.c
    kept = select(table.value).where(table.annotator == EVERYBODY, table.name == _NAME)
    return connection.scalar(kept.order_by(table.id.desc()).limit(1)) or "{}"


def _parse(value: str) -> dict[str, list[str]]:
    try:
        return _NAMES.validate_json(value)
    except ValidationError:  # written by another program
        return {}
