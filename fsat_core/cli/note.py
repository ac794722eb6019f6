"""The command note."""

import argparse

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.output import print_result
from fsat_core.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add it."""
    note = commands.add("note", _note, "Show or change the note and the tags of a run", runs=True)
    note.add_argument("run_id")
    note.add_argument("--note", metavar="TEXT", help='replace the note; "" removes it')
    note.add_argument("--tag", action="append", default=[], metavar="T", help="add a tag")
    note.add_argument("--untag", action="append", default=[], metavar="T", help="take a tag away")


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
