"""Keys that an annotator has given to classes, beside 1 to 9 of the board: rows that are only ever added."""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import Connection, insert, select

from fsat_core.errors import LabelError
from fsat_core.labels.store import LabelStore
from fsat_core.labels.tables import annotator_settings, is_readable
from fsat_core.text import shorten

MOST_KEYS = 20
_NAME = "fixed_keys"
_KEY = re.compile(r"[^\s1-9?]")


class FixedKey(BaseModel):
    """A key: the character that it writes, its place on the keyboard (`KeyQ`, as browsers say), its class."""

    model_config = ConfigDict(strict=True, frozen=True)

    key: Annotated[str, Field(max_length=8)]
    code: Annotated[str, Field(max_length=40)] = ""
    label: Annotated[str, Field(max_length=1_000)]


_KEYS = TypeAdapter(list[FixedKey])


def check_fixed_keys(keys: Sequence[FixedKey], classes: Collection[str]) -> None:
    """Raise a LabelError unless these are different keys for different classes, and not too many."""
    if len(keys) > MOST_KEYS:
        raise LabelError(f"{len(keys):,} keys for classes: expected {MOST_KEYS} or fewer. Take some away.")
    for fixed in keys:
        if not _KEY.fullmatch(fixed.key):
            raise LabelError(
                f"The key '{shorten(fixed.key)}' for a class: expected one character, but no digit 1 to 9, "
                "blank or question mark. Choose another."
            )
        if fixed.label not in classes:
            raise LabelError(
                f"A key for '{shorten(fixed.label)}', which is no class of the data set: expected one of its "
                f"{len(classes)} classes. Choose another one."
            )
    for name in ("key", "label"):
        values = [getattr(fixed, name) for fixed in keys]
        if twice := [value for value in values if values.count(value) > 1]:
            raise LabelError(
                f"'{shorten(twice[0])}' is there twice: expected a key for each class. Choose another."
            )


def keep_fixed_keys(store: LabelStore, annotator: str, keys: Sequence[FixedKey]) -> None:
    """Keep an annotator's keys; doing it twice is doing it once."""
    value = _KEYS.dump_json(list(keys)).decode()
    store.database.write(lambda connection: _keep(connection, annotator, value))


def read_fixed_keys(store: LabelStore, annotator: str, classes: Collection[str]) -> list[FixedKey]:
    """The keys that an annotator has last kept, as far as there are such classes."""
    value = store.database.read(lambda connection: _read(connection, annotator))
    try:
        keys = _KEYS.validate_json(value)
    except ValidationError:  # written by another program
        return []
    return [fixed for fixed in keys if fixed.label in classes]


def _keep(connection: Connection, annotator: str, value: str) -> None:
    if _read(connection, annotator) != value:
        row = {"annotator": annotator, "name": _NAME, "value": value, "created_at": datetime.now(UTC)}
        connection.execute(insert(annotator_settings), row)


def _read(connection: Connection, annotator: str) -> str:
    if not is_readable(connection, annotator_settings):
        return "[]"
    table = annotator_settings.c
    own = select(table.value).where(table.annotator == annotator, table.name == _NAME)
    return connection.scalar(own.order_by(table.id.desc()).limit(1)) or "[]"
