"""How many planted wrong labels stand among the most suspect clips?

With k wrong labels among the n clips that a run has predicted out of fold, the k most suspect ones are looked
at, in the order of `python -m fsat_core suspects`. Recall is the share of the wrong labels among them; in
random order it is k / n on average. The run must have been trained on the wrong labels.

Which labels are wrong is in `--truth`: a table with `fname, labels, true_labels`, as `swap_labels` writes it
(`swapped.csv`), or one with `split, fname, kind`, as the demo set has it (`demo_truth.csv`).
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.common import format_table, run_script, script_parser
from fsat_core.dataset import read_table
from fsat_core.errors import ConfigError, DatasetError
from fsat_core.evaluation.label_quality import rank
from fsat_core.runs import Run, find_run

NAME = "studies.suspicion"
TRUTHS = ("swapped.csv", "demo_truth.csv")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("--run", nargs="+", action="extend", required=True, type=Path, metavar="RUN_DIR")
    parser.add_argument("--truth", type=Path, metavar="CSV", help=f"default: {' or '.join(TRUTHS)} in SET")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    options = parser.parse_args(arguments)

    def work() -> None:
        wrong = read_wrong(options.truth or _find_truth(options.set))
        runs = [find_run(path.absolute().parent, path.name) for path in options.run]
        rows = [measure(run, wrong) for run in runs]
        print(json.dumps(rows, indent=2) if options.json else describe(rows))

    return run_script(NAME, work)


def read_wrong(path: Path) -> pd.Series:
    """The clips with wrong labels: `clip_id` where the table has the split, else the file name alone.

    Raises
    ------
    DatasetError
        If the table cannot be read or does not say which labels are wrong.
    """
    table = read_table(path).rows
    if "true_labels" in table:
        return table.loc[table["labels"] != table["true_labels"], "fname"]
    if {"split", "kind"} <= set(table):
        wrong = table[table["kind"] == "wrong"]
        return wrong["split"] + "/" + wrong["fname"]
    raise DatasetError(
        f"{path.name} does not say which labels are wrong: expected fname,labels,true_labels or "
        "split,fname,kind. Choose the table of planted errors."
    )


def measure(run: Run, wrong: pd.Series) -> dict[str, Any]:
    """Recall of one run: `run_id, num_clips, num_wrong, found, recall, random, times_random`.

    Raises
    ------
    ConfigError
        If none of the run's clips is wrong.
    """
    clip_ids = rank(run)["clip_id"]
    is_wrong = clip_ids.isin(wrong) | clip_ids.str.partition("/")[2].isin(wrong)
    num_wrong = int(is_wrong.sum())
    if not num_wrong:
        raise ConfigError(
            f"None of the {len(clip_ids)} clips of {run.run_id} is among the {len(wrong)} with wrong labels: "
            "expected a run that was trained on these. Choose another run or --truth."
        )
    found, random = int(is_wrong.head(num_wrong).sum()), num_wrong / len(clip_ids)
    return {
        "run_id": run.run_id,
        "num_clips": len(clip_ids),
        "num_wrong": num_wrong,
        "found": found,
        "recall": found / num_wrong,
        "random": random,
        "times_random": found / num_wrong / random,
    }


def describe(rows: Sequence[dict[str, Any]]) -> str:
    """A table for people, one row per run."""
    return format_table(
        ("run", "clips", "wrong labels", "found in as many", "recall", "in random order", "times random"),
        [tuple(row.values()) for row in rows],
    )


def _find_truth(folder: Path) -> Path:
    for name in TRUTHS:
        if (folder / name).is_file():
            return folder / name
    raise DatasetError(
        f"{folder} has neither {' nor '.join(TRUTHS)}: expected a set with planted errors. Give --truth."
    )


if __name__ == "__main__":
    sys.exit(main())
