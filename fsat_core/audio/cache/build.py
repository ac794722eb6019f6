"""Features on disk: every clip is decoded once, and every fold and epoch reads the result.

A cache is a folder named by a hash of the spec and of all clips with their sizes and times. While it is
built its two files are called `*.partial`. A clip's line in the index is written after its data, so a build
that was killed can be continued.
"""

import dataclasses
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from filelock import FileLock, Timeout

from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.cache.key import Clips, clips_key
from fsat_core.audio.cache.stored import (
    DATA_NAME,
    INDEX_NAME,
    PEAK_STEP,
    Entry,
    FeatureCache,
    item_bytes,
    open_cache,
    read_index,
)
from fsat_core.audio.features import FeatureSpec, extract
from fsat_core.audio.limits import within_memory
from fsat_core.audio.store.ahead import bring_ahead
from fsat_core.audio.windows import crop_blocks, cut_windows, window_starts
from fsat_core.errors import AudioError, FsatError, Stopped
from fsat_core.machine import usable_cores
from fsat_core.threads import map_ahead

Progress = Callable[[int, int], None]

_FORMAT = 3  # counts up when what is stored changes
_LOWEST_PEAK = 1e-20  # -400 dBFS, which is no sound; dividing by much less would overflow float32
_IN_FLIGHT = 4  # results per thread that may wait for the writer
_POLL_S = 0.2
_WINDOWS = 64  # of a clip whose features are computed together
# Once a block of this size was freed, glibc keeps as much for the next clip rather than giving it back to the
# system and taking it again: a fifth of the time for MFCCs.
_KEPT_BYTES = 1 << 24


def build_cache(
    clips: Clips,
    spec: FeatureSpec,
    cache_dir: Path,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
    num_threads: int | None = None,
    read: Callable[[Path], MonoWave] = MonoWave,
) -> FeatureCache:
    """The features of all clips: opened where they exist, else computed, or continued where a build stopped.

    Parameters
    ----------
    clips : sequence of (clip_id, path)
        Kept in this order.
    spec : FeatureSpec
    cache_dir : Path
        The cache goes to `cache_dir/features/<hash>`.
    progress : callable, optional
        Called as `progress(done, total)` after each clip, and while another process builds the same cache.
    should_stop : callable, optional
        Asked as often as `progress` is called.
    num_threads : int, optional
        One per usable core by default.
    read : callable
        Opens a file.

    Returns
    -------
    FeatureCache

    Raises
    ------
    Stopped
        If `should_stop` says so.
    FsatError
        If the cache cannot be written, or two clips have one id.
    """
    clip_ids = [clip_id for clip_id, _ in clips]
    if len(set(clip_ids)) < len(clip_ids):
        twice = next(clip_id for clip_id in clip_ids if clip_ids.count(clip_id) > 1)
        raise FsatError(f"{twice}: given twice, expected every clip once; remove the second one.")
    folder = cache_dir / "features" / _key(clips, spec)

    # Threads do: decoding, resampling and the transforms all release the interpreter's lock.
    def compute(clip: tuple[str, Path]) -> "_Stored":
        return _compute(*clip, spec, read)

    def report(done: int) -> None:
        if progress is not None:
            progress(done, len(clips))
        if should_stop is not None and should_stop():
            raise Stopped

    try:
        cache = open_cache(folder, clip_ids, spec)
        if cache is None:
            folder.mkdir(parents=True, exist_ok=True)
            with _locked(folder, report):
                cache = open_cache(folder, clip_ids, spec)  # somebody else's, if this one had to wait
                if cache is None:
                    _build(folder, clips, spec, compute, report, num_threads or usable_cores())
                    cache = open_cache(folder, clip_ids, spec)
    except OSError as error:
        raise FsatError(
            f"cannot keep features in {folder} ({error.strerror or error}), expected a folder with free "
            "space; make some or set FSAT_CACHE_DIR to another one."
        ) from error
    if cache is None:
        raise FsatError(f"{folder} changed while it was built, expected it to be left alone; start again.")
    return cache


def _key(clips: Clips, spec: FeatureSpec) -> str:
    # Of a wave, only its rate decides what is stored: windows of any length are cut from it.
    stored = {"sample_rate": spec.sample_rate} if spec.stores_waves else spec.to_json()
    return clips_key(clips, [_FORMAT, stored])


@contextmanager
def _locked(folder: Path, report: Callable[[int], None]) -> Iterator[None]:
    """Holds the lock of a folder; calls `report` now and then while another process has it."""
    lock = FileLock(folder.with_suffix(".lock"))
    while True:
        try:
            lock.acquire(timeout=_POLL_S)
            break
        except Timeout:
            report(0)
    try:
        yield
    finally:
        lock.release()


