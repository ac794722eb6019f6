"""Folders that the scripts write: claimed with a marker, audio linked rather than copied, Kaggle layout."""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from fsat_core.dataset import Dataset, clip_path
from fsat_core.errors import DatasetError
from fsat_core.evaluation import read_truth
from fsat_core.files import write_json

MARKER = "made_by.json"


def claim_folder(
    out: Path, maker: str, source: Path | None = None, *, keep: bool = False, **arguments: Any
) -> None:
    """Make `out` a folder for `maker`, with a marker that says so and names the arguments.

    What the same script left there before is removed, unless `keep`. Nothing else is ever overwritten.

    Parameters
    ----------
    out : Path
        Its parents are made.
    maker : str
        Name of the script.
    source : Path, optional
        A data set that `out` must not hold.

    Raises
    ------
    DatasetError
        If `out` holds anything that this script did not make, or `source`.
    """
    if source is not None and out.resolve() in (source.resolve(), *source.resolve().parents):
        raise DatasetError(
            f"{out} holds the source set {source}: expected another folder. Choose another one."
        )
    if out.exists() and _maker_of(out) != maker and not (out.is_dir() and not any(out.iterdir())):
        raise DatasetError(
            f"{out} holds something else: expected a new folder, an empty one or one that {maker} made. "
            "Choose another folder."
        )
    if out.exists() and not keep:
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / MARKER, {"made_by": maker, **arguments})


def _maker_of(folder: Path) -> str | None:
    try:
        return json.loads((folder / MARKER).read_text()).get("made_by")
    except (OSError, ValueError, AttributeError):
        return None


def write_part(out: Path, split: str, table: pd.DataFrame, files: Iterable[Path]) -> None:
    """Write `train_<split>.csv` from `table` (`fname, labels`), and link each row's audio file.

    Parameters
    ----------
    files : iterable of Path
        The source of each row of `table`.
    """
    folder = out / f"train_{split}"
    folder.mkdir(exist_ok=True)
    for fname, path in zip(table["fname"], files, strict=True):
        link(path, folder / fname)
    table[["fname", "labels"]].to_csv(out / f"train_{split}.csv", index=False)


def write_test_tables(out: Path, truth: pd.DataFrame, classes: Iterable[str]) -> None:
    """Write `sample_submission.csv` with these classes, and `test_truth.csv`, from `truth` (`fname, labels`).

    Where no clip has a label there is no `test_truth.csv`.
    """
    submission = pd.DataFrame(0, index=truth.index, columns=list(classes))
    submission.insert(0, "fname", truth["fname"])
    submission.to_csv(out / "sample_submission.csv", index=False)
    if (truth["labels"] != "").any():
        truth[["fname", "labels"]].to_csv(out / "test_truth.csv", index=False)


def link_test_part(dataset: Dataset, out: Path) -> None:
    """The test clips of a set as they are, with its class list and the truth where it is known."""
    truth = labels_of_test(dataset)
    if truth.empty:
        return
    (out / "test").mkdir()
    for fname in truth["fname"]:
        link(clip_path(dataset, f"test/{fname}"), out / "test" / fname)
    write_test_tables(out, truth, dataset.classes)


def labels_of_test(dataset: Dataset) -> pd.DataFrame:
    """`fname, labels` of the test clips, from `test_truth.csv` or the set's own table; "" where unknown."""
    test = dataset.table.loc[dataset.table["split"] == "test", ["fname", "labels"]].reset_index(drop=True)
    if (path := dataset.root / "test_truth.csv").is_file():
        known = read_truth(path).set_index("clip_id")["labels"]
        test["labels"] = ("test/" + test["fname"]).map(known).fillna("")
    return test


def link(path: Path, target: Path) -> None:
    """The same file under another name; a copy where the file system cannot link.

    Raises
    ------
    DatasetError
        If there is no such file.
    """
    if not path.is_file():
        raise DatasetError(f"{path} does not exist: expected the audio of every row. Mend the source set.")
    try:
        os.link(path.resolve(), target)
    except OSError:  # another disk, or one without links
        shutil.copy2(path, target)
