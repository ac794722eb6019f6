"""The command line: everything a page does, by name. Results go to standard output, progress to error."""

import argparse
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fsat_core.errors import AudioError, ConfigError, DatasetError, FsatError
from fsat_core.settings import Settings

OK, FAILURE, WRONG_CALL = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int
        0; 2 for a wrong call or input, after one line that says what is wrong; 1 for a failure.
    """
    options = _parser().parse_args(arguments)
    settings = Settings.from_environment(getattr(options, "data", None), getattr(options, "runs", None))
    try:
        return options.command(options, settings)
    except FsatError as error:
        print(f"fsat_core: {error}", file=sys.stderr)
        return WRONG_CALL
    except KeyboardInterrupt:
        print("fsat_core: interrupted", file=sys.stderr)
        return FAILURE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader, such as `head`, has left
        return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fsat_core", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, command: Callable, summary: str, *, data: bool = False, runs: bool = False
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        sub.set_defaults(command=command)
        if data:
            sub.add_argument(
                "--data", type=Path, help="data folder (default: FSAT_DATA_DIR, else the demo set)"
            )
        if runs:
            sub.add_argument("--runs", type=Path, help="folder of runs (default: FSAT_RUNS_DIR, else ./runs)")
        sub.add_argument("--json", action="store_true", help="print one JSON value")
        return sub

    demo = add("demo", _demo, "Write the demo data set")
    demo.add_argument("out", type=Path)
    demo.add_argument("--seed", type=int, default=0)

    add("scan", _scan, "Read all headers of a data set and count its clips", data=True)

    train = add("train", _train, "Train a network in the foreground", data=True, runs=True)
    train.add_argument("--model", required=True)
    train.add_argument("--recipe", default="reference")
    train.add_argument("--task")
    train.add_argument("--folds", type=int)
    train.add_argument("--epochs", type=int)
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="any other setting")

    worker = add("worker", _worker, "Train a run that has been created (what the app starts)")
    worker.add_argument("run_dir", type=Path)

    add("runs", _runs, "List the runs", runs=True)
    stop = add("stop", _stop, "Ask a run to stop at its next batch", runs=True)
    stop.add_argument("run_id")
    resume = add("resume", _resume, "Go on with a lost, failed or cancelled run in the background", runs=True)
    resume.add_argument("run_id")

    predict = add("predict", _predict, "Tag audio files with the folds of one or more runs", runs=True)
    predict.add_argument("files", nargs="+", type=Path, metavar="FILE")
    predict.add_argument("--run", action="append", required=True, dest="run_ids", metavar="RUN_ID")
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
    return parser


def _demo(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.dataset import open_dataset, write_demo

    with _progress("Writing clips") as progress:
        write_demo(options.out, options.seed, progress)
    num_clips = len(open_dataset(options.out).table)
    _print(options, {"out": str(options.out), "num_clips": num_clips}, f"{num_clips} clips in {options.out}")
    return OK


def _scan(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.dataset import summarise

    summary = summarise(_catalogue(settings)[1])
    lines = [f"{summary['num_clips']:,} clips, {summary['num_errors']:,} unreadable"]
    for split, counts in summary["splits"].items():
        lines.append(
            f"  {split:8} {counts['num_clips']:7,} clips, {counts['num_label_strings']:,} label strings, "
            f"{counts['num_classes']} classes, {counts['num_single_label']:,} with one label"
        )
    _print(options, summary, "\n".join(lines))
    return OK


def _catalogue(settings: Settings):  # type: ignore[no-untyped-def]
    from fsat_core.dataset import open_dataset, scan, write_demo

    if settings.uses_demo:
        with _progress("Writing the demo set") as progress:
            write_demo(settings.demo_dir, progress=progress)
    dataset = open_dataset(settings.data_dir)
    with _progress("Reading headers") as progress:
        return dataset, scan(dataset, settings.cache_dir, progress)


def _train(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import create_run
    from fsat_core.training.config import TrainConfig
    from fsat_core.training.foreground import train_in_foreground

    named = {"task": options.task, "n_folds": options.folds, "max_epochs": options.epochs}
    overrides = {name: value for name, value in named.items() if value is not None} | _parse_settings(
        options.set
    )
    config = TrainConfig.from_recipe(options.model, options.recipe, **overrides)
    dataset, catalogue = _catalogue(settings)
    run = create_run(settings, dataset, catalogue, config)
    status = train_in_foreground(run, settings)
    if status.state != "finished":
        print(f"fsat_core: run {run.run_id} {status.state}. {status.error}".rstrip(), file=sys.stderr)
        return FAILURE
    seconds = round(status.finished_at - status.started_at, 1)
    result = {"run_id": run.run_id, "run_dir": str(run.path), "oof": run.scores, "seconds": seconds}
    scores = ", ".join(f"{name} {value:.4f}" for name, value in (run.scores or {}).items())
    text = f"{run.run_id}: out-of-fold {scores} in {seconds} s"
    _print(options, result, text)
    return OK


def _parse_settings(pairs: Sequence[str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"--set {pair}: expected KEY=VALUE, such as --set seed=1.")
        if key.strip() in ("model", "recipe"):
            raise ConfigError(f"--set {pair}: expected another setting. Use --{key.strip()} {value.strip()}.")
        values[key.strip()] = value.split(",") if key.strip() == "splits" else value.strip()
    return values


def _worker(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import find_run, stop
    from fsat_core.training.worker import run_worker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    path = options.run_dir.absolute()
    run = find_run(path.parent, path.name)
    signal.signal(signal.SIGTERM, lambda *_: stop(run))
    state = run_worker(run, settings).state
    _print(options, {"run_id": run.run_id, "state": state}, f"{run.run_id}: {state}")
    return OK if state == "finished" else FAILURE


def _runs(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import list_runs

    rows: list[dict[str, Any]] = []
    for run in list_runs(settings.runs_dir):
        status = run.status
        rows.append(
            {
                "run_id": run.run_id,
                "state": run.state,
                "folds": len(run.folds),
                "num_folds": run.config.n_folds,
                "progress": round(status.progress, 3),
                "eta_s": status.eta_s,
                "oof": run.scores,
                "error": status.error,
            }
        )
    lines = [
        f"{row['run_id']}  {row['state']:10} {row['folds']}/{row['num_folds']} folds"
        + (f"  lwlrap {row['oof']['lwlrap']:.4f}" if row["oof"] else "")
        for row in rows
    ]
    _print(options, rows, "\n".join(lines) or f"No runs in {settings.runs_dir}")
    return OK


def _stop(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import find_run, stop

    run = find_run(settings.runs_dir, options.run_id)
    active = run.is_active
    if active:
        stop(run)
    text = f"{run.run_id} will stop at its next batch" if active else f"{run.run_id} is {run.state} already"
    _print(options, {"run_id": run.run_id, "stopping": active}, text)
    return OK


def _resume(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import find_run, resume

    run = find_run(settings.runs_dir, options.run_id)
    resume(run, settings)
    _print(options, {"run_id": run.run_id, "state": run.state}, f"{run.run_id} goes on in the background")
    return OK


def _predict(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.ensemble import predict_files
    from fsat_core.runs import find_run

    if options.top < 0:
        raise ConfigError(f"--top {options.top}: expected 0 (all classes) or more.")
    runs = [find_run(settings.runs_dir, run_id) for run_id in options.run_ids]
    files = [(str(path), path) for path in options.files]
    folds = {run.run_id: options.folds for run in runs} if options.folds else None
    with _progress("Tagging clips") as progress:
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
    _print(options, answers, "\n".join(lines))
    if all(clip.error for clip in clips):
        raise AudioError(f"None of the {len(clips)} file(s) can be read. {clips[0].error}")
    return OK


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.evaluation import read_truth
    from fsat_core.evaluation.report import describe, evaluate_runs

    runs = _find_runs(options, settings)
    truth = read_truth(options.truth) if options.truth else _known_truth(runs)
    report = evaluate_runs(runs, truth)
    _print(options, report, describe(report))
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
    from fsat_core.ensemble import write_submission, write_top3

    runs = _find_runs(options, settings)
    dataset = open_dataset(options.data or runs[0].data_dir)
    write = write_top3 if options.top3 else write_submission
    report = write(options.out, runs, dataset, options.combine)
    for warning in report.warnings:
        print(f"fsat_core: {warning}", file=sys.stderr)
    value = {"out": str(options.out), **vars(report)}
    _print(options, value, f"{report.num_rows:,} rows in {options.out}")
    return OK


def _find_runs(options: argparse.Namespace, settings: Settings) -> list:
    """The runs named by --run, each once."""
    from fsat_core.runs import find_run

    return [find_run(settings.runs_dir, run_id) for run_id in dict.fromkeys(options.run_ids)]


def _print(options: argparse.Namespace, value: object, text: str) -> None:
    print(json.dumps(value, indent=2) if options.json else text)


@contextmanager
def _progress(text: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, fed by `progress(done, total)`; nothing where that is no terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
