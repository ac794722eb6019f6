"""The command evaluate."""

import argparse
from pathlib import Path

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import add_whose, find_runs, read_catalogue, read_labels
from fsat_core.cli.output import print_result, warn
from fsat_core.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add it."""
    evaluate = commands.add(
        "evaluate", _evaluate, "Score the predictions of one or more finished runs", data=True, runs=True
    )
    evaluate.add_argument(
        "--run", nargs="+", action="extend", required=True, dest="run_ids", metavar="RUN_ID"
    )
    evaluate.add_argument(
        "--truth", type=Path, metavar="CSV", help="labels of the test clips (default: the run's data set's)"
    )
    add_whose(evaluate, "that runs were trained on")
    evaluate.add_argument(
        "--leave-one-out",
        choices=("geometric", "arithmetic", "weighted", "ridge"),
        default="geometric",
        help="several runs: the combination in which each is left out in turn (default: geometric)",
    )


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.evaluation import read_truth
    from fsat_core.evaluation.report import describe, evaluate_runs
    from fsat_core.evaluation.truth import known_truth, truth_of_runs

    table = None
    runs = find_runs(settings, options.run_ids)
    if options.whose:
        dataset, catalogue = read_catalogue(settings)
        labels = read_labels(options, settings, catalogue)
        table = None if labels is None else labels.table
    if options.truth:
        test_clips = {clip_id for run in runs for clip_id in run.test_clips()}
        truth = read_truth(options.truth, test_clips, warn)
    elif options.whose:
        truth = known_truth(dataset, table)
    else:
        truth = truth_of_runs(runs)
    report = evaluate_runs(runs, truth, options.leave_one_out, table)
    print_result(options, report, describe(report))
    return OK
