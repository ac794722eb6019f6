"""The true labels of test clips, and whether each counted for the public or the private leaderboard."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from fsat_core.dataset import Dataset, open_dataset, read_table, split_labels
from fsat_core.dataset.clip_ids import clip_id_of
from fsat_core.errors import DatasetError
from fsat_core.files import source_name
from fsat_core.runs.run import Run


def read_truth(source: Path | BinaryIO | Dataset) -> pd.DataFrame:
    """True labels of test clips: columns `clip_id, labels, usage`.

    Parameters
    ----------
    source : Path, binary file or Dataset
        A CSV with the columns `fname, labels`, such as `test_post_competition.csv`, or a data set, which
        gives the labels in its own test table.

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
        table, name = read_table(source), source_name(source)
    if "labels" not in table:
        raise DatasetError(
            f"{name} has no column 'labels' (its columns: {', '.join(map(str, table.columns[:6]))}): "
            "expected fname,labels. Add the column, or choose the table that has the answers."
        )
    doubled = table["fname"][table["fname"].duplicated()]
    if len(doubled):
        raise DatasetError(
            f"{name}: '{doubled.iloc[0]}' occurs twice; expected one row per file. Remove the doubled rows."
        )
    usage = table["usage"].fillna("") if "usage" in table else pd.Series("", index=table.index)
    truth = pd.DataFrame(
        {
            "clip_id": clip_id_of("test", table["fname"]),
            "labels": [",".join(split_labels(labels)) for labels in table["labels"]],
            "usage": usage.str.strip().str.capitalize(),
        }
    )
    return truth.reset_index(drop=True)


def known_truth(dataset: Dataset) -> pd.DataFrame | None:
    """The labels in the test table of a data set, as from `read_truth`; None where it has none."""
    truth = read_truth(dataset)
    return truth if (truth["labels"] != "").any() else None


def truth_of_runs(runs: Sequence[Run]) -> pd.DataFrame | None:
    """The labels of the test clips that runs predicted, from their data set; None where there are none."""
    predicted = all((run.path / "test.parquet").is_file() for run in runs)
    if not predicted or len({run.data_dir for run in runs}) > 1:
        return None
    try:
        return known_truth(open_dataset(runs[0].data_dir))
    except DatasetError:  # moved away since
        return None
