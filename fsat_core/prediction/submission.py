"""Competition files: the header and rows of `sample_submission.csv`, and the three likeliest names a clip."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from fsat_core.dataset import Dataset, read_table
from fsat_core.dataset.clip_ids import clip_id_of
from fsat_core.errors import DatasetError, RunError
from fsat_core.files import write_atomically
from fsat_core.prediction.together import Method, combine_runs
from fsat_core.runs.predictions import Predictions, load_oof
from fsat_core.runs.run import Run
from fsat_core.text import list_some

UNSEEN_VALUE = 0.0  # of a class that no run was trained on


@dataclass(frozen=True)
class SubmissionReport:
    """What was written: its number of rows, classes no run was trained on, and lines for the user."""

    num_rows: int
    missing_classes: list[str]
    warnings: list[str]


def write_submission(
    target: Path | BinaryIO,
    runs: Sequence[Run],
    dataset: Dataset,
    how: Method = "geometric",
    with_pretrained: bool = False,
) -> SubmissionReport:
    """Write a probability for every test clip and class, in the form that the competition asks for.

    Header and row order are those of `sample_submission.csv`; without one, `fname` and the classes of the
    set, and the rows of its test table. Classes that no run was trained on get `UNSEEN_VALUE`; test clips
    without a prediction get the share of each class among the clips of the first run. Both give a warning.
    A file at a path is replaced in one step, then read again and compared. The target may also be an open
    binary file.

    The competition allowed no pretrained networks: runs of such are left out unless `with_pretrained`, with
    a warning.

    Raises
    ------
    RunError
        If the runs have no test predictions, or none of this set; all are pretrained, and left out; or the
        file cannot be written.
    DatasetError
        If the set has no test part.
    """
    header, fnames = _template(dataset)
    table, report = _fill(runs, fnames, header, how, with_pretrained)
    text = table.to_csv(index=False, float_format="%.8g", lineterminator="\n")
    _write_checked(target, text, header, fnames)
    return report


def write_top3(
    target: Path | BinaryIO,
    runs: Sequence[Run],
    dataset: Dataset,
    how: Method = "geometric",
    with_pretrained: bool = False,
) -> SubmissionReport:
    """Write `fname,label` with the three likeliest classes of each test clip, split by spaces.

    Otherwise as `write_submission`; a class that no run was trained on is never among the three.
    """
    header, fnames = _template(dataset)
    table, report = _fill(runs, fnames, header, how, with_pretrained)
    names = [name for name in header if name not in ("fname", *report.missing_classes)]
    best = np.argsort(-table[names].to_numpy(), axis=1, kind="stable")[:, :3]
    labels = [" ".join(names[index] for index in row) for row in best]
    text = pd.DataFrame({"fname": fnames, "label": labels}).to_csv(index=False, lineterminator="\n")
    _write_checked(target, text, ["fname", "label"], fnames)
    return report


def _template(dataset: Dataset) -> tuple[list[str], list[str]]:
    """Header and `fname` column of the submission."""
    part = next((part for part in dataset.parts if part.split == "test"), None)
    if part is None:
        raise DatasetError(
            f"{dataset.root} has no test part: expected sample_submission.csv, test_post_competition.csv or "
            "a folder of test clips. Choose another data set, or fetch that part."
        )
    fnames = dataset.table.loc[dataset.table["split"] == "test", "fname"].tolist()
    if dataset.layout == "kaggle" and part.table is not None:
        return list(read_table(part.table).rows.columns), fnames
    return ["fname", *dataset.classes], fnames


def _fill(
    runs: Sequence[Run], fnames: list[str], header: list[str], how: Method, with_pretrained: bool
) -> tuple[pd.DataFrame, SubmissionReport]:
    left_out: list[str] = []
    if not with_pretrained:
        runs, left_out = _without_pretrained(runs)
    predictions = combine_runs(runs, how, part="test")
    names = [name for name in header if name != "fname"]
    rows = pd.DataFrame(
        predictions.widen(names, fill=UNSEEN_VALUE).probabilities, index=predictions.clip_ids, columns=names
    )
    wanted = [clip_id_of("test", fname) for fname in fnames]
    absent = [clip_id for clip_id in wanted if clip_id not in rows.index]
    if len(absent) == len(wanted):
        raise RunError(
            f"The runs have predictions for none of the {len(wanted)} test clips: expected runs on this data "
            "set. Choose the data set that they were trained on with --data."
        )
    rows = rows.reindex(wanted)
    if absent:
        rows.loc[absent] = _prior(runs[0], names)
    missing = [name for name in names if name not in predictions.classes]
    report = SubmissionReport(
        len(wanted), missing, [*left_out, *_warnings(predictions, names, missing, absent)]
    )
    rows.insert(header.index("fname"), "fname", fnames)
    return rows.reset_index(drop=True), report


def _without_pretrained(runs: Sequence[Run]) -> tuple[list[Run], list[str]]:
    """The runs that the competition would have allowed, and a line about the others."""
    allowed = [run for run in runs if not run.config.pretrained_on]
    names = [run.run_id for run in runs if run.config.pretrained_on]
    if not names:
        return allowed, []
    reason = f"{list_some(names)}: the competition allowed no pretrained networks"
    if not allowed:
        raise RunError(
            f"Nothing is left without {reason}, expected a run of another one. Add one, or take these in "
            "with --pretrained, or the tick box on Evaluate."
        )
    return allowed, [f"Without {reason}. --pretrained, or the tick box on Evaluate, takes them in."]


def _prior(run: Run, names: list[str]) -> np.ndarray:
    return load_oof(run).widen(names).truth.mean(axis=0)


def _warnings(predictions: Predictions, names: list[str], missing: list[str], absent: list[str]) -> list[str]:
    warnings = []
    if missing:
        warnings.append(
            f"{len(missing)} of {len(names)} classes were in no run's training clips; their value is "
            f"{UNSEEN_VALUE} in every row: {list_some(missing)}."
        )
    if absent:
        warnings.append(
            f"{len(absent)} test clips have no prediction (unreadable, or not in the runs); their rows hold "
            f"the share of each class among the training clips: {list_some(absent)}."
        )
    if surplus := [name for name in predictions.classes if name not in names]:
        warnings.append(
            f"{len(surplus)} classes of the runs are not in the submission and left out: "
            f"{list_some(surplus)}."
        )
    return warnings


def _write_checked(target: Path | BinaryIO, text: str, header: list[str], fnames: list[str]) -> None:
    """Write the text if it reads back as it should, and see that a file is on disk as written."""
    again = pd.read_csv(io.StringIO(text), dtype={"fname": str}, keep_default_na=False)
    numbers = again.select_dtypes("number").to_numpy()
    if list(again.columns) != header or again["fname"].tolist() != fnames or not np.isfinite(numbers).all():
        raise RunError(
            "The submission would not read back with the header and rows of the test table: expected plain "
            "class and file names, and finite predictions. Mend the table; nothing was written."
        )
    if not isinstance(target, Path):
        target.write(text.encode())
        return
    try:
        write_atomically(target, text)
        written = target.read_bytes()
    except OSError as error:
        raise RunError(
            f"{target} cannot be written ({error.strerror or error}): expected a file in a folder that can "
            "be written. Choose another place."
        ) from error
    if written != text.encode():
        raise RunError(f"{target} is not on disk as it was written: check the disk, and write it again.")
