"""The true labels of test clips, and whether each counted for the public or the private leaderboard."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from fsat_core.dataset import Dataset, open_dataset, read_table, split_labels
from fsat_core.dataset.clip_ids import clip_id_of, fname_of
from fsat_core.dataset.file_names import match_names
from fsat_core.errors import DatasetError, RunError
from fsat_core.files import source_name
from fsat_core.runs.run import Run


def read_truth(
    source: Path | BinaryIO | Dataset,
    test_clips: Collection[str] = (),
    on_warning: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """True labels of test clips: columns `clip_id, labels, usage`.

    Parameters
    ----------
    source : Path, binary file or Dataset
        A CSV with the columns `fname, labels`, such as `test_post_competition.csv`, or a data set, which
        gives the labels in its own test table.
    test_clips : collection of str
        The ids that the clips have. A name that is written in another way than one of them, without `.wav` or
        with a capital, is taken for it where no other can be meant.
    on_warning : callable, optional
        Is told in one line, where that is needed, what was assumed to read the file.

    Returns
    -------
    pd.DataFrame
        `usage` is "Public", "Private", or "" where the table does not say; `labels` may be "".

    Raises
    ------
    DatasetError
        If the file cannot be read, lacks a column or names a clip twice.
    """
    if isinstance(source, Dataset):
        table, name = source.table[source.table["split"] == "test"], f"the test part of {source.root.name}"
    else:
        read, name = read_table(source), source_name(source)
        table = read.rows
        if read.warning and on_warning is not None:
            on_warning(read.warning)
    if "labels" not in table:
        raise DatasetError(
            f"{name} has no column 'labels' (its columns: {', '.join(map(str, table.columns[:6]))}): "
            "expected fname,labels. Add the column, or choose the table that has the answers."
        )
    clip_ids = clip_id_of("test", table["fname"])
    clip_ids = clip_ids.replace(match_names(clip_ids, test_clips).found)
    if clip_ids.duplicated().any():
        doubled = fname_of(clip_ids[clip_ids.duplicated()].iloc[0])
        raise DatasetError(
            f"{name}: '{doubled}' occurs twice; expected one row per file. Remove the doubled rows."
        )
    usage = table["usage"].fillna("") if "usage" in table else pd.Series("", index=table.index)
    truth = pd.DataFrame(
        {
            "clip_id": clip_ids,
            "labels": [",".join(split_labels(labels)) for labels in table["labels"]],
            "usage": usage.str.strip().str.capitalize(),
        }
    )
    return truth.reset_index(drop=True)


def known_truth(dataset: Dataset, labels: pd.DataFrame | None = None) -> pd.DataFrame | None:
    """The labels of the test clips of a data set, as from `read_truth`; None where none is known.

    Parameters
    ----------
    labels : pd.DataFrame, optional
        Columns `clip_id, labels`: other labels than those in the test table.
    """
    truth = read_truth(dataset)
    if labels is not None:
        now = truth["clip_id"].map(labels.set_index("clip_id")["labels"])
        truth["labels"] = now.fillna("").astype("str")
    return truth if (truth["labels"] != "").any() else None


def truth_of_runs(runs: Sequence[Run]) -> pd.DataFrame | None:
    """The labels of the test clips that runs predicted, from their data set; None where there are none."""
    if not all((run.path / "test.parquet").is_file() for run in runs):
        return None
    try:
        folders = {run.data_dir for run in runs}
        return known_truth(open_dataset(folders.pop())) if len(folders) == 1 else None
    except (DatasetError, RunError):  # moved away since, or not known any more
        return None
