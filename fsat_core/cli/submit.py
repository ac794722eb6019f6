"""The command submit."""

import argparse
from pathlib import Path

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import find_runs
from fsat_core.cli.output import print_result, warn
from fsat_core.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add it."""
    submit = commands.add(
        "submit", _submit, "Write a submission file from one or more finished runs", runs=True
    )
    submit.add_argument("--run", nargs="+", action="extend", required=True, dest="run_ids", metavar="RUN_ID")
    submit.add_argument("--out", type=Path, required=True, metavar="CSV")
    submit.add_argument("--data", type=Path, help="data folder (default: the first run's)")
    submit.add_argument(
        "--combine", choices=("geometric", "arithmetic", "weighted", "ridge"), default="geometric"
    )
    submit.add_argument(
        "--pretrained",
        action="store_true",
        help="with runs of pretrained networks, which the competition did not allow",
    )
    submit.add_argument("--top3", action="store_true", help="fname,label with the three likeliest classes")


def _submit(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.dataset import open_dataset
    from fsat_core.prediction import write_submission, write_top3

    runs = find_runs(settings, options.run_ids)
    dataset = open_dataset(options.data or runs[0].data_dir)
    write = write_top3 if options.top3 else write_submission
    report = write(options.out, runs, dataset, options.combine, options.pretrained)
    for warning in report.warnings:
        warn(warning)
    value = {"out": str(options.out), **vars(report)}
    print_result(options, value, f"{report.num_rows:,} rows in {options.out}")
    return OK