def _build(
    folder: Path,
    clips: Clips,
    spec: FeatureSpec,
    compute: Callable[[tuple[str, Path]], "_Stored"],
    report: Callable[[int], None],
    num_threads: int,
) -> None:
    for damaged in (INDEX_NAME, DATA_NAME):
        (folder / damaged).unlink(missing_ok=True)
    data_path, index_path = folder / "data.partial", folder / "index.partial"
    num_done = _cut_to_whole_clips(data_path, index_path, [clip_id for clip_id, _ in clips], spec)
    report(num_done)
    np.empty(_KEPT_BYTES, np.uint8)
    left = bring_ahead(clips[num_done:], lambda clip: clip[1])
    with (
        data_path.open("ab") as data,
        index_path.open("a", encoding="utf-8") as index,
        closing(map_ahead(compute, left, num_threads, _IN_FLIGHT * num_threads, "features")) as results,
    ):
        for done, stored in enumerate(results, start=num_done + 1):
            entry = _write(data, stored, item_bytes(spec))
            data.flush()
            index.write(json.dumps(dataclasses.asdict(entry)) + "\n")
            index.flush()
            report(done)
        os.fsync(data.fileno())
        os.fsync(index.fileno())
    data_path.replace(folder / DATA_NAME)
    index_path.replace(folder / INDEX_NAME)  # last: a cache is finished when it has an index


def _write(data: BinaryIO, stored: "_Stored", num_item_bytes: int) -> Entry:
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


def _cut_to_whole_clips(data_path: Path, index_path: Path, clip_ids: Sequence[str], spec: FeatureSpec) -> int:
    """Cut both partial files to the clips that are complete in both; returns their number."""
    entries, lengths = read_index(index_path, clip_ids)
    stops = np.cumsum([entry.count for entry in entries], dtype=np.int64) * item_bytes(spec)
    num_bytes = data_path.stat().st_size if data_path.exists() else 0
    num_whole = int(np.searchsorted(stops, num_bytes, side="right"))
    for path, size in (
        (data_path, int(stops[num_whole - 1]) if num_whole else 0),
        (index_path, sum(lengths[:num_whole])),
    ):
        path.touch()
        os.truncate(path, size)
    return num_whole


class _Stored(NamedTuple):
    """The index entry of one clip, and the values to store."""

    entry: Entry
    values: Iterable[np.ndarray]


def _compute(clip_id: str, path: Path, spec: FeatureSpec, read: Callable[[Path], MonoWave]) -> _Stored:
    """What is stored of one clip; all of it is there already, unless the clip is a long one."""
    try:
        with within_memory(path.name):
            wave = read(path)
            stored = _wave_steps(clip_id, wave, spec) if spec.stores_waves else _mfccs(clip_id, wave, spec)
            return stored if wave.is_long else stored._replace(values=list(stored.values))
    except AudioError as error:
        return _Stored(Entry(clip_id, error=str(error)), [])


def _wave_steps(clip_id: str, wave: MonoWave, spec: FeatureSpec) -> _Stored:
    """The wave in steps of its own peak, which is known when all of it has been read."""
    blocks = wave.at(spec.sample_rate)
    peak = max((float(max(block.max(initial=0.0), -block.min(initial=0.0))) for block in blocks), default=0.0)
    if peak < _LOWEST_PEAK:
        silence = (np.zeros(len(block), np.int16) for block in blocks)
        return _Stored(Entry(clip_id, blocks.length), silence)
    steps = (_to_steps(block, PEAK_STEP / peak) for block in blocks)
    return _Stored(Entry(clip_id, blocks.length, peak / PEAK_STEP), steps)


def _to_steps(block: np.ndarray, scale: float) -> np.ndarray:
    scaled = block * np.float32(scale)
    return np.rint(scaled, out=scaled).astype(np.int16)


def _mfccs(clip_id: str, wave: MonoWave, spec: FeatureSpec) -> _Stored:
    """MFCCs of the crop to train on, then of all windows."""
    blocks = wave.at(spec.sample_rate)
    starts = window_starts(blocks, spec.num_samples)

    def features() -> Iterator[np.ndarray]:
        crop = crop_blocks(blocks, blocks.length, spec.num_samples, crop_generator(clip_id))
        yield extract(crop[np.newaxis], spec)
        windows = cut_windows(blocks, spec.num_samples, starts)
        while pieces := list(islice(windows, _WINDOWS)):
            yield extract(np.stack(pieces), spec)

    return _Stored(Entry(clip_id, 1 + len(starts)), features())


def crop_generator(clip_id: str) -> np.random.Generator:
    """The random generator for the stored crop of a clip: the same in every cache."""
    return np.random.default_rng(zlib.crc32(clip_id.encode()))
