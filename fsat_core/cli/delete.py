"""The command delete."""

import argparse

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.output import print_result
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings
from fsat_core.text import size_text


def add_commands(commands: Commands) -> None:
    """Add it."""
    delete = commands.add("delete", _delete, "Delete a run that has ended, with all its files", runs=True)
    delete.add_argument("run_id")
    delete.add_argument("--yes", action="store_true", help="really delete it")


def _delete(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import delete_run, disk_size, find_run

    run = find_run(settings.runs_dir, options.run_id)
    num_bytes = disk_size(run)
    size = size_text(num_bytes)
    if not options.yes:
        raise ConfigError(
            f"Deleting {run.run_id} ({size}) needs --yes: its networks, predictions and curves would "
            "be gone for good. Nothing was deleted."
        )
    delete_run(run)
    value = {"run_id": run.run_id, "deleted": True, "num_bytes": num_bytes}
    print_result(options, value, f"{run.run_id} is deleted, {size} freed")
    return OK
