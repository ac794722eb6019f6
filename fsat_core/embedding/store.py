"""What a pretrained network hears in every clip of a data set: memory-mapped files with a row per clip.

A store is a folder, named by a hash of the network and of all clips with their sizes and times:

- `layout.json`: the network, how many clips there are, and by which rules they are read;
- `clips.parquet`: which they are, with folders, sizes and times;
- `means.npy`, `scores.npy`: for each clip the mean of its windows' embeddings and scores, float16;
- `windows.npy`: the embeddings of all windows, one clip after the other, float16;
- `starts.npy`: where the windows of each clip begin there, and where the last ones end;
- `prints.npy`: the fingerprints of all clips, by which copies are found;
- `print_starts.npy`: where the fingerprint of each clip begins there, and where the last one ends;
- `counts.npy`: how many windows a clip has: 0 until it has been heard, -1 if it cannot be;
- `errors.jsonl`: why not.

A clip's count is written after everything else of it, so a build that was killed can be continued.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from fsat_core.audio.decoding.header import reading_rules
from fsat_core.embedding.fingerprint import num_prints
from fsat_core.embedding.spec import EmbedderSpec
from fsat_core.errors import AudioError
from fsat_core.files import write_atomically, write_json

FORMAT = 2  # counts up when what is stored changes
LAYOUT, ERRORS, CLIPS = "layout.json", "errors.jsonl", "clips.parquet"
FAILED = -1  # the count of a clip that cannot be heard


class Arrays(NamedTuple):
    """The arrays of a store, memory-mapped."""

    means: np.ndarray
    scores: np.ndarray
    windows: np.ndarray
    starts: np.ndarray
    prints: np.ndarray
    print_starts: np.ndarray
    counts: np.ndarray

    def windows_of(self, row: int) -> np.ndarray:
        """The room for the windows of a clip [shape=(W, dimension)]."""
        return self.windows[int(self.starts[row]) : int(self.starts[row + 1])]

    def prints_of(self, row: int) -> np.ndarray:
        """The room for the prints of a clip [shape=(P,)]."""
        return self.prints[int(self.print_starts[row]) : int(self.print_starts[row + 1])]


class EmbeddingStore:
    """A store, perhaps an unfinished one; made by `build_store`.

    Parameters
    ----------
    folder : Path
    clip_ids : sequence of str
        All clips, in the order of the rows.

    Attributes
    ----------
    clip_ids : list of str
    means : np.ndarray [shape=(N, dimension)], float16
        Zeros for a clip that has not been heard.
    scores : np.ndarray [shape=(N, num_classes)], float16
    prints : np.ndarray [shape=(P,)], uint32
        As `fingerprint` makes them, with zeros behind those of each clip.
    print_starts : np.ndarray [shape=(N + 1,)], int64
        Where those of each clip begin, and where the last ones end.
    """

    def __init__(self, folder: Path, clip_ids: Sequence[str]) -> None:
        self.folder, self.clip_ids = folder, list(clip_ids)
        self._rows = {clip_id: row for row, clip_id in enumerate(self.clip_ids)}
        self._arrays = open_arrays(folder, "r")
        self.means, self.scores = self._arrays.means, self._arrays.scores
        self.prints, self.print_starts = self._arrays.prints, self._arrays.print_starts

    @property
    def num_done(self) -> int:
        """How many clips have been heard, or cannot be."""
        return int(np.count_nonzero(self._arrays.counts))

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing left to do."""
        return self.num_done == len(self.clip_ids)

    @property
    def heard(self) -> np.ndarray:
        """Which clips have been heard [shape=(N,)], bool."""
        return np.asarray(self._arrays.counts) > 0

    def row(self, clip_id: str) -> int | None:
        """The row of a clip that has been heard, else None."""
        row = self._rows.get(clip_id)
        return row if row is not None and self._arrays.counts[row] > 0 else None

    def windows(self, clip_id: str) -> np.ndarray:
        """The embeddings of a clip's windows [shape=(W, dimension)], float16.

        Raises
        ------
        AudioError
            If it has not been heard.
        """
        row = self.row(clip_id)
        if row is None:
            raise AudioError(
                f"{clip_id}: has not been heard, expected a clip of this store; run `fsat embed`."
            )
        return self._arrays.windows_of(row)[: int(self._arrays.counts[row])]

    def errors(self) -> dict[str, str]:
        """Clips that cannot be heard, and why."""
        try:
            lines = (self.folder / ERRORS).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return {}
        found = dict(filter(None, map(_read_error, lines)))
        return {clip_id: found.get(clip_id, "unknown") for clip_id in self._failed()}

    def _failed(self) -> list[str]:
        return [self.clip_ids[row] for row in np.flatnonzero(np.asarray(self._arrays.counts) == FAILED)]


