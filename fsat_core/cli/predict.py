"""The command predict."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import find_runs
from fsat_core.cli.output import print_result, show_progress, warn, write_file
from fsat_core.errors import AudioError, ConfigError, RunError
from fsat_core.settings import Settings
from fsat_core.text import readable

if TYPE_CHECKING:
    from fsat_core.prediction import ClipPrediction
    from fsat_core.prediction.archive import PackedClip
    from fsat_core.runs import Run


def add_commands(commands: Commands) -> None:
    """Add it."""
    predict = commands.add(
        "predict", _predict, "Tag audio files with the folds of one or more runs", data=True, runs=True
    )
    predict.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="sound files, and ZIPs of sound files"
    )
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
    predict.add_argument(
        "--combine",
        choices=("geometric", "arithmetic", "weighted"),
        help="mean over the networks (default: weighted, where several runs have finished on the same clips; "
        "else geometric)",
    )
    predict.add_argument("--top", type=int, default=3, help="classes to print (default: 3; 0 for all)")
    predict.add_argument("--csv", type=Path, metavar="FILE", help="write the probability of every class here")
    predict.add_argument(
        "--details", action="store_true", help="how far the networks differ, and what is when"
    )


def _predict(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.prediction import predict_files, predictions_csv
    from fsat_core.prediction.pretrained import leave_out_unheard

    if options.top < 0:
        raise ConfigError(f"--top {options.top}: expected 0 (all classes) or more.")
    runs = find_runs(settings, options.run_ids) if options.run_ids else _best_runs(settings)
    runs, left_out = leave_out_unheard(runs, settings.cache_dir)
    if left_out:
        warn(left_out)
    files, odd = _list_clips(options.files)
    folds = {run.run_id: options.folds for run in runs} if options.folds else None
    with show_progress("Tagging clips") as progress:
        answered = predict_files(files, runs, folds, options.combine, progress, cache_dir=settings.cache_dir)
    clips = [*answered, *odd]
    if options.csv is not None:
        write_file(options.csv, predictions_csv(clips))
    for clip in clips:
        if clip.warning:
            warn(f"{clip.name}: {clip.warning}")
        if clip.unheard:
            warn(f"{clip.name}: {clip.unheard}")
    answers = [_answer(clip, options.top or len(clip.labels), options.details) for clip in clips]
    print_result(options, answers, "\n".join(map(_say, answers)))
    if all(clip.error for clip in clips):
        raise AudioError(f"None of the {len(clips)} file(s) can be read. {clips[0].error}")
    return OK


def _list_clips(paths: list[Path]) -> "tuple[list[tuple[str, Path | PackedClip]], list[ClipPrediction]]":
    """The clips of files and ZIPs by their names, and the ZIPs that are none, each with its error."""
    from fsat_core.prediction import ClipPrediction
    from fsat_core.prediction.archive import is_archive, list_clips

    files: list[tuple[str, Path | PackedClip]] = []
    odd = []
    for path in paths:
        name = readable(str(path))
        if not is_archive(name):
            files.append((name, path))
            continue
        try:
            archive = list_clips(path, name)
        except AudioError as error:
            odd.append(ClipPrediction(name, [], [], error=str(error)))
            continue
        if archive.left_out:
            warn(archive.left_out)
        files += [(f"{name}/{clip.name}", clip) for clip in archive.clips]
    return files, odd


def _answer(clip: "ClipPrediction", num_labels: int, with_details: bool) -> dict[str, Any]:
    labels = [{"label": name, "probability": p} for name, p in clip.top(num_labels)]
    answer: dict[str, Any] = {"file": clip.name, "labels": labels, "error": clip.error or None}
    return answer | _details(clip, labels) if with_details and not clip.error else answer


def _details(clip: "ClipPrediction", labels: list[dict[str, Any]]) -> dict[str, Any]:
    """How far the networks differ on each of these labels, and what is heard when."""
    from fsat_core.prediction.clip_prediction import top_classes, window_edges

    spread = top_classes(clip, len(labels))
    edges = window_edges(clip).tolist()
    columns = {row["label"]: clip.labels.index(row["label"]) for row in labels}
    return {
        "labels": [
            row
            | {"low": float(spread.loc[row["label"], "low"]), "high": float(spread.loc[row["label"], "high"])}
            for row in labels
        ],
        "windows": [
            {
                "start_s": start,
                "stop_s": stop,
                "labels": [{"label": name, "probability": float(over[at])} for name, at in columns.items()],
            }
            for start, stop, over in zip(edges[:-1], edges[1:], clip.over_time, strict=True)
        ],
    }


def _say(answer: dict[str, Any]) -> str:
    if answer["error"]:
        path = answer["file"]
        return f"{path}: {answer['error'].removeprefix(f'{Path(path).name}: ')}"
    spread = " ({low:.3f} to {high:.3f})" if "windows" in answer else ""
    said = [f"{{label}} {{probability:.3f}}{spread}".format(**row) for row in answer["labels"]]
    lines = [f"{answer['file']}: {', '.join(said)}"]
    for window in answer.get("windows", []):
        heard = ", ".join("{label} {probability:.3f}".format(**row) for row in window["labels"])
        lines.append(f"  {window['start_s']:.2f} to {window['stop_s']:.2f} s: {heard}")
    return "\n".join(lines)


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
