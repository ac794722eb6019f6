"""Lets a pretrained network hear all clips of a data set: processes write what they hear into their rows."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.cache.key import clips_key
from fsat_core.audio.limits import within_memory
from fsat_core.audio.store.ahead import bring_ahead
from fsat_core.dataset import Dataset, clip_path
from fsat_core.embedding.earlier import describe_clips, remove_earlier, take_over
from fsat_core.embedding.embedder import Embedder, Heard, hear_windows, mean_heard
from fsat_core.embedding.fingerprint import SAMPLE_RATE, UNHEARD, fingerprint
from fsat_core.embedding.near_duplicates import NEAR_DUPLICATES
from fsat_core.embedding.projection import MAP
from fsat_core.embedding.spec import EmbedderSpec, load_embedder
from fsat_core.embedding.store import (
    ERRORS,
    FAILED,
    FORMAT,
    Arrays,
    EmbeddingStore,
    create_store,
    open_arrays,
    open_store,
)
from fsat_core.errors import AudioError, FsatError, Stopped
from fsat_core.machine import usable_cores
from fsat_core.processes import Processes
from fsat_core.shards import TRIES, cut_shards, run_shards

_SHARD_S = 60.0  # seconds of sound that a process is given at a time
_SHARDS_AHEAD = 2  # per process
_POLL_S = 0.2

Progress = Callable[[int, int], None]
ShouldStop = Callable[[], bool]


class _Clip(NamedTuple):
    """A clip to be heard: its row, and where it is."""

    row: int
    clip_id: str
    path: Path
    duration_s: float


@dataclass(frozen=True)
class Place:
    """Where the store of a data set is, and of which clips; there may be none yet."""

    folder: Path
    clips: list[tuple[str, Path]]
    durations_s: list[float]
    spec: EmbedderSpec

    @property
    def clip_ids(self) -> list[str]:
        """The clips in the order of the rows."""
        return [clip_id for clip_id, _ in self.clips]

    def open(self) -> EmbeddingStore | None:
        """The store, perhaps unfinished; None where there is none."""
        return open_store(self.folder, self.clip_ids, self.spec)

    @property
    def lock_path(self) -> Path:
        """Held while somebody builds the store."""
        return self.folder.with_suffix(".lock")


def locate(dataset: Dataset, catalogue: pd.DataFrame, cache_dir: Path, spec: EmbedderSpec) -> Place:
    """Where the store of all clips of a catalogue is that have a readable header."""
    readable = catalogue[catalogue["error"] == ""]
    clips = [(clip_id, clip_path(dataset, clip_id)) for clip_id in readable["clip_id"]]
    key = clips_key(clips, [FORMAT, spec.name, spec.version])
    return Place(cache_dir / "embeddings" / key, clips, readable["duration_s"].tolist(), spec)


def open_complete(
    dataset: Dataset, catalogue: pd.DataFrame, cache_dir: Path, spec: EmbedderSpec
) -> EmbeddingStore:
    """The finished store of a data set.

    Raises
    ------
    FsatError
        If there is none, or not all clips have been heard.
    """
    place = locate(dataset, catalogue, cache_dir, spec)
    store = place.open()
    if store is None or not store.is_complete:
        done = store.num_done if store else 0
        raise FsatError(
            f"{done:,} of {len(place.clips):,} clips have been heard by {spec.name}, expected all of them. "
            "Run `fsat embed`; it goes on where it stopped."
        )
    return store


def build_store(
    place: Place,
    cache_dir: Path,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    num_processes: int | None = None,
    again: bool = False,
) -> EmbeddingStore:
    """The store of a data set: opened if it is complete, else built, or continued where a build stopped.

    Parameters
    ----------
    place : Place
    cache_dir : Path
        Where the network's weights are.
    progress : callable, optional
        Called as `progress(done, total)` now and then, also while another process builds the same store.
    should_stop : callable, optional
        Asked as often.
    num_processes : int, optional
        One per usable core by default.
    again : bool
        Try clips once more that could not be heard: their folder may be back, or more memory.

    Raises
    ------
    Stopped
        If `should_stop` says so. What has been heard is kept.
    FsatError
        If the weights are not there, the store cannot be written, or processes are killed one after the
        other.
    """

    def report(done: int) -> None:
        if progress is not None:
            progress(done, len(place.clips))
        if should_stop is not None and should_stop():
            raise Stopped

    try:
        store = place.open()
        if store is None or not store.is_complete or (again and store.errors()):
            load_embedder(place.spec, cache_dir)  # says what is missing before anything is begun
            place.folder.parent.mkdir(parents=True, exist_ok=True)
            _wait_and_build(place, cache_dir, report, num_processes or usable_cores(), again)
            store = place.open()
            remove_earlier(place.folder)
    except OSError as error:
        raise FsatError(
            f"cannot keep embeddings in {place.folder} ({error.strerror or error}), expected a folder with "
            "free space; make some or set FSAT_CACHE_DIR to another one."
        ) from error
    if store is None:
        raise FsatError(
            f"{place.folder} changed while it was built: expected it to be left alone. Start again."
        )
    return store


def _wait_and_build(
    place: Place, cache_dir: Path, report: Callable[[int], None], num_processes: int, again: bool
) -> None:
    lock = FileLock(place.lock_path)
    while True:
        try:
            with lock.acquire(timeout=_POLL_S):
                return _build(place, cache_dir, report, num_processes, again)
        except Timeout:
            store = place.open()
            report(store.num_done if store else 0)


def _build(
    place: Place, cache_dir: Path, report: Callable[[int], None], num_processes: int, again: bool
) -> None:
    store = place.open()
    if store is None:
        # One window to spare: a resampled clip may be a sample longer than its header promises.
        room = [_num_windows(place.spec, seconds) + 1 for seconds in place.durations_s]
        create_store(place.folder, describe_clips(place.clips), room, place.spec)
        take_over(place.folder)
        store = EmbeddingStore(place.folder, place.clip_ids)
    counts = open_arrays(place.folder, "r+").counts
    if again:
        counts[counts == FAILED] = 0
    left = [
        _Clip(row, *clip, duration_s)
        for row, (clip, duration_s) in enumerate(zip(place.clips, place.durations_s, strict=True))
        if counts[row] == 0
    ]
    done, heard = len(place.clips) - len(left), np.count_nonzero(counts > 0)
    report(done)
    if not left:
        return
    work = partial(_hear, place.folder, place.spec, cache_dir)
    try:
        with Processes(min(num_processes, len(left))) as pool:
            shards = cut_shards(bring_ahead(left, attrgetter("path")), _duration_s, _SHARD_S)
            ahead = _SHARDS_AHEAD * num_processes
            for finished in run_shards(pool, work, partial(_give_up, place.folder), shards, ahead):
                done += sum(num_clips for _, num_clips in finished)
                report(done)
    finally:
        if np.count_nonzero(counts > 0) > heard:  # what was made of the clips before lacks some
            for name in (MAP, NEAR_DUPLICATES):
                (place.folder / name).unlink(missing_ok=True)


def _num_windows(spec: EmbedderSpec, duration_s: float) -> int:
    return spec.num_windows(round(duration_s * spec.sample_rate))


def _duration_s(clip: _Clip) -> float:
    return clip.duration_s


def _give_up(folder: Path, clip: _Clip) -> int:
    """Note the error of a clip that ended the processes that listened to it; returns how many clips it is."""
    error = (
        f"{clip.clip_id}: ended the process that listened to it, {TRIES} times: expected a file that fits "
        "into memory and does not crash its decoder; export it again, or leave it out."
    )
    _note_error(folder, clip, error)
    open_arrays(folder, "r+").counts[clip.row] = FAILED
    return 1


def _note_error(folder: Path, clip: _Clip, error: str) -> None:
    with (folder / ERRORS).open("a", encoding="utf-8") as file:
        file.write(json.dumps([clip.clip_id, error]) + "\n")


# --- in the processes


@lru_cache(maxsize=1)
def _begin(folder: Path, spec: EmbedderSpec, cache_dir: Path) -> tuple[Embedder, Arrays]:
    """What a process works with, for as long as it lives."""
    return load_embedder(spec, cache_dir), open_arrays(folder, "r+")


def _hear(folder: Path, spec: EmbedderSpec, cache_dir: Path, clips: list[_Clip]) -> int:
    """Write the rows of clips; returns how many. Some may have been heard before their process ended."""
    embedder, arrays = _begin(folder, spec, cache_dir)
    for clip in clips:
        if arrays.counts[clip.row]:
            continue
        try:
            with within_memory(clip.path.name):
                count = _write(embedder, arrays, clip)
        except AudioError as error:
            _note_error(folder, clip, str(error))
            count = FAILED
        arrays.counts[clip.row] = count  # last: the clip is done
    return len(clips)


def _write(embedder: Embedder, arrays: Arrays, clip: _Clip) -> int:
    """Write all that is kept of a clip, anew if that was begun before; returns the number of windows."""
    windows = arrays.windows_of(clip.row)
    wave, num_windows = MonoWave(clip.path), 0

    def written() -> Iterator[Heard]:
        nonlocal num_windows
        for heard in hear_windows(embedder, wave.at(embedder.sample_rate)):
            at = num_windows
            num_windows += len(heard.embeddings)
            _fill(windows, at, heard.embeddings, clip)
            yield heard

    arrays.means[clip.row], arrays.scores[clip.row] = mean_heard(written())
    prints = arrays.prints_of(clip.row)
    prints[:] = UNHEARD
    _fill(prints, 0, fingerprint(wave.at(SAMPLE_RATE)), clip)
    return num_windows


def _fill(part: np.ndarray, at: int, values: np.ndarray, clip: _Clip) -> None:
    if at + len(values) > len(part):
        raise AudioError(f"{clip.clip_id}: longer than when it was scanned; leave it alone, start again.")
    part[at : at + len(values)] = values
