"""Changing a catalogue, and reading a queue."""

from typing import Any

import pandas as pd

from fsat_core.labels import Queue


def change(catalogue: pd.DataFrame, clip_id: str, **values: Any) -> None:
    catalogue.loc[catalogue["clip_id"] == clip_id, list(values)] = list(values.values())


def names(queue: Queue) -> list[str]:
    return [clip_id.partition("/")[2][0] for clip_id in queue.clips["clip_id"]]


def reasons(queue: Queue) -> list[str]:
    return queue.clips["reason"].tolist()