def _read_error(line: str) -> tuple[str, str] | None:
    """A clip and why it cannot be heard; None for a line that was cut off."""
    try:
        clip_id, error = json.loads(line)
    except (ValueError, TypeError):
        return None
    return clip_id, error


def open_store(folder: Path, clip_ids: Sequence[str], spec: EmbedderSpec) -> EmbeddingStore | None:
    """The store in a folder; None where there is none of this network and so many clips."""
    try:
        layout = json.loads((folder / LAYOUT).read_text())
        if layout != _layout(len(clip_ids), spec):
            return None
        store = EmbeddingStore(folder, clip_ids)
        shapes = (len(clip_ids), spec.dimension), (len(clip_ids), spec.num_classes)
        return store if (store.means.shape, store.scores.shape) == shapes else None
    except (OSError, ValueError, EOFError):
        return None


def create_store(folder: Path, clips: pd.DataFrame, capacities: Sequence[int], spec: EmbedderSpec) -> None:
    """Make the files of an empty store of `clips` with room for so many windows of each.

    Raises
    ------
    OSError
        If there is no room for all of them: a write into a mapped file without room kills the process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LAYOUT).unlink(missing_ok=True)  # of a damaged store, which is none any more
    (folder / ERRORS).unlink(missing_ok=True)
    num_clips, starts = len(capacities), _ends(capacities)
    print_starts = _ends([num_prints(spec.duration_s(num_windows)) for num_windows in capacities])
    _create(folder / "means.npy", (num_clips, spec.dimension), np.float16)
    _create(folder / "scores.npy", (num_clips, spec.num_classes), np.float16)
    _create(folder / "windows.npy", (int(starts[-1]), spec.dimension), np.float16)
    _create(folder / "counts.npy", (num_clips,), np.int32)
    _create(folder / "prints.npy", (int(print_starts[-1]),), np.uint32)
    np.save(folder / "starts.npy", starts)
    np.save(folder / "print_starts.npy", print_starts)
    write_atomically(folder / CLIPS, clips.to_parquet(index=False))
    write_json(folder / LAYOUT, _layout(num_clips, spec))  # last: a store is there when it has a layout


def _ends(sizes: Sequence[int]) -> np.ndarray:
    """Where parts of these sizes begin, one after the other, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


def open_arrays(folder: Path, mode: Literal["r", "r+"]) -> Arrays:
    """The arrays of a store: to be read ("r") or written ("r+").

    Raises
    ------
    OSError, ValueError, EOFError
        If one is missing or damaged, or they are not of the same clips.
    """
    arrays = Arrays(*(_open(folder / f"{name}.npy", mode) for name in Arrays._fields))
    if not _fit_together(arrays):
        raise ValueError(f"the arrays in {folder} are not of one store")
    return arrays


def _fit_together(arrays: Arrays) -> bool:
    """Whether each clip has its row, and its windows have theirs."""
    ndims = [array.ndim for array in arrays]
    num_clips = len(arrays.counts) if arrays.counts.ndim else -1
    if ndims != [2, 2, 2, 1, 1, 1, 1] or arrays.means.shape[1] != arrays.windows.shape[1]:
        return False
    if [len(arrays.means), len(arrays.scores), len(arrays.starts)] != [num_clips, num_clips, num_clips + 1]:
        return False
    if len(arrays.print_starts) != num_clips + 1:
        return False
    room = np.diff(arrays.starts)
    return bool(
        (arrays.counts <= room).all()
        and 0 == arrays.starts[0] <= arrays.starts[-1] <= len(arrays.windows)
        and 0 == arrays.print_starts[0] <= arrays.print_starts[-1] <= len(arrays.prints)
        and (np.diff(arrays.print_starts) >= 0).all()
    )


def _layout(num_clips: int, spec: EmbedderSpec) -> dict:
    rules = f"{FORMAT} {reading_rules()}"
    return {"embedder": spec.name, "version": spec.version, "rules": rules, "num_clips": num_clips}


def _create(path: Path, shape: tuple[int, ...], dtype: type) -> None:
    if 0 in shape:  # nothing to map
        np.save(path, np.empty(shape, dtype))
        return
    np.lib.format.open_memmap(path, "w+", dtype, shape)
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


def _open(path: Path, mode: Literal["r", "r+"]) -> np.ndarray:
    try:
        # A plain view of the map: slicing a memmap object itself costs much more than the slice.
        return np.load(path, mmap_mode=mode).view(np.ndarray)
    except ValueError:
        if path.stat().st_size < 1_000:  # an empty array cannot be mapped
            return np.load(path)
        raise
