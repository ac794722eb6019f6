"""Commands that use trained runs: predict, evaluate, submit."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fsat_core.cli.command import OK, AddCommand, print_result, show_progress
from fsat_core.errors import AudioError, ConfigError, DatasetError, RunError
from fsat_core.settings import Settings


def add_commands(add: AddCommand) -> None:
    """Add them to the parser."""
    predict = add(
        "predict", _predict, "Tag audio files with the folds of one or more runs", data=True, runs=True
    )
    predict.add_argument("files", nargs="+", type=Path, metavar="FILE")
    predict.add_argument(
        "--run",
        action="append",
        dest="run_ids",
        metavar="RUN_ID",
        help="default: the best run of each network on the data set in use",
    )
    predict.add_argument(
        "--fold", action="append", type=int, dest="folds", metavar="K", help="use these folds only"
    )
    predict.add_argument("--combine", choices=("geometric", "arithmetic"), default="geometric")
    predict.add_argument("--top", type=int, default=3, help="classes to print (default: 3; 0 for all)")

    evaluate = add("evaluate", _evaluate, "Score the predictions of one or more finished runs", runs=True)
    evaluate.add_argument(
        "--run", nargs="+", action="extend", required=True, dest="run_ids", metavar="RUN_ID"
    )
    evaluate.add_argument(
        "--truth", type=Path, metavar="CSV", help="labels of the test clips (default: the run's data set's)"
    )

    submit = add("submit", _submit, "Write a submission file from one or more finished runs", runs=True)
    submit.add_argument("--run", nargs="+", action="extend", required=True, dest="run_ids", metavar="RUN_ID")
    submit.add_argument("--out", type=Path, required=True, metavar="CSV")
    submit.add_argument("--data", type=Path, help="data folder (default: the first run's)")
    submit.add_argument("--combine", choices=("geometric", "arithmetic", "ridge"), default="geometric")
    submit.add_argument("--top3", action="store_true", help="fname,label with the three likeliest classes")


def _predict(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.prediction import predict_files

    if options.top < 0:
        raise ConfigError(f"--top {options.top}: expected 0 (all classes) or more.")
    runs = _find_runs(options, settings) if options.run_ids else _best_runs(settings)
    files = [(str(path), path) for path in options.files]
    folds = {run.run_id: options.folds for run in runs} if options.folds else None
    with show_progress("Tagging clips") as progress:
        clips = predict_files(files, runs, folds, options.combine, progress)
    best = [clip.top(options.top or len(clip.labels)) for clip in clips]
    answers = [
        {
            "file": clip.name,
            "labels": [{"label": name, "probability": p} for name, p in top],
            "error": clip.error or None,
        }
        for clip, top in zip(clips, best, strict=True)
    ]
    lines = [
        clip.name + ": " + (clip.error or ", ".join(f"{name} {p:.3f}" for name, p in top))
        for clip, top in zip(clips, best, strict=True)
    ]
    print_result(options, answers, "\n".join(lines))
    if all(clip.error for clip in clips):
        raise AudioError(f"None of the {len(clips)} file(s) can be read. {clips[0].error}")
    return OK


def _best_runs(settings: Settings) -> list:
    """The runs that the page Predict begins with, named on standard error."""
    from fsat_core.prediction.choice import best_runs, usable_runs
    from fsat_core.runs import list_runs

    runs = best_runs(usable_runs(list_runs(settings.runs_dir)), settings.data_dir)
    if not runs:
        raise RunError(
            f"No run in {settings.runs_dir} has a saved fold: expected at least one. Train a network, or "
            "name another folder with --runs."
        )
    print(f"fsat_core: tagging with {', '.join(run.run_id for run in runs)}", file=sys.stderr)
    return runs


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.evaluation import read_truth
    from fsat_core.evaluation.report import describe, evaluate_runs

    runs = _find_runs(options, settings)
    truth = read_truth(options.truth) if options.truth else _known_truth(runs)
    report = evaluate_runs(runs, truth)
    print_result(options, report, describe(report))
    return OK


def _known_truth(runs: Sequence[Any]) -> Any:
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


def _submit(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.dataset import open_dataset
    from fsat_core.prediction import write_submission, write_top3

    runs = _find_runs(options, settings)
    dataset = open_dataset(options.data or runs[0].data_dir)
    write = write_top3 if options.top3 else write_submission
    report = write(options.out, runs, dataset, options.combine)
    for warning in report.warnings:
        print(f"fsat_core: {warning}", file=sys.stderr)
    value = {"out": str(options.out), **vars(report)}
    print_result(options, value, f"{report.num_rows:,} rows in {options.out}")
    return OK


def _find_runs(options: argparse.Namespace, settings: Settings) -> list:
    """The runs named by --run, each once."""
    from fsat_core.runs import find_run

    return [find_run(settings.runs_dir, run_id) for run_id in dict.fromkeys(options.run_ids)]
