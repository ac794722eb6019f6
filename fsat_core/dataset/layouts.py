"""The two folder layouts of FSDKaggle2019 (Kaggle's and Zenodo record 3612637's) and their tables."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from fsat_core.audio.types import is_sound_name
from fsat_core.dataset.clip_ids import fname_of, split_of
from fsat_core.dataset.label_text import split_labels
from fsat_core.errors import DatasetError
from fsat_core.files import read_content, source_name
from fsat_core.text import list_some

SPLITS = ("curated", "noisy", "test")
DEMO_MARKER = "DEMO"

_META = "FSDKaggle2019.meta"
_LAYOUTS = {
    "kaggle": {
        "curated": ("train_curated.csv", "train_curated"),
        "noisy": ("train_noisy.csv", "train_noisy"),
        "test": ("sample_submission.csv", "test"),
    },
    "zenodo": {
        "curated": (f"{_META}/train_curated_post_competition.csv", "FSDKaggle2019.audio_train_curated"),
        "noisy": (f"{_META}/train_noisy_post_competition.csv", "FSDKaggle2019.audio_train_noisy"),
        "test": (f"{_META}/test_post_competition.csv", "FSDKaggle2019.audio_test"),
    },
}


@dataclass(frozen=True)
class Part:
    """One split of a data set: its table and its audio folder. Either may be missing, not both."""

    split: str
    table: Path | None
    audio_dir: Path | None


@dataclass(frozen=True)
class Dataset:
    """Where a data set lies and which classes it has.

    `table` holds one row per clip with the columns `split, fname, labels` and any extra columns of the
    source tables; `labels` is class names joined by commas, "" where they are not known.
    """

    root: Path
    layout: str
    parts: tuple[Part, ...]
    classes: tuple[str, ...]
    table: pd.DataFrame
    is_demo: bool

    @property
    def name(self) -> str:
        """The name of the set in a sentence."""
        return "Demo set" if self.is_demo else self.root.name


def open_dataset(data_dir: Path) -> Dataset:
    """Find the layout of a data folder and read its tables; no audio is touched.

    Raises
    ------
    DatasetError
        If there is no such folder, no known layout in it, a table without the columns it needs, a file
        name that occurs twice, or a label that is not in the given class list.
    """
    if not data_dir.is_dir():
        raise DatasetError(
            f"No data folder at {data_dir}: expected a folder with train_curated.csv and train_curated/, "
            "or the unpacked Zenodo record. Check the path after --data or in FSAT_DATA_DIR."
        )
    layout, parts = _find_parts(data_dir)
    given_classes: tuple[str, ...] = ()
    tables = []
    for part in parts:
        table = _read_part(part)
        if layout == "kaggle" and part.split == "test" and part.table is not None:
            given_classes = tuple(
                column for column in table.columns if column not in ("fname", "labels", "split")
            )
            table = table[["split", "fname", "labels"]]
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    if table.empty:
        raise DatasetError(
            f"No clips in {data_dir}: its tables and audio folders are empty; expected at least one clip. "
            "Check that the archives were unpacked there."
        )
    table["labels"] = [",".join(split_labels(labels)) for labels in table["labels"].fillna("")]
    used = _used_classes(table)
    if given_classes:
        _check_labels(used, given_classes, data_dir / "sample_submission.csv")
    return Dataset(
        root=data_dir,
        layout=layout,
        parts=parts,
        classes=given_classes or tuple(sorted(used)),
        table=table,
        is_demo=(data_dir / DEMO_MARKER).is_file(),
    )


def clip_path(dataset: Dataset, clip_id: str) -> Path:
    """The audio file of a clip.

    Raises
    ------
    DatasetError
        If the split of `clip_id` is not part of the data set.
    """
    for part in dataset.parts:
        if part.split == split_of(clip_id) and part.audio_dir is not None:
            return part.audio_dir / fname_of(clip_id)
    raise DatasetError(
        f"No audio folder for clip '{clip_id}': expected a clip of {_or(p.split for p in dataset.parts)}. "
        "Check the name, or whether that part of the data set was unpacked."
    )


def _find_parts(data_dir: Path) -> tuple[str, tuple[Part, ...]]:
    for layout, places in _LAYOUTS.items():
        parts = []
        for split, (table_name, audio_name) in places.items():
            table, audio_dir = data_dir / table_name, data_dir / audio_name
            if table.is_file() or audio_dir.is_dir():
                parts.append(
                    Part(split, table if table.is_file() else None, audio_dir if audio_dir.is_dir() else None)
                )
        if parts:
            return layout, tuple(parts)
    raise DatasetError(
        f"No data set in {data_dir}: expected train_curated.csv and train_curated/ (Kaggle) or "
        f"{_META}/ and FSDKaggle2019.audio_train_curated/ (Zenodo). Point --data at the folder of these."
    )


def _read_part(part: Part) -> pd.DataFrame:
    if part.table is None:
        return _list_audio(part)
    table = read_table(part.table)
    if part.split != "test" and "labels" not in table:
        raise _missing_column(part.table.name, "labels", table)
    if "labels" not in table:
        table["labels"] = ""
    doubled = table["fname"][table["fname"].duplicated()]
    if len(doubled):
        raise DatasetError(
            f"{part.table.name}: {len(doubled)} file name(s) occur twice, the first is '{doubled.iloc[0]}'; "
            "expected one row per file. Remove the doubled rows."
        )
    unsafe = table["fname"][table["fname"].str.contains(r"[/\\]|^\.*$", regex=True)]
    if len(unsafe):
        raise DatasetError(
            f"{part.table.name}: '{unsafe.iloc[0]}' is not a plain file name; expected names such as "
            "'0006ae4e.wav' in the fname column. Mend that row."
        )
    table = table.drop(columns="split", errors="ignore")  # one of the file's own means something else
    table.insert(0, "split", part.split)
    return table


def read_table(source: Path | BinaryIO) -> pd.DataFrame:
    """A table of clips, every cell a string, from a file or an open one.

    Raises
    ------
    DatasetError
        If the file is missing, cannot be parsed as CSV or has no `fname` column.
    """
    name = source_name(source)
    try:
        content = io.BytesIO(read_content(source))
        table = pd.read_csv(content, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DatasetError(
            f"{name} cannot be read as CSV ({reason}): expected a header line with fname,labels. "
            "Check the file, or fetch it again."
        ) from error
    if not isinstance(table.index, pd.RangeIndex):  # pandas took the surplus cells for an index
        raise DatasetError(
            f"{name} has rows of more cells than its header: expected several labels in quotes, such as "
            '"Bark,Yell". Quote them, or name the further columns in the header.'
        )
    if "fname" not in table:
        raise _missing_column(name, "fname", table)
    return table


def _missing_column(name: str, column: str, table: pd.DataFrame) -> DatasetError:
    return DatasetError(
        f"{name} has no column '{column}' (its columns: {', '.join(map(str, table.columns[:6]))}): "
        "expected at least fname,labels. Add the column or its header line."
    )


def _list_audio(part: Part) -> pd.DataFrame:
    names = sorted(p.name for p in (part.audio_dir or Path()).iterdir() if is_sound_name(p.name))
    return pd.DataFrame({"split": part.split, "fname": names, "labels": ""}, dtype=str)


def _used_classes(table: pd.DataFrame) -> dict[str, str]:
    """Each class that occurs, with the first clip that has it."""
    used: dict[str, str] = {}
    distinct = table.drop_duplicates("labels")
    for split, fname, labels in zip(distinct["split"], distinct["fname"], distinct["labels"], strict=True):
        for name in split_labels(labels):
            used.setdefault(name, f"{split}/{fname}")
    return used


def _check_labels(used: dict[str, str], classes: tuple[str, ...], source: Path) -> None:
    unknown = sorted(set(used) - set(classes))
    if unknown:
        shown = list_some([f"'{name}' (first in {used[name]})" for name in unknown], 3)
        raise DatasetError(
            f"{len(unknown)} label(s) with no class: {shown}; expected the {len(classes)} classes in "
            f"the header of {source.name}. Correct the labels, or add the class to that header."
        )


def _or(names: Iterable[str]) -> str:
    return " or ".join(names)
