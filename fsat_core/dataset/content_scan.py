"""The deep scan: facts that need all samples of a clip. Cached, resumable, incremental."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.levels import Levels, measure_levels
from fsat_core.audio.limits import within_memory
from fsat_core.audio.store.ahead import bring_ahead, folders_of
from fsat_core.audio.store.faults import StoreFault
from fsat_core.dataset.header_scan import catalogue_path, mark_used
from fsat_core.dataset.layouts import Dataset, clip_path
from fsat_core.errors import AudioError, Stopped
from fsat_core.executors.workplace import Workplace
from fsat_core.files import write_atomically
from fsat_core.machine import usable_cores
from fsat_core.shards import TRIES, cut_shards, map_shards
from fsat_core.threads import map_ahead

DEEP_COLUMNS = Levels._fields

_SPARE_THREADS = 4  # some wait for a drive
_SHARD_BYTES = 32 << 20  # of files


class _File(NamedTuple):
    """A file as it was when it was measured."""

    clip_id: str
    num_bytes: int
    mtime_ns: int
    path: Path


def _open(path: Path) -> MonoWave:
    """A clip that is not kept, since it is gone through once."""
    return MonoWave(path, keep=0)


def deep_scan(
    dataset: Dataset,
    catalogue: pd.DataFrame,
    cache_dir: Path,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    read: Callable[[Path], MonoWave] = _open,
    save_every_s: float = 5.0,
    workplace: Workplace | None = None,
) -> pd.DataFrame:
    """The catalogue with facts from the samples of each clip; only new or changed files are decoded.

    Figures are cached as Parquet beside the headers, keyed on path, size and modification time, and saved
    every `save_every_s` seconds and at the end: a scan that was stopped or killed continues there. Several
    clips are decoded at once.

    Parameters
    ----------
    dataset : Dataset
    catalogue : pd.DataFrame
        From `scan`.
    cache_dir : Path
    progress : callable, optional
        Called as `progress(done, total)` after each clip.
    should_stop : callable, optional
        Looked at after each clip.
    read : callable
        Opens a file.
    save_every_s : float
    workplace : Workplace, optional
        Where shards of the files are measured; by default threads of this process measure them.

    Returns
    -------
    pd.DataFrame
        The rows of `catalogue`, which is not changed, with the columns `DEEP_COLUMNS`: see
        `fsat_core.audio.levels.Levels`. They are NaN, and `content_hash` "", for a clip that cannot be read;
        where only its header can be, `error` says now what is wrong with the rest.

    Raises
    ------
    Stopped
        If `should_stop` says so.
    DatasetError
        If the clips are at an address that cannot be reached.
    FsatError
        If the workplace cannot be used.
    """
    cache_path = catalogue_path(dataset, cache_dir).with_suffix(".deep.parquet")
    files = _list_files(dataset, catalogue)
    known = _load(cache_path).merge(files[["clip_id", "num_bytes", "mtime_ns"]])
    fresh = files[~files["clip_id"].isin(known["clip_id"])]
    scan = _Scan(known, len(files), cache_path, progress, should_stop, save_every_s)
    new = [_File(*row) for row in fresh.itertuples(index=False)]
    rows = _in_threads(new, read) if workplace is None else _in_shards(new, read, workplace)
    with closing(rows):
        return _join(catalogue, scan.keep(rows) if new else known)


def summarise_deep(catalogue: pd.DataFrame) -> dict[str, int]:
    """Counts of a deep-scanned catalogue, as `scan --deep --json` prints them.

    `num_silent`: clips of silence from start to end; `num_clipped`: with clipped samples; `num_duplicates`:
    whose sound another clip has too.
    """
    hashes = catalogue.loc[catalogue["content_hash"] != "", "content_hash"]
    return {
        "num_silent": int((catalogue["silence_ratio"] == 1).sum()),
        "num_clipped": int((catalogue["clipping_ratio"] > 0).sum()),
        "num_duplicates": int(hashes.duplicated(keep=False).sum()),
    }


def _in_threads(files: list[_File], read: Callable[[Path], MonoWave]) -> Generator[list[tuple]]:
    """The row of each file: decoding, arithmetic and hashing all release the interpreter's lock."""
    num_threads = usable_cores() + _SPARE_THREADS
    here = bring_ahead(files, attrgetter("path"))
    measure = partial(_measure, read=read)
    with closing(map_ahead(measure, here, num_threads, 4 * num_threads, "deep-scan")) as rows:
        for row in rows:
            yield [row]


