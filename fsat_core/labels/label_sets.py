"""Label sets: named, hashed snapshots of all labels, for a training run to pin."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Row, insert, select

from fsat_core.dataset.label_text import canonical
from fsat_core.errors import LabelError
from fsat_core.labels.negatives import written_labels
from fsat_core.labels.resolve import Rule, rule_from_json, rule_to_json
from fsat_core.labels.store import LabelStore
from fsat_core.labels.tables import is_readable, label_set_clips, label_set_denials, label_sets

_NAME = re.compile(r"[^\W_](?:[\w .-]{0,62}[\w.-])?")


@dataclass(frozen=True)
class LabelSet:
    """What a label set is, without its clips: `sha256` is `hash_labels` of them."""

    name: str
    created_at: datetime
    parent: str | None
    rule: Rule
    sha256: str
    num_clips: int


def create_label_set(
    store: LabelStore, name: str, resolved: pd.DataFrame, *, rule: Rule, parent: str | None = None
) -> LabelSet:
    """Keep all labels under a name.

    Parameters
    ----------
    store : LabelStore
        Where.
    name : str
        1 to 64 letters, digits, spaces, dots, hyphens and underscores.
    resolved : pd.DataFrame
        As `resolve` returns it. Removed clips are not in the set, nor those of which nothing is said.
    rule : LatestRule or AgreementRule
        The rule that `resolved` came from.
    parent : str, optional
        The set that this one corrects.

    Returns
    -------
    LabelSet
        The new set; or the existing one, whatever its name, if there is one with the same labels.

    Raises
    ------
    LabelError
        If the name is not as above or has other labels already, there is no such parent, or no clip is left.
    """
    says_something = (resolved["labels"] != "") | (resolved["denied"] != "")
    clips = resolved.loc[says_something, ["clip_id", "labels", "denied"]]
    if not _NAME.fullmatch(name):
        raise LabelError(
            f"Label set '{name}': expected a name of 1 to 64 letters, digits, spaces, dots, hyphens and "
            "underscores, the first a letter or digit, such as 'second pass'. Choose another."
        )
    if clips.empty:
        raise LabelError(
            f"Label set '{name}' would be empty: expected clips with labels. Check the decisions."
        )
    row = {
        "name": name,
        "created_at": datetime.now(UTC),
        "parent": parent,
        "rule": json.dumps(rule_to_json(rule)),
        "sha256": hash_labels(clips),
        "num_clips": len(clips),
    }
    return store.database.write(lambda connection: _create(connection, row, clips))


def list_label_sets(store: LabelStore) -> list[LabelSet]:
    """All label sets, oldest first."""
    query = select(label_sets).order_by(label_sets.c.id)
    return store.database.read(lambda connection: [_label_set(row) for row in connection.execute(query)])


def load_label_set(store: LabelStore, name: str) -> pd.DataFrame:
    """The labels of a set: columns `clip_id, labels, denied`, sorted by clip.

    Raises
    ------
    LabelError
        If there is no such set.
    """
    query = (
        select(label_set_clips.c.clip_id, label_set_clips.c.labels)
        .join(label_sets)
        .where(label_sets.c.name == name)
    )
    rows, denied = store.database.read(
        lambda connection: (connection.execute(query).all(), _read_denied(connection, name))
    )
    if not rows:
        raise _unknown(name, [known.name for known in list_label_sets(store)])
    table = pd.DataFrame(rows, columns=["clip_id", "labels"], dtype="str")
    table["denied"] = table["clip_id"].map(denied).fillna("").astype("str")
    return table.sort_values("clip_id", ignore_index=True)  # databases differ in how they sort


def _read_denied(connection: Connection, name: str) -> dict[str, str]:
    if not is_readable(connection, label_set_denials):
        return {}
    columns = label_set_denials.c.clip_id, label_set_denials.c.denied
    found = connection.execute(select(*columns).join(label_sets).where(label_sets.c.name == name))
    return {row.clip_id: row.denied for row in found}


def view_label_set(labels: pd.DataFrame, source_labels: pd.DataFrame) -> pd.DataFrame:
    """A label set as `resolve` shows labels: every source clip with `clip_id, labels, status, denied`.

    A clip that has source labels and is not in the set is `removed`.
    """
    table = source_labels[["clip_id", "labels"]].reset_index(drop=True)
    found = table["clip_id"].map(labels.set_index("clip_id")["labels"])
    absent, then = found.isna(), found.fillna("")
    same = canonical(then) == canonical(table["labels"])
    status = np.select(
        [absent & (table["labels"] != ""), ~absent & ~same], ["removed", "relabelled"], default="untouched"
    )
    return table.assign(
        labels=table["labels"].where(same, then),
        status=pd.Series(status, dtype="str"),
        denied=table["clip_id"].map(labels.set_index("clip_id")["denied"]).fillna("").astype("str"),
    )


def diff_label_sets(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """What changed from one set of labels to another.

    Parameters
    ----------
    a, b : pd.DataFrame
        Columns `clip_id, labels` and perhaps `denied`, as `load_label_set` returns them.

    Returns
    -------
    pd.DataFrame
        Columns `clip_id, labels_a, labels_b` ("" where the clip is not in that set; with a minus before what
        is denied) and `change`: `added`, `removed` or `relabelled`; sorted by clip. The order of classes
        within a clip is no change.
    """
    a, b = (side[["clip_id"]].assign(labels=written_labels(side)) for side in (a, b))
    both = a.merge(b, on="clip_id", how="outer", suffixes=("_a", "_b"), indicator="side")
    both[["labels_a", "labels_b"]] = both[["labels_a", "labels_b"]].fillna("")
    sides = {"left_only": "removed", "right_only": "added", "both": "relabelled"}
    both["change"] = both["side"].astype("str").map(sides)
    changed = (both["side"] != "both") | (canonical(both["labels_a"]) != canonical(both["labels_b"]))
    return both.loc[changed, ["clip_id", "labels_a", "labels_b", "change"]].reset_index(drop=True)


def hash_labels(labels: pd.DataFrame) -> str:
    """SHA-256 of the columns `clip_id, labels, denied`; the order of rows and classes does not matter."""
    columns = labels["clip_id"], canonical(labels["labels"]), canonical(labels["denied"])
    # What denies nothing is left out: sets from before there were negatives keep their hash.
    rows = sorted(row if row[-1] else row[:-1] for row in zip(*columns, strict=True))
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _create(connection: Connection, row: dict[str, Any], clips: pd.DataFrame) -> LabelSet:
    equal = connection.execute(select(label_sets).where(label_sets.c.sha256 == row["sha256"])).first()
    if equal is not None:
        return _label_set(equal)
    names = connection.scalars(select(label_sets.c.name).order_by(label_sets.c.id)).all()
    if row["name"] in names:
        raise LabelError(
            f"There is a label set '{row['name']}' with other labels already: expected a new name. "
            "Choose another; sets never change."
        )
    if row["parent"] is not None and row["parent"] not in names:
        raise _unknown(row["parent"], list(names))
    connection.execute(insert(label_sets), row)
    created = connection.execute(select(label_sets).where(label_sets.c.name == row["name"])).one()
    known = clips.assign(set_id=created.id)
    connection.execute(insert(label_set_clips), known.drop(columns="denied").to_dict("records"))
    if len(denying := known[known["denied"] != ""]):
        connection.execute(insert(label_set_denials), denying.drop(columns="labels").to_dict("records"))
    return _label_set(created)


def _label_set(row: Row) -> LabelSet:
    when = row.created_at
    return LabelSet(
        name=row.name,
        created_at=when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC),
        parent=row.parent,
        rule=rule_from_json(json.loads(row.rule)),
        sha256=row.sha256,
        num_clips=row.num_clips,
    )


def _unknown(name: str, known: list[str]) -> LabelError:
    return LabelError(
        f"No label set '{name}': expected {' or '.join(known[-5:]) or 'one, and there is none yet'}. "
        "Check the name, or create it first."
    )
