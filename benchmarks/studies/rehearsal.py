"""From a data folder to submission files, through the commands: does it hold at full size, what does it cost?

Scans SET twice (the second time from its cache), trains a dummy on all labels (5 folds, one epoch, recipe
`quick`), on curated clips and then on noisy ones too, and writes both submissions. Each command
is a process of its own; its time and the most memory that it held at once are printed. Then both files are
checked: header and row order of `sample_submission.csv`, a number in every cell. Caches start out empty, so
that the figures include building them. What a network learns is no part of this.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.common import FAILURE, OK, Measured, format_table, run_command, run_script, script_parser
from benchmarks.sets.folders import claim_folder

NAME = "studies.rehearsal"
TRAIN = ("train", "--task", "multi", "--folds", 5, "--epochs", 1, "--recipe", "quick")
SPLITS = ("curated", "curated,noisy")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where a submission is not as it should be."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("--model", default="wave_dummy", help="default: wave_dummy")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep runs, caches and submissions here")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    options = parser.parse_args(arguments)

    def work() -> int:
        with tempfile.TemporaryDirectory() as scratch:
            folder = options.work or Path(scratch)
            claim_folder(folder, NAME, options.set)
            report = rehearse(options.set.absolute(), folder.absolute(), options.model)
        print(json.dumps(report, indent=2) if options.json else describe(report))
        return FAILURE if any(file["faults"] for file in report["submissions"]) else OK

    return run_script(NAME, work)


def rehearse(data_dir: Path, work_dir: Path, model: str = "wave_dummy") -> dict[str, Any]:
    """Run all steps.

    Returns
    -------
    dict
        `scan`: what the command says of the set; `steps`: rows of `step, seconds, peak_mb`; `submissions`:
        per file `splits, num_rows, num_columns, faults` (lines, none where all is well).

    Raises
    ------
    RunError
        If a command fails.
    """
    steps: list[dict[str, Any]] = []

    def step(name: str, *words: object) -> Measured:
        done = run_command(words, {"FSAT_CACHE_DIR": work_dir / "cache"})
        steps.append({"step": name, "seconds": round(done.seconds, 1), "peak_mb": round(done.peak_mb)})
        return done

    scanned = step("scan", "scan", "--data", data_dir).value
    step("scan, cached", "scan", "--data", data_dir)
    submissions = []
    runs = work_dir / "runs"
    for splits in SPLITS if "noisy" in scanned["splits"] else SPLITS[:1]:
        words = [*TRAIN, "--model", model, "--set", f"splits={splits}", "--data", data_dir, "--runs", runs]
        trained = step(f"train, {splits}", *words)
        path = work_dir / f"submission-{splits.replace(',', '-')}.csv"
        step(f"submit, {splits}", "submit", "--run", trained.value["run_id"], "--runs", runs, "--out", path)
        submissions.append({"splits": splits, **check_submission(path, data_dir / "sample_submission.csv")})
    return {"scan": scanned, "steps": steps, "submissions": submissions}


def check_submission(path: Path, sample: Path) -> dict[str, Any]:
    """`num_rows`, `num_columns` (classes) and `faults` of a submission beside `sample_submission.csv`."""
    expected = pd.read_csv(sample, dtype={"fname": str})
    found = pd.read_csv(path, dtype={"fname": str})
    faults = []
    if list(found.columns) != list(expected.columns):
        faults.append("the header is not that of sample_submission.csv")
    if found["fname"].tolist() != expected["fname"].tolist():
        faults.append("the rows are not those of sample_submission.csv, in their order")
    values = found.drop(columns="fname").apply(pd.to_numeric, errors="coerce").to_numpy()
    if not np.isfinite(values).all():
        faults.append("some cells hold no number")
    return {"num_rows": len(found), "num_columns": values.shape[1], "faults": faults}


def describe(report: dict[str, Any]) -> str:
    """The same for people: two tables."""
    steps = format_table(
        ("step", "seconds", "peak memory (MB)"),
        [(row["step"], f"{row['seconds']:,.1f}", f"{row['peak_mb']:,}") for row in report["steps"]],
    )
    files = format_table(
        ("submission", "rows", "classes", "check"),
        [
            (
                file["splits"],
                f"{file['num_rows']:,}",
                file["num_columns"],
                "; ".join(file["faults"]) or "as it should be",
            )
            for file in report["submissions"]
        ],
    )
    return f"{report['scan']['num_clips']:,} clips\n\n{steps}\n\n{files}"


if __name__ == "__main__":
    sys.exit(main())
