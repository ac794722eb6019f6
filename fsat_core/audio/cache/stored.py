"""A finished feature cache: its two files, and the features of any clip of it, memory-mapped.

`data.bin` holds the features of one clip after the other, `index.jsonl` one line per clip.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fsat_core.audio.blocks import BLOCK, KEEP, Repeatable
from fsat_core.audio.features import FeatureSpec, extract
from fsat_core.audio.levels import SILENCE
from fsat_core.audio.windows import (
    cut,
    cut_windows,
    draw_heard_offset,
    draw_offset,
    stretch,
    window_starts,
)
from fsat_core.errors import AudioError

DATA_NAME = "data.bin"
INDEX_NAME = "index.jsonl"
PEAK_STEP = 32767  # the largest int16: every wave is stored at a scale that has its peak there
_WINDOWS = 64  # whose features are computed together
_SILENT_STEP = SILENCE * PEAK_STEP  # of the clip's own peak, as quiet clips have something to hear, too


@dataclass(frozen=True)
class Entry:
    """One line of the index: `count` samples or items of a clip, or its `error`."""

    clip_id: str
    count: int = 0
    scale: float = 0.0  # of one int16 step (waves only)
    error: str = ""


class Crop(NamedTuple):
    """A piece of a clip: so many samples from `start`, which is below 0 where zeros come before the clip."""

    clip_id: str
    start: int
    num_samples: int


class FeatureCache:
    """The features of a set of clips, memory-mapped; made by `build_cache`.

    Attributes
    ----------
    spec : FeatureSpec
    clip_ids : list of str
        All clips in the order given to `build_cache`, the unreadable ones too.
    errors : dict of str to str
        Unreadable clips and why; they have no features.
    """

    def __init__(self, spec: FeatureSpec, entries: Sequence[Entry], data: np.ndarray) -> None:
        """Wrap `data`, the stored values of all `entries` one after the other."""
        self.spec = spec
        self.clip_ids = [entry.clip_id for entry in entries]
        self.errors = {entry.clip_id: entry.error for entry in entries if entry.error}
        self._rows = {clip_id: row for row, clip_id in enumerate(self.clip_ids)}
        self._stops = np.cumsum([entry.count for entry in entries], dtype=np.int64)
        self._starts = self._stops - [entry.count for entry in entries]
        self._scales = np.array([entry.scale for entry in entries], dtype=np.float32)
        self._data = data.reshape(-1, *item_shape(spec))

    def crops(
        self, clips: Sequence[str] | Sequence[int] | np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Features of one training crop of each clip.

        Parameters
        ----------
        clips : sequence of str or of int
            Clip ids, or their indices in `clip_ids`.
        rng : np.random.Generator
            Draws a new crop of each clip, unless one is stored (`spec.crop_once`).

        Returns
        -------
        np.ndarray [shape=(len(clips), *spec.input_shape)], float32

        Raises
        ------
        AudioError
            If a clip is unreadable or not in the cache.
        """
        if self.spec.stores_waves:
            return extract(self.cut(self.draw_crops(clips, rng)), self.spec)
        return self._data[self._starts[[self._row(clip) for clip in clips]]]

    def draw_crops(
        self,
        clips: Sequence[str] | Sequence[int] | np.ndarray,
        rng: np.random.Generator,
        max_speed: float = 0.0,
        skip_silence: bool = False,
    ) -> list[Crop]:
        """Where to crop each clip, for a cache that `stores_waves`; otherwise as `crops`.

        Parameters
        ----------
        max_speed : float
            Play each crop faster or slower by a random factor between exp(-max_speed) and exp(max_speed),
            as a tape would: pitch and duration change together.
        skip_silence : bool
            Draw no crop without a sample above -60 dB of the clip's peak, as long as the clip has one.

        References
        ----------
        Ko et al. (2015), "Audio augmentation for speech recognition", Interspeech.
        """
        crops = []
        for row in [self._row(clip) for clip in clips]:
            stored = self._data[self._starts[row] : self._stops[row]]
            speed = np.exp(rng.uniform(-max_speed, max_speed)) if max_speed else 1.0
            num_samples = round(self.spec.num_samples * speed)
            if skip_silence:
                start = draw_heard_offset(stored, num_samples, _SILENT_STEP, rng)
            else:
                start = draw_offset(len(stored), num_samples, rng)
            crops.append(Crop(self.clip_ids[row], start, num_samples))
        return crops

    def cut(self, crops: Sequence[Crop]) -> np.ndarray:
        """The waves of crops, each played in the time of a window.

        Returns
        -------
        np.ndarray [shape=(len(crops), spec.num_samples)], float32
        """
        pieces = np.empty((len(crops), self.spec.num_samples), dtype=np.float32)
        for piece, crop in zip(pieces, crops, strict=True):
            row = self._rows[crop.clip_id]
            wave = cut(self._data[self._starts[row] : self._stops[row]], crop.start, crop.num_samples)
            np.multiply(stretch(wave, len(piece)), self._scales[row], out=piece)
        return pieces

    def windows(self, clip_id: str) -> np.ndarray:
        """Features of all windows of a clip.

        Parameters
        ----------
        clip_id : str

        Returns
        -------
        np.ndarray [shape=(num_windows, *spec.input_shape)], float32

        Raises
        ------
        AudioError
            If the clip is unreadable or not in the cache.
        """
        return np.concatenate(list(self.window_batches(clip_id, _WINDOWS)))

    def window_batches(self, clip_id: str, size: int) -> Iterator[np.ndarray]:
        """As `windows`, so many at a time: a clip of hours has many.

        Yields
        ------
        np.ndarray [shape=(size, *spec.input_shape)], float32
            The last one has perhaps fewer.
        """
        row = self._row(clip_id)
        stored = self._data[self._starts[row] : self._stops[row]]
        if not self.spec.stores_waves:
            for start in range(1, len(stored), size):
                yield stored[start : start + size].copy()
            return
        blocks = Repeatable(lambda: self._wave_blocks(row), KEEP)
        starts = window_starts(blocks, self.spec.num_samples)
        pieces = cut_windows(blocks, self.spec.num_samples, starts)
        while several := list(islice(pieces, size)):
            yield extract(np.stack(several), self.spec)

    def _wave_blocks(self, row: int) -> Iterator[np.ndarray]:
        """A stored wave as it was, in blocks."""
        for start in range(self._starts[row], self._stops[row], BLOCK):
            stop = min(start + BLOCK, self._stops[row])
            yield self._data[start:stop] * self._scales[row]

    def _row(self, clip: str | int | np.integer) -> int:
        row = self._rows.get(clip, -1) if isinstance(clip, str) else int(clip)
        if not 0 <= row < len(self.clip_ids):
            raise AudioError(
                f"{clip}: not among the {len(self.clip_ids)} clips of this cache; start a new run."
            )
        clip_id = self.clip_ids[row]
        if clip_id in self.errors:
            raise AudioError(f"{clip_id}: has no features; leave it out ({self.errors[clip_id]})")
        return row


