"""The command runs."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.output import print_result, write_text
from fsat_core.errors import FsatError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    from fsat_core.runs import Run


def add_commands(commands: Commands) -> None:
    """Add it."""
    listing = commands.add("runs", _runs, "List the runs", runs=True)
    listing.add_argument(
        "--csv", type=Path, metavar="FILE", help="write every run's configuration and scores to this file"
    )


def _runs(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import list_runs, runs_table

    runs = list_runs(settings.runs_dir)
    rows = [_summary(run) for run in runs]
    text = "\n".join(map(_line, rows)) or f"No runs in {settings.runs_dir}"
    if options.csv is not None:
        write_text(options.csv, runs_table(runs).to_csv(index=False))
        text = f"{len(runs)} run(s) in {options.csv}"
    print_result(options, rows, text)
    return OK


def _summary(run: "Run") -> dict[str, Any]:
    from fsat_core.runs import Notes, read_notes

    status, errors = run.status, []
    scores, notes = None, Notes()
    try:
        scores = run.scores
        notes = read_notes(run)
    except FsatError as error:  # a damaged file must not hide the other runs
        errors.append(str(error))
    return {
        "run_id": run.run_id,
        "state": run.state,
        "folds": len(run.folds),
        "num_folds": run.config.n_folds,
        "progress": round(status.progress, 3),
        "eta_s": status.eta_s,
        "oof": scores,
        "tags": list(notes.tags),
        "note": notes.note,
        "error": " ".join(filter(None, [status.error, *errors])),
    }


def _line(row: dict[str, Any]) -> str:
    parts = [row["run_id"], f"{row['state']:10} {row['folds']}/{row['num_folds']} folds"]
    if row["oof"]:
        parts.append(f"lwlrap {row['oof']['lwlrap']:.4f}")
    if row["tags"]:
        parts.append(f"[{', '.join(row['tags'])}]")
    return "  ".join(parts)