def _in_shards(
    files: list[_File], read: Callable[[Path], MonoWave], workplace: Workplace
) -> Generator[list[tuple]]:
    """The rows of files, which workers measure in shards; as they come, in order."""
    with workplace.open(folders_of(file.path for file in files)) as pool:
        shards = cut_shards(files, attrgetter("num_bytes"), _SHARD_BYTES * pool.shard_factor)
        with closing(map_shards(pool, partial(_measure_all, read), _give_up, shards)) as rows:
            yield from rows


class _Scan:
    """Keeps what was measured, and tells how far it is."""

    def __init__(
        self,
        known: pd.DataFrame,
        total: int,
        cache_path: Path,
        progress: Callable[[int, int], None] | None,
        should_stop: Callable[[], bool] | None,
        save_every_s: float,
    ) -> None:
        self._known, self._total, self._cache_path = known, total, cache_path
        self._progress, self._should_stop, self._save_every_s = progress, should_stop, save_every_s
        self._rows: list[tuple] = []

    def keep(self, measured: Iterator[list[tuple]]) -> pd.DataFrame:
        """Known and new figures together. Those that are done are kept, whatever ends the scan."""
        last_save = time.monotonic()
        try:
            for rows in measured:
                self._rows += rows
                self._report()
                if time.monotonic() - last_save > self._save_every_s:
                    self._save()
                    last_save = time.monotonic()
        finally:
            self._save()
        return self._table()

    def _report(self) -> None:
        if self._progress is not None:
            self._progress(len(self._known) + len(self._rows), self._total)
        if self._should_stop is not None and self._should_stop():
            raise Stopped

    def _table(self) -> pd.DataFrame:
        fresh = pd.DataFrame(self._rows, columns=list(_CACHED)).astype(_CACHED)
        return pd.concat([self._known, fresh], ignore_index=True)

    def _save(self) -> None:
        with suppress(OSError):  # one that cannot be written costs time; whoever opens the set says so
            write_atomically(self._cache_path, self._table().to_parquet(index=False))


def _list_files(dataset: Dataset, catalogue: pd.DataFrame) -> pd.DataFrame:
    """The readable clips, as `_File`s; one that has gone since the header scan is read, for its error."""
    rows = []
    for clip_id in catalogue.loc[catalogue["error"] == "", "clip_id"]:
        path = clip_path(dataset, clip_id)
        try:
            stat = path.stat()
        except OSError:
            rows.append((clip_id, -1, -1, path))
        else:
            rows.append((clip_id, stat.st_size, stat.st_mtime_ns, path))
    return pd.DataFrame(rows, columns=list(_File._fields)).astype(
        {"clip_id": "str", "num_bytes": "int64", "mtime_ns": "int64"}
    )


def _measure_all(read: Callable[[Path], MonoWave], files: Sequence[_File]) -> list[tuple]:
    with closing(bring_ahead(files, attrgetter("path"))) as brought:
        return [_measure(file, read) for file in brought]


def _give_up(file: _File) -> tuple:
    error = (
        f"{file.path.name}: ended the process that read it, {TRIES} times: expected a file that fits into "
        "memory and does not crash its decoder; export it again, or leave it out."
    )
    return (file.clip_id, -1, -1, *_NOTHING, error)  # with another size than it has, it is tried anew


def _measure(file: _File, read: Callable[[Path], MonoWave]) -> tuple:
    """A row of the cache."""
    key = file[:3]
    try:
        with within_memory(file.path.name):
            wave = read(file.path)
            return (*key, *measure_levels(wave.at(wave.sample_rate), wave.sample_rate), "")
    except StoreFault as error:  # no fault of the clip: with another size than it has, it is tried anew
        return (file.clip_id, -1, -1, *_NOTHING, str(error))
    except AudioError as error:
        return (*key, *_NOTHING, str(error))


_NOTHING = (*[np.nan] * 4, "")  # of what is measured
_CACHED = {
    "clip_id": "str",
    "num_bytes": "int64",
    "mtime_ns": "int64",
    "peak": "float64",
    "rms_db": "float64",
    "silence_ratio": "float64",
    "clipping_ratio": "float64",
    "content_hash": "str",
    "error": "str",
}


def _load(cache_path: Path) -> pd.DataFrame:
    try:
        mark_used(cache_path)
        return pd.read_parquet(cache_path, columns=list(_CACHED)).astype(_CACHED)
    except (OSError, ValueError):  # there is none yet, or it cannot be read after a crash or by this version
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _CACHED.items()})


def _join(catalogue: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    found = figures.set_index("clip_id").reindex(catalogue["clip_id"])
    found.index = catalogue.index
    columns = {name: found[name] for name in DEEP_COLUMNS}
    columns["content_hash"] = found["content_hash"].fillna("")
    error = catalogue["error"].where(catalogue["error"] != "", found["error"].fillna(""))
    return catalogue.assign(error=error, **columns)
