"""Shards of a store: what workers hear in some clips, until it is moved into the rows.

Two machines that write into one mapped file would undo each other's pages: only the holder of the store's
lock does. A worker writes the embeddings of all windows into a file of its own, so that the length of a clip
costs no memory, and sends the rest.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.limits import within_memory
from fsat_core.audio.store.ahead import bring_ahead
from fsat_core.embedding.embedder import Embedder, Heard, hear_windows, mean_heard
from fsat_core.embedding.fingerprint import SAMPLE_RATE, UNHEARD, fingerprint
from fsat_core.embedding.spec import EmbedderSpec, load_embedder
from fsat_core.embedding.store import ERRORS, FAILED, Arrays
from fsat_core.errors import AudioError, FsatError
from fsat_core.shards import TRIES

_STORED = np.dtype(np.float16)


class Row(NamedTuple):
    """A clip to be heard: its row, and where it is."""

    number: int
    clip_id: str
    path: Path
    duration_s: float


class HeardClip(NamedTuple):
    """What is kept of a clip beside its windows, and how many these are."""

    num_windows: int
    means: Heard
    prints: np.ndarray


class Shard(NamedTuple):
    """What was heard of each clip, or why it was not; the windows of all of them are in a file."""

    clips: list[HeardClip | str]
    windows: Path | None = None


def hear_shard(folder: Path, spec: EmbedderSpec, cache_dir: Path, rows: Sequence[Row]) -> Shard:
    """Hear clips, in a worker, and write the embeddings of their windows beside the store in `folder`."""
    embedder = _load(spec, cache_dir)
    path = folder / f".windows_{rows[0].number:08d}_{secrets.token_hex(4)}"
    with path.open("wb") as windows, closing(bring_ahead(rows, attrgetter("path"))) as brought:
        return Shard([_hear(embedder, row, windows) for row in brought], path)


def give_up(row: Row) -> Shard:
    """A shard with the error of a clip that ended the processes that listened to it."""
    error = (
        f"{row.clip_id}: ended the process that listened to it, {TRIES} times: expected a file that fits "
        "into memory and does not crash its decoder; export it again, or leave it out."
    )
    return Shard([error])


class Shards(NamedTuple):
    """The shards of a store whose lock is held, and its arrays, open to be written."""

    folder: Path
    arrays: Arrays

    def move_in(self, rows: Sequence[Row], shard: Shard) -> int:
        """Write what was heard into its rows; returns how many clips these are."""
        windows, start = _open_windows(shard.windows, self.arrays.windows.shape[1]), 0
        expected = sum(clip.num_windows for clip in shard.clips if not isinstance(clip, str))
        if len(windows) != expected:
            raise FsatError(
                f"{shard.windows} has {len(windows):,} windows, expected {expected:,}: what a worker wrote "
                "has not come through. Look at the shared folder, and start again; what was done is kept."
            )
        for row, clip in zip(rows, shard.clips, strict=True):
            if isinstance(clip, str):
                self._note_error(row, clip)
            else:
                self._write(row, clip, windows[start : start + clip.num_windows])
                start += clip.num_windows
        if shard.windows is not None:
            shard.windows.unlink(missing_ok=True)
        return len(rows)

    def remove_left(self) -> None:
        """Remove what workers left that were ended, or whose result nobody took."""
        for path in self.folder.glob(".windows_*"):
            path.unlink(missing_ok=True)

    def _write(self, row: Row, clip: HeardClip, windows: np.ndarray) -> None:
        arrays = self.arrays
        room, prints = arrays.windows_of(row.number), arrays.prints_of(row.number)
        if len(windows) > len(room) or len(clip.prints) > len(prints):
            error = f"{row.clip_id}: longer than when it was scanned; leave it alone, start again."
            return self._note_error(row, error)
        room[: len(windows)] = windows
        prints[:] = UNHEARD
        prints[: len(clip.prints)] = clip.prints
        arrays.means[row.number], arrays.scores[row.number] = clip.means
        arrays.counts[row.number] = clip.num_windows  # last: the clip is done
        return None

    def _note_error(self, row: Row, error: str) -> None:
        with (self.folder / ERRORS).open("a", encoding="utf-8") as file:
            file.write(json.dumps([row.clip_id, error]) + "\n")
        self.arrays.counts[row.number] = FAILED


@lru_cache(maxsize=1)
def _load(spec: EmbedderSpec, cache_dir: Path) -> Embedder:
    """What a worker hears with, for as long as it lives."""
    return load_embedder(spec, cache_dir)


def _hear(embedder: Embedder, row: Row, windows: BinaryIO) -> HeardClip | str:
    start = windows.tell()
    try:
        with within_memory(row.path.name):
            return _write_windows(embedder, row.path, windows)
    except AudioError as error:
        windows.seek(start)  # nothing of it counts
        windows.truncate()
        return str(error)


def _write_windows(embedder: Embedder, path: Path, windows: BinaryIO) -> HeardClip:
    wave, num_windows = MonoWave(path), 0

    def written() -> Iterator[Heard]:
        nonlocal num_windows
        for heard in hear_windows(embedder, wave.at(embedder.sample_rate)):
            num_windows += len(heard.embeddings)
            windows.write(heard.embeddings.astype(_STORED).tobytes())
            yield heard

    means = mean_heard(written())
    return HeardClip(num_windows, means, fingerprint(wave.at(SAMPLE_RATE)))


def _open_windows(path: Path | None, dimension: int) -> np.ndarray:
    if path is None or not path.stat().st_size:
        return np.empty((0, dimension), _STORED)
    return np.memmap(path, _STORED, "r").reshape(-1, dimension)
