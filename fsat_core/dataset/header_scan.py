"""The catalogue: one row per clip, with what the file's header says. Cached, resumable, incremental."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pandas as pd

from fsat_core.audio.decoding.header import reading_rules
from fsat_core.audio.store.clip_store import MISSING, Stamp
from fsat_core.dataset.clip_ids import clip_id_of
from fsat_core.dataset.headers import FACTS, Facts, ReadHeader, find_name, read_header, read_headers
from fsat_core.dataset.layouts import Dataset
from fsat_core.dataset.lengths import count_same
from fsat_core.dataset.parts import Part
from fsat_core.executors.workplace import Workplace
from fsat_core.files import write_atomically

COLUMNS = (
    "clip_id",
    "split",
    "fname",
    "labels",
    "num_labels",
    "num_frames",
    "sample_rate",
    "num_channels",
    "duration_s",
    "subtype",
    "num_bytes",
    "warning",
    "error",
    "num_same",
)
_KEY = ["split", "fname", "num_bytes", "mtime_ns"]
_CACHED = {
    "split": "str",
    "fname": "str",
    "num_bytes": "int64",
    "mtime_ns": "int64",
    "num_frames": "int64",
    "sample_rate": "int64",
    "num_channels": "int64",
    "subtype": "str",
    "warning": "str",
    "error": "str",
}
_REPORT_EVERY = 200
_UNUSED_S = 90 * 24 * 3600

Progress = Callable[[int, int], None]


def scan(
    dataset: Dataset,
    cache_dir: Path,
    progress: Progress | None = None,
    read: ReadHeader = read_header,
    save_every_s: float = 5.0,
    workplace: Workplace | None = None,
) -> pd.DataFrame:
    """The catalogue of a data set; only files that are new or changed are opened, by `read`.

    Headers are cached as Parquet under `cache_dir`, keyed on path, size and modification time and on what
    decides how files are read, and saved every `save_every_s` seconds: an interrupted scan continues where it
    stopped. With a `workplace`, its workers read the headers in shards; by default this process does.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`, then the extra columns of the source tables. A clip whose file is missing or unreadable
        is a row with its `error`, zero frames and no duration; one that is read although something is odd
        about it has a `warning`. `num_same` is how many clips share its exact length where that is unusual,
        else 0.

    Raises
    ------
    DatasetError
        If the clips are at an address that cannot be reached.
    FsatError
        If the workplace cannot be used.
    """
    cache_path = catalogue_path(dataset, cache_dir)
    known = _still_true(dataset, _load(cache_path))
    complete = len(known) == len(dataset.table)
    if complete:
        return _assemble(dataset, known)
    others = _clips(dataset).drop(known.index)
    names = list(zip(_texts(others["split"]), _texts(others["fname"]), strict=True))
    with closing(read_headers(dataset, names, read, workplace)) as facts:
        return _assemble(dataset, _keep(known, others, facts, cache_path, progress, save_every_s))


def catalogue_path(dataset: Dataset, cache_dir: Path) -> Path:
    """Where the headers of a data set are cached, as they are read now: other rules have another file."""
    key = os.fsencode(dataset.root.resolve()) + b"\0" + reading_rules().encode()
    digest = hashlib.sha256(key).hexdigest()[:16]
    return cache_dir / "catalogues" / f"{digest}.parquet"


def _still_true(dataset: Dataset, cached: pd.DataFrame) -> pd.DataFrame:
    """Cached facts of files that have not changed; the index is the row of the table."""
    if cached.empty:  # a first scan: nothing to compare, and asking for sizes and times is half of the work
        return cached
    files = _find_files(dataset)
    if files.equals(cached[_KEY]):
        return cached
    return files.reset_index().merge(cached, on=_KEY).set_index("index")


def _find_files(dataset: Dataset) -> pd.DataFrame:
    """The `_KEY` of the file of each row of the table; `MISSING` where there is none."""
    there = {part.split: _list_files(part) for part in dataset.parts}
    clips = _clips(dataset)
    names = list(zip(_texts(clips["split"]), _texts(clips["fname"]), strict=True))
    stats = np.array([there[split].get(fname, MISSING) for split, fname in names], dtype=np.int64)
    for row in np.flatnonzero(stats[:, 0] == MISSING[0]):  # perhaps written differently
        split, fname = names[row]
        stats[row] = there[split].get(find_name(dataset, split, fname), MISSING)
    return clips.assign(num_bytes=stats[:, 0], mtime_ns=stats[:, 1])


def _clips(dataset: Dataset) -> pd.DataFrame:
    return dataset.table[["split", "fname"]].reset_index(drop=True)


def _list_files(part: Part) -> dict[str, Stamp]:
    """The stamp of everything in the audio folder of a part, by name."""
    if part.audio is None:
        return {}
    if not part.class_dirs:
        return part.audio.stamps()
    folders = {folder: part.audio.within(folder).stamps() for folder in part.class_dirs}
    return {f"{folder}/{name}": stamp for folder, files in folders.items() for name, stamp in files.items()}


def _texts(column: pd.Series) -> list[str]:
    """The cells of a column as a list; many times faster than `tolist`, which makes them one by one."""
    return column.to_numpy(dtype=object).tolist()


def _keep(
    known: pd.DataFrame,
    others: pd.DataFrame,
    found: Iterable[Facts],
    cache_path: Path,
    progress: Progress | None,
    save_every_s: float,
) -> pd.DataFrame:
    """The facts of all rows, in order: known ones as they are, the others as they are found."""
    done, total, last_save = len(known), len(known) + len(others), time.monotonic()
    rows: list[Facts] = []
    for facts in found:
        rows.append(facts)
        if progress is not None and len(rows) % _REPORT_EVERY == 0:
            progress(done + len(rows), total)
        if time.monotonic() - last_save > save_every_s:
            _save(known, others, rows, cache_path)
            last_save = time.monotonic()
    if progress is not None:
        progress(total, total)
    return _save(known, others, rows, cache_path)


def _save(known: pd.DataFrame, others: pd.DataFrame, rows: list[Facts], cache_path: Path) -> pd.DataFrame:
    """Cache `known` and the `others` that have been read so far, in the table's order."""
    read = others.iloc[: len(rows)]
    columns = zip(FACTS, zip(*rows, strict=True), strict=True)
    read = read.assign(**{name: pd.Series(column, read.index, _CACHED[name]) for name, column in columns})
    facts = pd.concat([known, read]).sort_index() if len(known) else read
    with suppress(OSError):  # one that cannot be written costs time; whoever opens the set says so
        write_atomically(cache_path, facts.to_parquet(index=False))
        forget_unused(cache_path.parent)
    return facts


def forget_unused(folder: Path) -> None:
    """Remove what nobody has read for months: of sets that are gone, or by rules that no longer hold."""
    for path in folder.glob("*.parquet"):
        with suppress(OSError):  # gone, or somebody else's
            if time.time() - path.stat().st_mtime > _UNUSED_S:
                path.unlink()


def mark_used(cache_path: Path) -> None:
    """Note that a cache has been read, for `forget_unused`."""
    with suppress(OSError):  # one that may only be read
        os.utime(cache_path)


def _load(cache_path: Path) -> pd.DataFrame:
    try:
        mark_used(cache_path)
        return pd.read_parquet(cache_path, columns=list(_CACHED))
    except (OSError, ValueError):  # there is none yet, or it cannot be read after a crash or by this version
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _CACHED.items()})


def _assemble(dataset: Dataset, facts: pd.DataFrame) -> pd.DataFrame:
    """The catalogue of a data set and the facts of its clips, which are in the same order."""
    table, facts = dataset.table.reset_index(drop=True), facts.reset_index(drop=True)
    sample_rate, error = facts["sample_rate"], _errors(dataset, table, facts)
    catalogue = {
        "clip_id": clip_id_of(table["split"], table["fname"]),
        "split": table["split"],
        "fname": table["fname"],
        "labels": table["labels"],
        "num_labels": _count_labels(table["labels"]),
        "num_frames": facts["num_frames"],
        "sample_rate": sample_rate,
        "num_channels": facts["num_channels"],
        "duration_s": facts["num_frames"] / sample_rate.where(sample_rate > 0),
        "subtype": facts["subtype"],
        "num_bytes": facts["num_bytes"].clip(lower=0),
        "warning": facts["warning"],
        "error": error,
        "num_same": count_same(facts["num_frames"], error),
    }
    extra = {name: table[name] for name in table.columns if name not in COLUMNS}
    return pd.DataFrame(catalogue | extra)


def _errors(dataset: Dataset, table: pd.DataFrame, facts: pd.DataFrame) -> pd.Series:
    """The error of each clip; that of a missing file by what is in its folder now."""
    missing = facts["num_bytes"] == MISSING[0]
    if not missing.any():
        return facts["error"]
    clips = table.loc[missing, ["split", "fname"]]
    reasons = [_explain_missing(dataset, split, fname) for split, fname in clips.itertuples(index=False)]
    return facts["error"].mask(missing, pd.Series(reasons, clips.index, dtype="str"))


def _explain_missing(dataset: Dataset, split: str, fname: str) -> str:
    if split in dataset.folders:
        return dataset.folders[split].explain_missing(fname)
    return f"{fname}: no such file, for the set has no folder of {split} clips; unpack that part, too."


def _count_labels(labels: pd.Series) -> pd.Series:
    return (labels.str.count(",") + 1).where(labels != "", 0).astype("int64")
