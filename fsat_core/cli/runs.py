"""The commands runs, runs show, runs log, runs report and runs diff."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import find_runs
from fsat_core.cli.output import json_rows, print_result, write_file
from fsat_core.errors import ConfigError, FsatError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    from fsat_core.runs import Run


def add_commands(commands: Commands) -> None:
    """Add it."""
    listing = commands.add("runs", _runs, "List the runs", runs=True)
    listing.add_argument(
        "--csv", type=Path, metavar="FILE", help="write every run's configuration and scores to this file"
    )
    runs = Commands(listing, required=False)
    show = runs.add("show", _show, "One run: its state, configuration and learning curves", runs=True)
    show.add_argument("run_id")
    log = runs.add("log", _log, "The last lines of a run's log", runs=True)
    log.add_argument("run_id")
    log.add_argument("--lines", type=int, default=50, metavar="N", help="default: 50")
    report = runs.add("report", _report, "A run as one HTML file, which opens without a network", runs=True)
    report.add_argument("run_id")
    report.add_argument("file", type=Path)
    diff = runs.add("diff", _diff, "What differs between runs: configuration, scores, validation", runs=True)
    diff.add_argument("run_ids", nargs="+", metavar="RUN_ID")


def _runs(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.csv_cells import format_csv
    from fsat_core.runs import list_runs, runs_table

    runs = list_runs(settings.runs_dir)
    rows = [_summary(run) for run in runs]
    text = "\n".join(map(_line, rows)) or f"No runs in {settings.runs_dir}"
    if options.csv is not None:
        write_file(options.csv, format_csv(runs_table(runs)))
        text = f"{len(runs)} run(s) in {options.csv}"
    print_result(options, rows, text)
    return OK


def _summary(run: "Run") -> dict[str, Any]:
    """A run for the list; what cannot be read of it is its error, and hides no other run."""
    from fsat_core.runs import read_notes

    status, state = run.status, run.state
    value: dict[str, Any] = {
        "run_id": run.run_id,
        "state": state,
        "folds": 0,
        "num_folds": status.num_folds,
        "progress": round(status.progress, 3),
        "eta_s": status.eta_s,
        "oof": None,
        "tags": [],
        "note": "",
    }
    errors = [run.reason if state == "lost" else status.error, run.fault]
    for read in (
        lambda: {"folds": len(run.folds), "num_folds": run.config.n_folds},
        lambda: {"oof": run.scores},
        lambda: {"tags": list((notes := read_notes(run)).tags), "note": notes.note},
        lambda: {"data_dir": str(run.data_dir)},
    ):
        try:
            value |= read()
        except FsatError as error:
            errors.append(str(error))
    return value | {"error": " ".join(dict.fromkeys(filter(None, errors)))}


def _line(row: dict[str, Any]) -> str:
    parts = [row["run_id"], f"{row['state']:10} {row['folds']}/{row['num_folds']} folds"]
    if row["oof"]:
        parts.append(f"lwlrap {row['oof']['lwlrap']:.4f}")
    if row["tags"]:
        parts.append(f"[{', '.join(row['tags'])}]")
    if row["state"] in ("damaged", "lost"):
        parts.append(row["error"])
    return "  ".join(parts)


def _show(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.evaluation.curves import describe_learning
    from fsat_core.runs import find_run

    run = find_run(settings.runs_dir, options.run_id)
    metrics = run.metrics()
    value = _summary(run) | {
        "data_dir": str(run.data_dir),
        "classes": run.classes,
        "device": run.status.device,
        "warnings": run.status.warnings,
        "config": run.config.model_dump(mode="json"),
        "metrics": json_rows(metrics),
    }
    lines = [_line(value), *(f"  {name}: {setting}" for name, setting in value["config"].items())]
    lines += [] if metrics.empty else [describe_learning(metrics)]
    lines += [*value["warnings"], *filter(None, [value["note"], value["error"]])]
    print_result(options, value, "\n".join(lines))
    return OK


def _log(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import find_run

    if options.lines < 1:
        raise ConfigError(f"--lines {options.lines}: expected 1 or more. Correct the number.")
    text = find_run(settings.runs_dir, options.run_id).log_tail(options.lines)
    print_result(options, text.splitlines(), text or "Nothing yet")
    return OK


def _report(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.report import run_report
    from fsat_core.runs import find_run

    run = find_run(settings.runs_dir, options.run_id)
    write_file(options.file, run_report(run))
    print_result(
        options, {"run_id": run.run_id, "file": str(options.file)}, f"{run.run_id} in {options.file}"
    )
    return OK


def _diff(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.evaluation.curves import describe_validation
    from fsat_core.runs import differing_settings

    runs = find_runs(settings, options.run_ids)
    if len(runs) < 2:
        raise ConfigError(f"runs diff {runs[0].run_id}: expected two runs or more. Name another one.")
    values = {run.run_id: run.config.model_dump(mode="json") for run in runs}
    fields = differing_settings([run.config for run in runs])
    summaries = [_summary(run) for run in runs]
    value = {
        "runs": [{"run_id": row["run_id"], "oof": row["oof"]} for row in summaries],
        "config": {name: {run_id: config[name] for run_id, config in values.items()} for name in fields},
    }
    lines = [_line(row) for row in summaries]
    lines += [f"  {name}: {', '.join(str(config[name]) for config in values.values())}" for name in fields]
    lines += [] if fields else ["They have the same configuration."]
    metrics = {run.run_id: table for run in runs if not (table := run.metrics()).empty}
    lines += [describe_validation(metrics)] if metrics else []
    print_result(options, value, "\n".join(lines))
    return OK
