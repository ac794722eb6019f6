"""The command predict."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import find_runs
from fsat_core.cli.output import print_result, show_progress, warn
from fsat_core.errors import AudioError, ConfigError, RunError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    from fsat_core.runs import Run


def add_commands(commands: Commands) -> None:
    """Add it."""
    predict = commands.add(
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


def _predict(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.prediction import predict_files

    if options.top < 0:
        raise ConfigError(f"--top {options.top}: expected 0 (all classes) or more.")
    runs = find_runs(settings, options.run_ids) if options.run_ids else _best_runs(settings)
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


def _best_runs(settings: Settings) -> "list[Run]":
    """The runs that the page Predict begins with, named on standard error."""
    from fsat_core.prediction.choice import best_runs, usable_runs
    from fsat_core.runs import list_runs

    runs = best_runs(usable_runs(list_runs(settings.runs_dir)), settings.data_dir)
    if not runs:
        raise RunError(
            f"No run in {settings.runs_dir} has a saved fold: expected at least one. Train a network, or "
            "name another folder with --runs."
        )
    warn(f"tagging with {', '.join(run.run_id for run in runs)}")
    return runs
