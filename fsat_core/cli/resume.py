"""The command resume."""

import argparse

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.output import print_result
from fsat_core.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add it."""
    summary = "Go on with a lost, failed or cancelled run in the background"
    commands.add("resume", _resume, summary, runs=True).add_argument("run_id")


def _resume(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import find_run, resume

    run = find_run(settings.runs_dir, options.run_id)
    resume(run, settings)
    value = {"run_id": run.run_id, "state": run.state}
    print_result(options, value, f"{run.run_id} goes on in the background")
    return OK
