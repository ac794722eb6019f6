"""The command evaluate."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import find_runs
from fsat_core.cli.output import print_result
from fsat_core.errors import DatasetError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from fsat_core.runs import Run


def add_commands(commands: Commands) -> None:
    """Add it."""
    evaluate = commands.add(
        "evaluate", _evaluate, "Score the predictions of one or more finished runs", runs=True
    )
    evaluate.add_argument(
        "--run", nargs="+", action="extend", required=True, dest="run_ids", metavar="RUN_ID"
    )
    evaluate.add_argument(
        "--truth", type=Path, metavar="CSV", help="labels of the test clips (default: the run's data set's)"
    )
    evaluate.add_argument(
        "--leave-one-out",
        choices=("geometric", "arithmetic", "ridge"),
        default="geometric",
        help="several runs: the combination in which each is left out in turn (default: geometric)",
    )


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.evaluation import read_truth
    from fsat_core.evaluation.report import describe, evaluate_runs

    runs = find_runs(settings, options.run_ids)
    truth = read_truth(options.truth) if options.truth else _known_truth(runs)
    report = evaluate_runs(runs, truth, options.leave_one_out)
    print_result(options, report, describe(report))
    return OK


def _known_truth(runs: "Sequence[Run]") -> "pd.DataFrame | None":
    """The labels in the test table of the runs' data set; None where there are none to be had."""
    from fsat_core.dataset import open_dataset
    from fsat_core.evaluation import read_truth

    predicted = all((run.path / "test.parquet").is_file() for run in runs)
    if not predicted or len({run.data_dir for run in runs}) > 1:
        return None
    try:
        truth = read_truth(open_dataset(runs[0].data_dir))
    except DatasetError:  # moved away since
        return None
    return truth if (truth["labels"] != "").any() else None
