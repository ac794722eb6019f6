"""Commands that manage runs: runs, stop, resume, note, delete."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, AddCommand, print_result
from fsat_core.errors import ConfigError, FsatError, RunError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    from fsat_core.runs import Run


def add_commands(add: AddCommand) -> None:
    """Add them to the parser."""
    listing = add("runs", _runs, "List the runs", runs=True)
    listing.add_argument(
        "--csv", type=Path, metavar="FILE", help="write every run's configuration and scores to this file"
    )

    add("stop", _stop, "Ask a run to stop at its next batch", runs=True).add_argument("run_id")

    resume = add("resume", _resume, "Go on with a lost, failed or cancelled run in the background", runs=True)
    resume.add_argument("run_id")

    note = add("note", _note, "Show or change the note and the tags of a run", runs=True)
    note.add_argument("run_id")
    note.add_argument("--note", metavar="TEXT", help='replace the note; "" removes it')
    note.add_argument("--tag", action="append", default=[], metavar="T", help="add a tag")
    note.add_argument("--untag", action="append", default=[], metavar="T", help="take a tag away")

    delete = add("delete", _delete, "Delete a run that has ended, with all its files", runs=True)
    delete.add_argument("run_id")
    delete.add_argument("--yes", action="store_true", help="really delete it")


def _runs(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import list_runs

    runs = list_runs(settings.runs_dir)
    rows = [_summary(run) for run in runs]
    text = "\n".join(map(_line, rows)) or f"No runs in {settings.runs_dir}"
    if options.csv is not None:
        _write_table(options.csv, runs)
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


def _write_table(path: Path, runs: "list[Run]") -> None:
    from fsat_core.files import write_atomically
    from fsat_core.runs import runs_table

    try:
        write_atomically(path, runs_table(runs).to_csv(index=False))
    except (OSError, ValueError) as error:  # ValueError: a path without a name, such as "."
        raise RunError(
            f"Cannot write '{path}' ({getattr(error, 'strerror', None) or error}): expected the name of a "
            "file in a folder that can be written. Choose another one."
        ) from error


def _stop(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import find_run, stop

    run = find_run(settings.runs_dir, options.run_id)
    active = run.is_active
    if active:
        stop(run)
    text = f"{run.run_id} will stop at its next batch" if active else f"{run.run_id} is {run.state} already"
    print_result(options, {"run_id": run.run_id, "stopping": active}, text)
    return OK


def _resume(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import find_run, resume

    run = find_run(settings.runs_dir, options.run_id)
    resume(run, settings)
    value = {"run_id": run.run_id, "state": run.state}
    print_result(options, value, f"{run.run_id} goes on in the background")
    return OK


def _note(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import find_run, read_notes, save_notes
    from fsat_core.runs.notes import clean_tags

    run = find_run(settings.runs_dir, options.run_id)
    notes = read_notes(run)
    if options.note is not None or options.tag or options.untag:
        gone = clean_tags(options.untag)
        tags = [tag for tag in (*notes.tags, *clean_tags(options.tag)) if tag not in gone]
        notes = save_notes(run, options.note, tags)
    value = {"run_id": run.run_id, "note": notes.note, "tags": list(notes.tags)}
    text = f"{run.run_id}  [{', '.join(notes.tags) or 'no tags'}]  {notes.note or 'no note'}"
    print_result(options, value, text)
    return OK


def _delete(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import delete_run, disk_size, find_run

    run = find_run(settings.runs_dir, options.run_id)
    num_bytes = disk_size(run)
    megabytes = f"{num_bytes / 1e6:,.1f} MB"
    if not options.yes:
        raise ConfigError(
            f"Deleting {run.run_id} ({megabytes}) needs --yes: its networks, predictions and curves would "
            "be gone for good. Nothing was deleted."
        )
    delete_run(run)
    value = {"run_id": run.run_id, "deleted": True, "num_bytes": num_bytes}
    print_result(options, value, f"{run.run_id} is deleted, {megabytes} freed")
    return OK
