"""Shards of a feature cache: folders with the features of consecutive clips, which processes fill.

A shard is complete as soon as it is there. Its clips go into the files of the cache when all clips before
them are in there, and then the shard goes.
"""

import secrets
from collections.abc import Iterable, Sequence
from contextlib import closing
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fsat_core.audio.cache.compute import Read, Stored, compute
from fsat_core.audio.cache.part import Part
from fsat_core.audio.cache.stored import Entry
from fsat_core.audio.features import FeatureSpec
from fsat_core.audio.store.ahead import bring_ahead
from fsat_core.files import remove
from fsat_core.shards import TRIES

# Once a block of this size was freed, glibc keeps as much for the next clip rather than giving it back to the
# system and taking it again: a fifth of the time for MFCCs.
_KEPT_BYTES = 1 << 24


class Row(NamedTuple):
    """A clip, and its place among all clips of the cache."""

    number: int
    clip_id: str
    path: Path

    def num_bytes(self) -> int:
        """The size of its file; 0 where there is none, which becomes an error of the clip."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


class Shards(NamedTuple):
    """The shards in the folder of a cache, named by their rows: another cut of the same clips is no clash."""

    folder: Path
    spec: FeatureSpec

    def ranges(self) -> list[range]:
        """The rows of each shard that is there, ascending."""
        named = (path.name.split("_") for path in self.folder.glob("shard_*_*"))
        found = (range(int(start), int(stop)) for _, start, stop in named)
        return sorted(found, key=lambda rows: (rows.start, rows.stop))

    def path(self, rows: range) -> Path:
        """The folder of a shard."""
        return self.folder / f"shard_{rows.start:08d}_{rows.stop:08d}"

    def write(self, rows: Sequence[Row], results: Iterable[Stored]) -> int:
        """Write a shard; returns how many clips it has."""
        place = self.path(range(rows[0].number, rows[-1].number + 1))
        # A folder of its own: where a process is only thought to be dead, a second one works on the same.
        aside = self.folder / f".{place.name}.{secrets.token_hex(4)}"
        aside.mkdir()
        for _ in _part(aside, self.spec).add(results):
            pass
        try:
            aside.rename(place)
        except OSError:
            if not place.is_dir():
                raise
            remove(aside)  # the other one was first
        return len(rows)

    def remove_unfinished(self) -> None:
        """Remove what processes left that were ended."""
        for path in self.folder.glob(".shard_*"):
            remove(path)

    def remove_damaged(self, clip_ids: Sequence[str]) -> None:
        """Remove what is no whole shard of these clips: an unfinished one, or one after a power cut."""
        self.remove_unfinished()
        for rows in self.ranges():
            part = _part(self.path(rows), self.spec)
            if part.cut(clip_ids[rows.start : rows.stop]) < len(rows):
                remove(self.path(rows))

    def move_into(self, whole: Part, num_clips: int) -> int:
        """Append the shards that follow the first `num_clips` clips; returns how many these are then."""
        for rows in self.ranges():
            if rows.start == num_clips:
                whole.append(_part(self.path(rows), self.spec))
                num_clips = rows.stop
            if rows.start < num_clips:
                remove(self.path(rows))
        return num_clips

    def gaps(self, num_clips: int, total: int) -> list[range]:
        """The rows that are neither among the first `num_clips` nor in a shard."""
        gaps, start = [], num_clips
        for rows in (*self.ranges(), range(total, total)):
            if rows.start > start:
                gaps.append(range(start, rows.start))
            start = max(start, rows.stop)
        return gaps


def keep_memory() -> None:
    """Let this process hand memory from clip to clip."""
    np.empty(_KEPT_BYTES, np.uint8)


def fill_shard(shards: Shards, read: Read, rows: Sequence[Row]) -> int:
    """Compute the features of consecutive clips and write them as a shard; returns how many there are."""
    keep_memory()
    with closing(bring_ahead(rows, attrgetter("path"))) as brought:
        return shards.write(rows, (compute(row.clip_id, row.path, shards.spec, read) for row in brought))


def give_up(shards: Shards, row: Row) -> int:
    """Write a shard that has the error of a clip instead of its features."""
    error = (
        f"{row.clip_id}: ended the process that read it, {TRIES} times: expected a file that fits into "
        "memory and does not crash its decoder; export it again, or leave it out."
    )
    return shards.write([row], [Stored(Entry(row.clip_id, error=error), [])])


def _part(folder: Path, spec: FeatureSpec) -> Part:
    return Part(folder / "data", folder / "index", spec)
