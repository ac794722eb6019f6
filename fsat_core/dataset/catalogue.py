"""The catalogue: one row per clip, with what the file's header says. Cached, resumable, incremental."""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from fsat_core.audio.reading import read_header
from fsat_core.dataset.layouts import Dataset, Part, split_labels
from fsat_core.errors import AudioError
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
    "error",
)
_KEY = ["split", "fname", "num_bytes", "mtime_ns"]
_FACTS = ["num_frames", "sample_rate", "num_channels", "subtype", "error"]
_SAVE_EVERY_S = 5.0
_REPORT_EVERY = 200

Progress = Callable[[int, int], None]


def scan(dataset: Dataset, cache_dir: Path, progress: Progress | None = None) -> pd.DataFrame:
    """The catalogue of a data set; only files that are new or changed are opened.

    Headers are cached as Parquet under `cache_dir`, keyed on path, size and modification time, and saved
    every few seconds: a scan that is interrupted goes on where it was.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`, then the extra columns of the source tables. A clip whose file is missing or unreadable
        is a row with its `error`, zero frames and no duration.
    """
    cache_path = catalogue_path(dataset, cache_dir)
    files = pd.concat([_list_files(part) for part in dataset.parts], ignore_index=True)
    facts = _read_facts(dataset, files, _load(cache_path), cache_path, progress)
    return _assemble(dataset.table, facts)


def catalogue_path(dataset: Dataset, cache_dir: Path) -> Path:
    """Where the headers of a data set are cached."""
    digest = hashlib.sha256(str(dataset.root.resolve()).encode()).hexdigest()[:16]
    return cache_dir / "catalogues" / f"{digest}.parquet"


def summarise(catalogue: pd.DataFrame) -> dict:
    """Counts of a catalogue, as `scan --json` prints them."""
    return {
        "num_clips": len(catalogue),
        "num_errors": int((catalogue["error"] != "").sum()),
        "splits": {split: _summarise_split(rows) for split, rows in catalogue.groupby("split", sort=False)},
    }


def _summarise_split(rows: pd.DataFrame) -> dict:
    single = rows[rows["num_labels"] == 1]
    labelled = rows[rows["num_labels"] > 0]
    return {
        "num_clips": len(rows),
        "num_label_strings": int(labelled["labels"].nunique()),
        "num_single_label": len(single),
        "num_classes": len({name for labels in labelled["labels"].unique() for name in split_labels(labels)}),
        "num_classes_single_label": int(single["labels"].nunique()),
    }


def _list_files(part: Part) -> pd.DataFrame:
    entries: list[tuple[str, int, int]] = []
    if part.audio_dir is not None:
        with os.scandir(part.audio_dir) as listing:
            for entry in listing:
                try:
                    stat = entry.stat()
                except OSError:  # a link to nothing, or removed meanwhile: the clip is listed as missing
                    continue
                entries.append((entry.name, stat.st_size, stat.st_mtime_ns))
    files = pd.DataFrame(entries, columns=["fname", "num_bytes", "mtime_ns"])
    files.insert(0, "split", part.split)
    return files.astype({"split": str, "fname": str, "num_bytes": "int64", "mtime_ns": "int64"})


def _read_facts(
    dataset: Dataset, files: pd.DataFrame, cached: pd.DataFrame, cache_path: Path, progress: Progress | None
) -> pd.DataFrame:
    """Header facts of the listed files that the tables name, from the cache or freshly read."""
    wanted = files.merge(dataset.table[["split", "fname"]], on=["split", "fname"])
    known = wanted.merge(cached, on=_KEY)
    if len(known) == len(wanted):
        return known
    fresh = wanted.merge(known[["split", "fname"]], on=["split", "fname"], how="left", indicator=True)
    fresh = fresh.loc[fresh["_merge"] == "left_only", _KEY]
    folders = {part.split: part.audio_dir for part in dataset.parts if part.audio_dir is not None}
    done, total, last_save = len(known), len(wanted), time.monotonic()
    rows = []
    for key in fresh.itertuples(index=False):
        rows.append((*key, *_header_facts(folders[key.split] / key.fname)))
        if progress is not None and len(rows) % _REPORT_EVERY == 0:
            progress(done + len(rows), total)
        if time.monotonic() - last_save > _SAVE_EVERY_S:
            _save(known, rows, cache_path)
            last_save = time.monotonic()
    if progress is not None:
        progress(total, total)
    return _save(known, rows, cache_path)


def _header_facts(path: Path) -> tuple[int, int, int, str, str]:
    try:
        header = read_header(path)
    except AudioError as error:
        return 0, 0, 0, "", str(error)
    return header.num_frames, header.sample_rate, header.num_channels, header.subtype, ""


def _save(known: pd.DataFrame, rows: list[tuple], cache_path: Path) -> pd.DataFrame:
    fresh = pd.DataFrame(rows, columns=[*_KEY, *_FACTS])
    facts = pd.concat([known, fresh], ignore_index=True) if len(known) else fresh
    write_atomically(cache_path, facts.to_parquet(index=False))
    return facts


def _load(cache_path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(cache_path, columns=[*_KEY, *_FACTS])
    except (OSError, ValueError):  # none yet, or one that a crash or another version left unreadable
        columns = {"split": str, "fname": str, "num_bytes": "int64", "mtime_ns": "int64"}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()}).reindex(
            columns=[*_KEY, *_FACTS]
        )


def _assemble(table: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    extra = [name for name in table.columns if name not in COLUMNS]
    table = table[["split", "fname", "labels", *extra]]
    catalogue = table.merge(facts.drop(columns="mtime_ns"), on=["split", "fname"], how="left")
    missing = catalogue["num_frames"].isna()
    catalogue["error"] = (
        catalogue["error"]
        .fillna("")
        .mask(missing, catalogue["fname"] + ": no such file; expected it in the folder of its split")
    )
    catalogue["subtype"] = catalogue["subtype"].fillna("")
    for name in ("num_frames", "sample_rate", "num_channels", "num_bytes"):
        catalogue[name] = catalogue[name].fillna(0).astype("int64")
    catalogue["clip_id"] = catalogue["split"] + "/" + catalogue["fname"]
    catalogue["num_labels"] = _count_labels(catalogue["labels"])
    readable = catalogue["sample_rate"] > 0
    catalogue["duration_s"] = (catalogue["num_frames"] / catalogue["sample_rate"].where(readable)).astype(
        "float64"
    )
    return catalogue[[*COLUMNS, *extra]]


def _count_labels(labels: pd.Series) -> pd.Series:
    return (labels.str.count(",") + 1).where(labels != "", 0).astype("int64")
