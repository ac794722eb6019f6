"""Two files with the features of some clips, one clip after the other: the data, and an index.

A clip's line in the index is written after its data, so whoever was killed while writing them can go on.
"""

import dataclasses
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from fsat_core.audio.cache.compute import Stored
from fsat_core.audio.cache.stored import Entry, item_bytes, read_index
from fsat_core.audio.features import FeatureSpec
from fsat_core.audio.limits import within_memory
from fsat_core.errors import AudioError

_COPIED_BYTES = 1 << 20  # at a time


@dataclass(frozen=True)
class Part:
    """Both files of some clips, which may not be all there yet."""

    data: Path
    index: Path
    spec: FeatureSpec

    def cut(self, clip_ids: Sequence[str]) -> int:
        """Cut both files to the first of these clips that are whole in both; returns their number."""
        entries, lengths = read_index(self.index, clip_ids)
        stops = np.cumsum([entry.count for entry in entries], dtype=np.int64) * item_bytes(self.spec)
        num_bytes = self.data.stat().st_size if self.data.exists() else 0
        num_whole = int(np.searchsorted(stops, num_bytes, side="right"))
        for path, size in (
            (self.data, int(stops[num_whole - 1]) if num_whole else 0),
            (self.index, sum(lengths[:num_whole])),
        ):
            path.touch()
            os.truncate(path, size)
        return num_whole

    def add(self, results: Iterable[Stored]) -> Iterator[None]:
        """Write what was computed of further clips; yields after each."""
        with self.data.open("ab") as data, self.index.open("a", encoding="utf-8") as index:
            for stored in results:
                entry = _write(data, stored, item_bytes(self.spec))
                data.flush()
                index.write(json.dumps(dataclasses.asdict(entry)) + "\n")
                index.flush()
                yield

    def append(self, other: "Part") -> None:
        """Write the clips of another part behind those that are here."""
        for source, target in ((other.data, self.data), (other.index, self.index)):
            with source.open("rb") as reader, target.open("ab") as writer:
                shutil.copyfileobj(reader, writer, _COPIED_BYTES)

    def sync(self) -> None:
        """Let both files reach the disk."""
        for path in (self.data, self.index):
            with path.open("rb+") as file:
                os.fsync(file.fileno())


def _write(data: BinaryIO, stored: Stored, num_item_bytes: int) -> Entry:
    """Write the values of a clip; returns its entry: an error where a long clip cannot be read again."""
    entry, start = stored.entry, data.tell()
    try:
        with within_memory(entry.clip_id):
            for values in stored.values:
                data.write(values.data)
        if data.tell() - start == entry.count * num_item_bytes:
            return entry
        error = f"{entry.clip_id}: changed while it was read, expected it to be left alone; start again."
    except AudioError as failure:
        error = str(failure)
    data.seek(start)
    data.truncate()
    return Entry(entry.clip_id, error=error)
