"""Decisions out to files and in from them, a row each: who decided what, when, and from which queue."""

import hashlib
import json
from collections.abc import Collection
from datetime import datetime

import pandas as pd

from fsat_core.csv_cells import format_csv
from fsat_core.errors import LabelError
from fsat_core.labels.decision import ACTIONS, REMOVE
from fsat_core.labels.negatives import written_labels
from fsat_core.labels.resolve import standing
from fsat_core.text import shorten

# Beside `fname` and `labels`. A file that has the needed ones is one of decisions.
NEEDED = ("action", "annotator", "decided_at")
COLUMNS = (*NEEDED, "queue", "run_id", "note", "previous_labels", "token")


def format_decisions(decisions: pd.DataFrame, names: pd.Series, suffix: str) -> str:
    """Standing decisions as the text of a file, in the order in which they were made.

    Parameters
    ----------
    decisions : pd.DataFrame
        As `LabelStore.decisions` returns it.
    names : pd.Series
        What each clip is called, by `clip_id`; decisions on others are left out.
    suffix : str
        `.csv`, or `.json`: a list of objects. Both have `fname, labels` and `COLUMNS`; `remove` stands in
        place of labels, too.
    """
    rows = standing(decisions)
    rows = rows[rows["clip_id"].isin(names.index)]
    labels = written_labels(rows).mask(rows["action"] == REMOVE, REMOVE)
    times = rows["created_at"].map(datetime.isoformat).astype("str")
    table = pd.DataFrame({"fname": rows["clip_id"].map(names), "labels": labels})
    table = table.assign(**{name: rows.get(name, times) for name in COLUMNS})
    if suffix.lower() == ".csv":
        return format_csv(table)
    return json.dumps(table.to_dict("records"), indent=1, ensure_ascii=False) + "\n"


def check_decisions(file: str, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a file of decisions, with all `COLUMNS`, times, and `remove` in place of labels.

    Raises
    ------
    LabelError
        If an action or a time makes no sense, or labels are `remove` and the action is another.
    """
    rows = table.assign(**{name: table.get(name, "") for name in COLUMNS})
    if len(unknown := rows[~rows["action"].isin(ACTIONS)]):
        raise LabelError(
            f"{file} has the action '{shorten(unknown['action'].iloc[0])}' for '{unknown['name'].iloc[0]}': "
            f"expected {' or '.join(ACTIONS)}. Correct it."
        )
    if len(wrong := rows[(rows["labels"] == REMOVE) & (rows["action"] != REMOVE)]):
        raise LabelError(
            f"{file} has the labels '{REMOVE}' with the action {wrong['action'].iloc[0]} for "
            f"'{wrong['name'].iloc[0]}': expected class names, or the action {REMOVE}. Correct it."
        )
    times = pd.to_datetime(
        rows["decided_at"].mask(rows["decided_at"] == ""), utc=True, errors="coerce", format="ISO8601"
    )
    if len(wrong := rows[times.isna() & (rows["decided_at"] != "")]):
        raise LabelError(
            f"{file} has the time '{shorten(wrong['decided_at'].iloc[0])}' for '{wrong['name'].iloc[0]}': "
            "expected one such as 2026-01-31T14:25:30+00:00. Correct it."
        )
    labels = rows["labels"].mask(rows["action"] == REMOVE, REMOVE)
    return rows.assign(labels=labels, decided_at=times, token=_tokens(rows))


def new_decisions(rows: pd.DataFrame, known: Collection[str]) -> pd.DataFrame:
    """What is new in checked rows: the fields of `Decision`, without those whose token is known."""
    new = rows[~rows["token"].isin(known) & ~rows["token"].duplicated()]
    labels = new["labels"].mask(new["action"] == REMOVE, "")
    fields = ["clip_id", "labels", "denied", *COLUMNS]
    return new.assign(labels=labels)[fields].reset_index(drop=True)


def _tokens(rows: pd.DataFrame) -> list[str]:
    """The token of each decision; made of what it says where it has none, to be known the next time."""
    columns = rows[["clip_id", "annotator", "decided_at", "action", "labels"]].fillna("")
    said = columns.itertuples(index=False, name=None)
    made = [hashlib.blake2b(repr(row).encode(errors="replace"), digest_size=16).hexdigest() for row in said]
    return [token or other for token, other in zip(rows["token"], made, strict=True)]
