"""What the cache keeps of one clip: its wave, or its MFCCs."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.cache.stored import PEAK_STEP, Entry
from fsat_core.audio.features import FeatureSpec, extract
from fsat_core.audio.limits import within_memory
from fsat_core.audio.windows import crop_blocks, cut_windows, window_starts
from fsat_core.errors import AudioError

Read = Callable[[Path], MonoWave]

_LOWEST_PEAK = 1e-20  # -400 dBFS, which is no sound; dividing by much less would overflow float32
_WINDOWS = 64  # of a clip whose features are computed together


class Stored(NamedTuple):
    """The index entry of one clip, and the values to store."""

    entry: Entry
    values: Iterable[np.ndarray]


def compute(clip_id: str, path: Path, spec: FeatureSpec, read: Read) -> Stored:
    """What is stored of one clip; all of it is there already, unless the clip is a long one."""
    try:
        with within_memory(path.name):
            wave = read(path)
            stored = _wave_steps(clip_id, wave, spec) if spec.stores_waves else _mfccs(clip_id, wave, spec)
            return stored if wave.is_long else stored._replace(values=list(stored.values))
    except AudioError as error:
        return Stored(Entry(clip_id, error=str(error)), [])


def _wave_steps(clip_id: str, wave: MonoWave, spec: FeatureSpec) -> Stored:
    """The wave in steps of its own peak, which is known when all of it has been read."""
    blocks = wave.at(spec.sample_rate)
    peak = max((float(max(block.max(initial=0.0), -block.min(initial=0.0))) for block in blocks), default=0.0)
    if peak < _LOWEST_PEAK:
        silence = (np.zeros(len(block), np.int16) for block in blocks)
        return Stored(Entry(clip_id, blocks.length), silence)
    steps = (_to_steps(block, PEAK_STEP / peak) for block in blocks)
    return Stored(Entry(clip_id, blocks.length, peak / PEAK_STEP), steps)


def _to_steps(block: np.ndarray, scale: float) -> np.ndarray:
    scaled = block * np.float32(scale)
    return np.rint(scaled, out=scaled).astype(np.int16)


def _mfccs(clip_id: str, wave: MonoWave, spec: FeatureSpec) -> Stored:
    """MFCCs of the crop to train on, then of all windows."""
    blocks = wave.at(spec.sample_rate)
    starts = window_starts(blocks, spec.num_samples)

    def features() -> Iterator[np.ndarray]:
        crop = crop_blocks(blocks, blocks.length, spec.num_samples, crop_generator(clip_id))
        yield extract(crop[np.newaxis], spec)
        windows = cut_windows(blocks, spec.num_samples, starts)
        while pieces := list(islice(windows, _WINDOWS)):
            yield extract(np.stack(pieces), spec)

    return Stored(Entry(clip_id, 1 + len(starts)), features())


def crop_generator(clip_id: str) -> np.random.Generator:
    """The random generator for the stored crop of a clip: the same in every cache."""
    return np.random.default_rng(zlib.crc32(clip_id.encode()))
