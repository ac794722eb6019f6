"""The one writer of all sets that the scripts make: Kaggle layout, audio that is linked or new."""

import csv
import itertools
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.sets.clips import make_clips
from fsat_core.dataset import Dataset
from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES
from fsat_core.errors import DatasetError
from fsat_core.evaluation import read_truth

FOLDERS = {"curated": "train_curated", "noisy": "train_noisy", "test": "test"}
TRUTH = "test_truth.csv"


def write_set(
    root: Path,
    table: pd.DataFrame,
    audio: Iterable[Path | bytes],
    classes: Sequence[str] = FSDKAGGLE2019_CLASSES,
) -> None:
    """Write a set in the Kaggle layout, with the parts that `table` has rows of.

    Parameters
    ----------
    root : Path
        Made if it is missing.
    table : pd.DataFrame
        `split, fname, labels`. Where test clips have labels, these go to `test_truth.csv`.
    audio : iterable of Path or bytes
        For each row a file to link, or the content of a new one.
    classes : sequence of str
        The header of `sample_submission.csv`, which a set with test clips has.

    Raises
    ------
    DatasetError
        If a file to link does not exist.
    """
    folders = {split: root / FOLDERS[split] for split in table["split"].unique()}
    for folder in folders.values():
        folder.mkdir(parents=True)
    for split, fname, source in zip(table["split"], table["fname"], audio, strict=True):
        if isinstance(source, bytes):
            (folders[split] / fname).write_bytes(source)
        else:
            _link(source, folders[split] / fname)
    for split, rows in table.groupby("split", sort=False):
        if split == "test":
            _write_submission(root / "sample_submission.csv", rows["fname"], classes)
            if (rows["labels"] != "").any():
                rows[["fname", "labels"]].to_csv(root / TRUTH, index=False)
        else:
            rows[["fname", "labels"]].to_csv(root / f"{FOLDERS[str(split)]}.csv", index=False)


def write_curated(
    root: Path, num_clips: int, seconds: float | Sequence[float], num_classes: int = 80
) -> list[Path]:
    """Write a set of curated clips with one label and one tone each; returns the files, in its order."""
    table = rows_in_turn({"curated": num_clips}, FSDKAGGLE2019_CLASSES[:num_classes])
    write_set(root, table, make_clips(num_clips, seconds))
    return [root / FOLDERS["curated"] / fname for fname in table["fname"]]


def rows_in_turn(counts: Mapping[str, int], labels: Sequence[str] = FSDKAGGLE2019_CLASSES) -> pd.DataFrame:
    """`split, fname, labels` of `counts` clips of each split: the labels in turn, none for test clips."""
    split = np.repeat(list(counts), list(counts.values()))
    in_turn = list(itertools.islice(itertools.cycle(labels), len(split)))
    fname = [f"{number:06d}.wav" for number in range(len(split))]
    return pd.DataFrame({"split": split, "fname": fname, "labels": np.where(split == "test", "", in_turn)})


def labels_of_test(dataset: Dataset) -> pd.DataFrame:
    """`fname, labels` of the test clips, from `test_truth.csv` or the set's own table; "" where unknown."""
    test = dataset.table.loc[dataset.table["split"] == "test", ["fname", "labels"]].reset_index(drop=True)
    if (path := dataset.root / TRUTH).is_file():
        known = read_truth(path).set_index("clip_id")["labels"]
        test["labels"] = ("test/" + test["fname"]).map(known).fillna("")
    return test


def _write_submission(path: Path, fnames: Iterable[str], classes: Sequence[str]) -> None:
    zeros = [0] * len(classes)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["fname", *classes])
        writer.writerows([fname, *zeros] for fname in fnames)


def _link(path: Path, target: Path) -> None:
    """The same file under another name; a copy where the file system cannot link."""
    try:
        os.link(path.resolve() if path.is_symlink() else path, target)
    except OSError as error:
        if not path.is_file():
            raise DatasetError(
                f"{path} does not exist: expected the audio of every row. Mend the source set."
            ) from error
        shutil.copy2(path, target)  # another disk, or one without links
