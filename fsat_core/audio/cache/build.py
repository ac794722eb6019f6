"""Features on disk: every clip is decoded once, and every fold and epoch reads the result.

A cache is a folder named by a hash of the spec and of all clips with their sizes and times. While it is
built its two files are called `*.partial`. A clip's line in the index is written after its data, so a build
that was killed can be continued. Of a large set, processes write shards beside these files, which are
appended in the order of the clips.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import chain
from operator import attrgetter
from pathlib import Path

from filelock import FileLock, Timeout

from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.cache.compute import Read, Stored, compute
from fsat_core.audio.cache.key import Clips, clips_key
from fsat_core.audio.cache.part import Part
from fsat_core.audio.cache.shards import Row, Shards, fill_shard, give_up, keep_memory
from fsat_core.audio.cache.stored import DATA_NAME, INDEX_NAME, FeatureCache, open_cache
from fsat_core.audio.features import FeatureSpec
from fsat_core.audio.store.ahead import bring_ahead
from fsat_core.errors import FsatError, Stopped
from fsat_core.machine import usable_cores
from fsat_core.processes import Processes
from fsat_core.shards import cut_shards, run_shards
from fsat_core.threads import map_ahead

Progress = Callable[[int, int], None]
Report = Callable[[int], None]

_FORMAT = 3  # counts up when what is stored changes
_IN_FLIGHT = 4  # results per thread that may wait for the writer
_POLL_S = 0.2
_SHARD_BYTES = 32 << 20  # of files
_SHARDS_AHEAD = 2  # per process
# Files from which on processes pay, which take half a second to start. Threads need no start, but hand the
# interpreter's lock over dozens of times per MFCC; waves take a quarter of the time.
PROCESSES_FROM_BYTES = {"mfcc": 384 << 20, "wave": 1536 << 20}


def build_cache(
    clips: Clips,
    spec: FeatureSpec,
    cache_dir: Path,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
    num_workers: int | None = None,
    read: Read = MonoWave,
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
        Called as `progress(done, total)` after each clip or shard, and while another process builds the same
        cache.
    should_stop : callable, optional
        Asked as often as `progress` is called.
    num_workers : int, optional
        Threads, or for a large set processes: one per usable core by default.
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
        If the cache cannot be written, two clips have one id, or processes are killed one after the other.
    """
    clip_ids = [clip_id for clip_id, _ in clips]
    if len(set(clip_ids)) < len(clip_ids):
        twice = next(clip_id for clip_id in clip_ids if clip_ids.count(clip_id) > 1)
        raise FsatError(f"{twice}: given twice, expected every clip once; remove the second one.")
    folder = cache_dir / "features" / _key(clips, spec)

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
                    _Build(folder, clips, spec, read, report).run(num_workers or usable_cores())
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
def _locked(folder: Path, report: Report) -> Iterator[None]:
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


class _Build:
    """Builds a cache whose lock is held."""

    def __init__(self, folder: Path, clips: Clips, spec: FeatureSpec, read: Read, report: Report) -> None:
        self._folder, self._clips, self._spec, self._read, self._report = folder, clips, spec, read, report
        self._clip_ids = [clip_id for clip_id, _ in clips]
        self._whole = Part(folder / "data.partial", folder / "index.partial", spec)
        self._shards = Shards(folder, spec)

    def run(self, num_workers: int) -> None:
        """Compute what is not there yet."""
        for damaged in (INDEX_NAME, DATA_NAME):
            (self._folder / damaged).unlink(missing_ok=True)
        self._shards.remove_damaged(self._clip_ids)
        self._num_whole = self._shards.move_into(self._whole, self._whole.cut(self._clip_ids))
        gaps = self._gaps()
        self._count(len(self._clips) - sum(map(len, gaps)))
        try:
            if num_workers > 1 and self._processes_pay(gaps):
                self._run_processes(num_workers)
            else:
                self._run_threads(num_workers)
        finally:
            self._shards.remove_unfinished()
        self._whole.sync()
        self._whole.data.replace(self._folder / DATA_NAME)
        self._whole.index.replace(self._folder / INDEX_NAME)  # last: a cache is finished when it has an index

    def _processes_pay(self, gaps: list[list[Row]]) -> bool:
        num_bytes = sum(row.num_bytes() for gap in gaps for row in gap)
        return num_bytes >= PROCESSES_FROM_BYTES["wave" if self._spec.stores_waves else "mfcc"]

    def _count(self, num_done: int) -> None:
        self._num_done = num_done
        self._report(num_done)

    def _gaps(self) -> list[list[Row]]:
        """Consecutive clips that are neither in the files of the cache nor in a shard."""
        gaps = self._shards.gaps(self._num_whole, len(self._clips))
        return [[Row(number, *self._clips[number]) for number in gap] for gap in gaps]

    def _run_processes(self, num_processes: int) -> None:
        """Let processes compute shards, and append those that follow what is there."""
        work, instead = partial(fill_shard, self._shards, self._read), partial(give_up, self._shards)
        ahead = _SHARDS_AHEAD * num_processes
        with Processes(num_processes) as pool:
            while gaps := self._gaps():  # once more only where two shards overlapped
                shards = chain.from_iterable(
                    cut_shards(_brought(gap), Row.num_bytes, _SHARD_BYTES) for gap in gaps
                )
                for finished in run_shards(pool, work, instead, shards, ahead):
                    self._num_whole = self._shards.move_into(self._whole, self._num_whole)
                    self._count(self._num_done + sum(num_clips for _, num_clips in finished))

    def _run_threads(self, num_threads: int) -> None:
        """Compute clips in threads, and write each as soon as those before it are there."""
        # Threads do: decoding, resampling and the transforms all release the interpreter's lock.
        keep_memory()
        while gaps := self._gaps():
            gap = gaps[0]
            ahead = _IN_FLIGHT * num_threads
            results = map_ahead(self._compute, _brought(gap), num_threads, ahead, "features")
            with closing(results):
                for _ in self._whole.add(results):
                    self._count(self._num_done + 1)
            self._num_whole = self._shards.move_into(self._whole, gap[-1].number + 1)

    def _compute(self, row: Row) -> Stored:
        return compute(row.clip_id, row.path, self._spec, self._read)


def _brought(rows: list[Row]) -> Iterator[Row]:
    """The same rows, each when its clip is on this machine."""
    return bring_ahead(rows, attrgetter("path"))
