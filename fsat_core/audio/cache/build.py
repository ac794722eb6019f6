"""Features on disk: every clip is decoded once, and every fold and epoch reads the result.

A cache is a folder named by a hash of the spec and of all clips with their sizes and times. While it is
built its two files are called `*.partial`. A clip's line in the index is written after its data, so a build
that was killed can be continued. Of a large set, processes write shards beside these files, which are
appended in the order of the clips; other machines always do.
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
from fsat_core.audio.store.ahead import bring_ahead, folders_of
from fsat_core.errors import FsatError, Stopped
from fsat_core.executors.pool import Pool
from fsat_core.executors.workplace import Workplace
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
    workplace: Workplace | None = None,
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
    workplace : Workplace, optional
        Where shards are computed, however small the set is; the cache folder is shared with it. This machine
        by default.

    Returns
    -------
    FeatureCache

    Raises
    ------
    Stopped
        If `should_stop` says so.
    FsatError
        If the cache cannot be written, two clips have one id, processes are killed one after the other, or
        the workplace cannot be used.
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
                    build = _Build(folder, clips, spec, read, report)
                    build.run(num_workers or usable_cores(), workplace)
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

    def run(self, num_workers: int, workplace: Workplace | None) -> None:
        """Compute what is not there yet."""
        for damaged in (INDEX_NAME, DATA_NAME):
            (self._folder / damaged).unlink(missing_ok=True)
        self._shards.remove_damaged(self._clip_ids)
        self._num_whole = self._shards.move_into(self._whole, self._whole.cut(self._clip_ids))
        gaps = self._gaps()
        self._count(len(self._clips) - sum(map(len, gaps)))
        try:
            if gaps and workplace is not None:
                with workplace.open(self._folders()) as pool:
                    self._run_shards(pool)
            elif num_workers > 1 and self._processes_pay(gaps):
                with Processes(num_workers) as pool:
                    self._run_shards(pool)
            else:
                self._run_threads(num_workers)
        finally:
            self._shards.remove_unfinished()
        self._shards.move_into(self._whole, self._num_whole)  # none, or one that was computed twice and goes
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

    def _folders(self) -> list[Path]:
        """What whoever computes a shard has to see."""
        return [self._folder, *folders_of(path for _, path in self._clips)]

    def _run_shards(self, pool: Pool) -> None:
        """Let the workers of a pool compute shards, and append those that follow what is there."""
        work, instead = partial(fill_shard, self._shards, self._read), partial(give_up, self._shards)
        most_bytes = _SHARD_BYTES * pool.shard_factor
        while gaps := self._gaps():  # once more only where two shards overlapped
            shards = chain.from_iterable(cut_shards(gap, Row.num_bytes, most_bytes) for gap in gaps)
            for finished in run_shards(pool, work, instead, shards):
                self._num_whole = self._shards.move_into(self._whole, self._num_whole)
                self._count(self._num_done + sum(num_clips for _, num_clips in finished))

    def _run_threads(self, num_threads: int) -> None:
        """Compute clips in threads, and write each as soon as those before it are there."""
        # Threads do: decoding, resampling and the transforms all release the interpreter's lock.
        keep_memory()
        while gaps := self._gaps():
            gap = gaps[0]
            ahead = _IN_FLIGHT * num_threads
            brought = bring_ahead(gap, attrgetter("path"))
            results = map_ahead(self._compute, brought, num_threads, ahead, "features")
            with closing(results):
                for _ in self._whole.add(results):
                    self._count(self._num_done + 1)
            self._num_whole = self._shards.move_into(self._whole, gap[-1].number + 1)

    def _compute(self, row: Row) -> Stored:
        return compute(row.clip_id, row.path, self._spec, self._read)
