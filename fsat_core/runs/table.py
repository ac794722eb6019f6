"""All runs in one table, and in which settings some of them differ."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import FsatError
from fsat_core.runs.notes import read_notes
from fsat_core.runs.run import Run
from fsat_core.runs.status import RunStatus


def runs_table(runs: Sequence[Run]) -> pd.DataFrame:
    """One row per run, for a file: its configuration and its results.

    Returns
    -------
    pd.DataFrame
        Columns `run_id, state`, every field of `TrainConfig`, `num_clips, num_classes`, the out-of-fold
        `lwlrap` and `accuracy`, `started_at` (UTC, ISO 8601), `seconds` (of its last start), `tags`, `note`
        and `error`. Several values in a cell are joined by commas. What is not known is empty; `error` says
        why the run failed and which of its files cannot be read.
    """
    # dtype object: in a numeric column, one run without a value would turn the others' 10 into 10.0.
    return pd.DataFrame([_row(run) for run in runs], columns=_COLUMNS, dtype=object)


def differing_settings(configs: Sequence[TrainConfig]) -> list[str]:
    """The names of the settings that are not the same in all of these configurations."""
    return [
        name for name in TrainConfig.model_fields if len({getattr(config, name) for config in configs}) > 1
    ]


def elapsed_s(run: Run, status: RunStatus, now: float | None = None) -> float | None:
    """Seconds since a run was last started, up to now or to its end; None where it has not begun.

    `now` is a time as from `time.time()`, which it is by default.
    """
    if not status.started_at:
        return None
    if status.is_terminal:
        return status.finished_at - status.started_at
    # A lost run counts until its last heartbeat.
    latest = (time.time() if now is None else now) if run.is_active else status.heartbeat
    return latest - status.started_at


def _row(run: Run) -> dict[str, Any]:
    row: dict[str, Any] = {"run_id": run.run_id}
    errors = []
    for read in _PARTS:
        try:
            row |= read(run)
        except FsatError as error:
            errors.append(str(error))
    return row | {"error": " ".join([*filter(None, [row.get("error")]), *dict.fromkeys(errors)])}


def _read_status(run: Run) -> dict[str, Any]:
    status = run.status
    started, seconds = status.started_at, elapsed_s(run, status)
    state = run.state
    return {
        "state": state,
        "started_at": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds") if started else None,
        "seconds": None if seconds is None else round(seconds, 1),
        "error": run.reason if state == "lost" else status.error,
    }


def _read_config(run: Run) -> dict[str, Any]:
    values = run.config.model_dump()
    return {name: ",".join(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _read_scores(run: Run) -> dict[str, Any]:
    scores = run.scores
    return {} if scores is None else {name: scores[name] for name in ("lwlrap", "accuracy")}


def _read_notes(run: Run) -> dict[str, Any]:
    notes = read_notes(run)
    return {"tags": ",".join(notes.tags), "note": notes.note}


# Each part is read by itself, so that a damaged file costs only its own cells.
_PARTS: Sequence[Callable[[Run], dict[str, Any]]] = (
    _read_status,
    _read_config,
    lambda run: {"num_clips": len(run.labels())},
    lambda run: {"num_classes": len(run.classes)},
    _read_scores,
    _read_notes,
)
_COLUMNS = [
    *("run_id", "state", *TrainConfig.model_fields, "num_clips", "num_classes", "lwlrap", "accuracy"),
    *("started_at", "seconds", "tags", "note", "error"),
]