def item_shape(spec: FeatureSpec) -> tuple[int, ...]:
    """Shape of one item in the index: a sample of a wave, or the MFCCs of one window."""
    return () if spec.stores_waves else spec.input_shape


def item_dtype(spec: FeatureSpec) -> np.dtype:
    """The dtype of stored values: for a wave, 16-bit steps of the clip's own peak."""
    return np.dtype(np.int16 if spec.stores_waves else np.float32)


def item_bytes(spec: FeatureSpec) -> int:
    """Size of one item in the data file."""
    return int(np.prod(item_shape(spec), dtype=np.int64)) * item_dtype(spec).itemsize


def open_cache(folder: Path, clip_ids: Sequence[str], spec: FeatureSpec) -> FeatureCache | None:
    """The finished cache in a folder, or None when it is missing, unfinished or damaged."""
    entries, _ = read_index(folder / INDEX_NAME, clip_ids)
    path = folder / DATA_NAME
    num_bytes = sum(entry.count for entry in entries) * item_bytes(spec)
    if len(entries) < len(clip_ids) or not path.is_file() or path.stat().st_size != num_bytes:
        return None
    dtype = item_dtype(spec)
    # A plain view of the map: slicing a memmap object itself costs much more than the slice.
    data = np.memmap(path, dtype, "r").view(np.ndarray) if num_bytes else np.empty(0, dtype)
    return FeatureCache(spec, entries, data)


def read_index(path: Path, clip_ids: Sequence[str]) -> tuple[list[Entry], list[int]]:
    """The entries of an index up to the first broken or misplaced line, and the lengths of their lines."""
    entries: list[Entry] = []
    lengths: list[int] = []
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return entries, lengths
    for line, clip_id in zip(lines, clip_ids, strict=False):
        try:
            entry = Entry(**json.loads(line))
        except (ValueError, TypeError):
            break
        if entry.clip_id != clip_id or not line.endswith(b"\n"):
            break
        entries.append(entry)
        lengths.append(len(line))
    return entries, lengths
