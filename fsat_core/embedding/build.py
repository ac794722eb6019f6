"""Lets a pretrained network hear all clips of a data set: in shards, whose rows are written here."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from fsat_core.audio.cache.key import clips_key
from fsat_core.audio.store.ahead import folders_of
from fsat_core.dataset import Dataset, clip_path
from fsat_core.embedding.earlier import describe_clips, remove_earlier, take_over
from fsat_core.embedding.near_duplicates import NEAR_DUPLICATES
from fsat_core.embedding.projection import MAP
from fsat_core.embedding.shards import Row, Shards, give_up, hear_shard
from fsat_core.embedding.spec import EmbedderSpec, load_embedder
from fsat_core.embedding.store import FAILED, FORMAT, EmbeddingStore, create_store, open_arrays, open_store
from fsat_core.errors import FsatError, Stopped
from fsat_core.executors.pool import Pool
from fsat_core.executors.workplace import Workplace
from fsat_core.machine import usable_cores
from fsat_core.processes import Processes
from fsat_core.shards import cut_shards, run_shards

_SHARD_S = 60.0  # seconds of sound, which is so many bytes of samples, that a worker is given at a time
_POLL_S = 0.2

Progress = Callable[[int, int], None]
ShouldStop = Callable[[], bool]
OpenPool = Callable[[], AbstractContextManager[Pool]]


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
    workplace: Workplace | None = None,
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
    workplace : Workplace, optional
        Where clips are heard, by default in processes of this machine; the cache folder is shared with it.

    Raises
    ------
    Stopped
        If `should_stop` says so. What has been heard is kept.
    FsatError
        If the weights are not there, the store cannot be written, processes are killed one after the other,
        or the workplace cannot be used.
    """

    def open_pool() -> AbstractContextManager[Pool]:
        if workplace is None:
            return Processes(num_processes or usable_cores())
        return workplace.open([cache_dir, *folders_of(path for _, path in place.clips)])

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
            _wait_and_build(place, cache_dir, report, open_pool, again)
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
    place: Place, cache_dir: Path, report: Callable[[int], None], open_pool: OpenPool, again: bool
) -> None:
    lock = FileLock(place.lock_path)
    while True:
        try:
            with lock.acquire(timeout=_POLL_S):
                return _build(place, cache_dir, report, open_pool, again)
        except Timeout:
            store = place.open()
            report(store.num_done if store else 0)


def _build(
    place: Place, cache_dir: Path, report: Callable[[int], None], open_pool: OpenPool, again: bool
) -> None:
    store = place.open()
    if store is None:
        # One window to spare: a resampled clip may be a sample longer than its header promises.
        room = [_num_windows(place.spec, seconds) + 1 for seconds in place.durations_s]
        create_store(place.folder, describe_clips(place.clips), room, place.spec)
        take_over(place.folder)
        store = EmbeddingStore(place.folder, place.clip_ids)
    arrays = open_arrays(place.folder, "r+")
    counts = arrays.counts
    if again:
        counts[counts == FAILED] = 0
    left = [
        Row(row, *clip, duration_s)
        for row, (clip, duration_s) in enumerate(zip(place.clips, place.durations_s, strict=True))
        if counts[row] == 0
    ]
    done, heard = len(place.clips) - len(left), np.count_nonzero(counts > 0)
    report(done)
    if not left:
        return
    shards = Shards(place.folder, arrays)
    shards.remove_left()
    try:
        with open_pool() as pool:
            work = partial(hear_shard, place.folder, place.spec, cache_dir)
            pieces = cut_shards(left, attrgetter("duration_s"), _SHARD_S * pool.shard_factor)
            for finished in run_shards(pool, work, give_up, pieces):
                done += sum(shards.move_in(rows, shard) for rows, shard in finished)
                report(done)
    finally:
        shards.remove_left()
        if np.count_nonzero(counts > 0) > heard:  # what was made of the clips before lacks some
            for name in (MAP, NEAR_DUPLICATES):
                (place.folder / name).unlink(missing_ok=True)


def _num_windows(spec: EmbedderSpec, duration_s: float) -> int:
    return spec.num_windows(round(duration_s * spec.sample_rate))
