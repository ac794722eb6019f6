"""Data sets: the tables of a data folder, in whichever layout it has, and the files of their clips."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import pandas as pd

from fsat_core.audio.store.folder import FolderStore
from fsat_core.dataset.audio_folder import AudioFolder
from fsat_core.dataset.clip_ids import fname_of, leads_out, split_of
from fsat_core.dataset.file_names import is_hidden
from fsat_core.dataset.label_text import split_labels
from fsat_core.dataset.own_classes import GivenClasses, labels_of, read_classes
from fsat_core.dataset.parts import Part, find_layout
from fsat_core.dataset.tables import missing_column, read_table
from fsat_core.errors import DatasetError
from fsat_core.text import list_some, readable

SPLITS = ("curated", "noisy", "test")
DEMO_MARKER = "DEMO"

_SHOWN = re.compile(r"\\(x[89a-f][0-9a-f]|u00[01][0-9a-f])")  # how `readable` shows what is no text


@dataclass(frozen=True)
class Dataset:
    """Where a data set lies and which classes it has.

    `warnings` says what was assumed to read the tables, and what was left out, a line each.
    """

    root: Path
    layout: str
    parts: tuple[Part, ...]
    classes: tuple[str, ...]
    is_demo: bool
    warnings: tuple[str, ...] = ()
    read: pd.DataFrame | None = field(default=None, repr=False)  # its tables, as long as they are held

    @property
    def name(self) -> str:
        """The name of the set in a sentence."""
        return "Demo set" if self.is_demo else readable(self.root.name)

    @property
    def table(self) -> pd.DataFrame:
        """One row per clip: `split, fname, labels` and any extra columns of the source tables.

        `labels` is class names joined by commas, "" where they are not known. Tables that are not held are
        read each time.
        """
        return self.read if self.read is not None else open_dataset(self.root).table

    def without_table(self) -> "Dataset":
        """The same, which reads its tables again when somebody asks for them."""
        return replace(self, read=None)

    @cached_property
    def folders(self) -> dict[str, AudioFolder]:
        """The audio folder of each split that has one, which knows the files of its clips."""
        return {
            part.split: AudioFolder(
                part.audio, partial(self._names, part.split), part.class_dirs, part.not_clips
            )
            for part in self.parts
            if part.audio is not None
        }

    def _names(self, split: str) -> pd.Series:
        return self.table.loc[self.table["split"] == split, "fname"]


def open_dataset(data_dir: Path) -> Dataset:
    """Find the layout of a data folder and read its tables; no audio is touched.

    Clips at an address are listed only where no table names them.

    Raises
    ------
    DatasetError
        If there is no such folder, no known layout in it, a table without the columns it needs, a file
        name that occurs twice, or a label that is not in the given class list; if clips are at an address
        that has to be listed and cannot be.
    ConfigError
        If what should be an address is none.
    """
    try:
        layout = find_layout(data_dir)
    except OSError as error:  # a folder that one may not look into, or a path that is too long
        raise DatasetError(
            f"{data_dir} cannot be read ({error.strerror or error}): expected a data folder. Mend its "
            "permissions, or check the path after --data or in FSAT_DATA_DIR."
        ) from error
    tables, warnings = [], [*layout.warnings]
    given: GivenClasses | None = None
    if layout.is_own:
        given, said = read_classes(data_dir)
        warnings += said
    for part in layout.parts:
        table, said = _read_part(part)
        warnings += said
        if layout.name == "kaggle" and part.split == "test" and part.table is not None:
            names = [column for column in table.columns if column not in ("fname", "labels", "split")]
            given = GivenClasses(tuple(names), "the header of sample_submission.csv")
            table = table[["split", "fname", "labels"]]
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    if table.empty:
        raise DatasetError(
            f"No clips in {data_dir}: expected at least one clip in its tables or audio folders. "
            f"{' '.join(warnings) or 'Check that the archives were unpacked there.'}"
        )
    table["labels"] = _tidied(table["labels"].fillna(""))
    used = _used_classes(table)
    if given:
        _check_labels(used, given)
    return Dataset(
        root=data_dir,
        layout=layout.name,
        parts=layout.parts,
        classes=given.names if given else tuple(sorted(used)),
        read=table,
        is_demo=(data_dir / DEMO_MARKER).is_file(),
        warnings=tuple(warnings),
    )


def clip_path(dataset: Dataset, clip_id: str) -> Path:
    """The audio file of a clip; where there is none, the place in which it is expected.

    A clip at an address is copied to this machine when the path is opened, see `RemoteClip`.

    Raises
    ------
    DatasetError
        If the split of `clip_id` is not part of the data set, or its name leads out of the folder.
    """
    if leads_out(fname_of(clip_id)):
        raise DatasetError(
            f"Clip '{clip_id}' leads out of the folder of its split: expected the name of a file in it. "
            "Correct the table."
        )
    if split_of(clip_id) in dataset.folders:
        return dataset.folders[split_of(clip_id)].path(fname_of(clip_id))
    raise DatasetError(
        f"No audio folder for clip '{clip_id}': expected a clip of {_or(p.split for p in dataset.parts)}. "
        "Check the name, or whether that part of the data set was unpacked."
    )


def _read_part(part: Part) -> tuple[pd.DataFrame, list[str]]:
    """The clips of a part with their columns, and what is to be said about them."""
    if part.table is None:
        return _list_audio(part)
    read = read_table(part.table)
    table, name = read.rows, part.table.name
    if part.split != "test" and "labels" not in table:
        raise missing_column(name, "labels", list(table.columns))
    if "labels" not in table:
        table["labels"] = ""
    fnames = table["fname"].to_numpy(dtype=object).tolist()
    _check_file_names(name, table["fname"], fnames)
    warnings = [read.warning] if read.warning else []
    if hidden := [fname for fname in fnames if is_hidden(fname)]:
        warnings.append(f"{name}: left out {list_some(hidden, 3)}, which a file manager made; no clips.")
        table = table[~table["fname"].isin(hidden)]
    table = table.drop(columns="split", errors="ignore")  # one of the file's own means something else
    table.insert(0, "split", part.split)
    return table, warnings


def _check_file_names(table: str, fnames: pd.Series, names: list[str]) -> None:
    doubled = fnames[fnames.duplicated()]
    if len(doubled):
        raise DatasetError(
            f"{table}: {len(doubled)} file name(s) occur twice, the first is '{doubled.iloc[0]}' in line "
            f"{doubled.index[0]}; expected one row per file. Remove the doubled rows."
        )
    unsafe = next((row for row, name in enumerate(names) if not _is_plain(name)), None)
    if unsafe is not None:
        raise DatasetError(
            f"{table}: '{names[unsafe]}' is not a plain file name; expected names such as '0006ae4e.wav' in "
            f"the fname column. Mend line {fnames.index[unsafe]}."
        )


def _is_plain(name: str) -> bool:
    """Whether a name is no path, and more than dots."""
    has_backslash = "\\" in name and _SHOWN.sub("", name).count("\\") > 0
    return name.strip(".") != "" and "/" not in name and not has_backslash


def _tidied(labels: pd.Series) -> pd.Series:
    """Labels without blanks and surplus commas. There are few different ones, so only those are looked at."""
    forms = {text: ",".join(split_labels(text)) for text in labels.unique()}
    return labels.map(forms).astype("str")


def _list_audio(part: Part) -> tuple[pd.DataFrame, list[str]]:
    folder = AudioFolder(part.audio or FolderStore(Path()), tuple, part.class_dirs, part.not_clips)
    fnames = folder.list_clips()
    labels = labels_of(fnames) if part.class_dirs else ""
    rows = pd.DataFrame({"split": part.split, "fname": fnames, "labels": labels}, dtype=str)
    left_out = folder.describe_others()
    return rows, [left_out] if left_out else []


def _used_classes(table: pd.DataFrame) -> dict[str, str]:
    """Each class that occurs, with the first clip that has it."""
    used: dict[str, str] = {}
    distinct = table.drop_duplicates("labels")
    for split, fname, labels in zip(distinct["split"], distinct["fname"], distinct["labels"], strict=True):
        for name in split_labels(labels):
            used.setdefault(name, f"{split}/{fname}")
    return used


def _check_labels(used: dict[str, str], given: GivenClasses) -> None:
    unknown = sorted(set(used) - set(given.names))
    if unknown:
        shown = list_some([f"'{name}' (first in {used[name]})" for name in unknown], 3)
        raise DatasetError(
            f"{len(unknown)} label(s) with no class: {shown}; expected the {len(given.names)} classes in "
            f"{given.source}. Correct the labels, or add the class there."
        )


def _or(names: Iterable[str]) -> str:
    return " or ".join(names)
