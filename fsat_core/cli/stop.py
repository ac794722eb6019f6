"""The command stop."""

import argparse

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.output import print_result
from fsat_core.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add it."""
    stop = commands.add("stop", _stop, "Ask a run to stop at its next batch", runs=True)
    stop.add_argument("run_id")
    stop.add_argument("--now", action="store_true", help="end its processes, if it does not react")


def _stop(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import find_run, kill, stop

    run = find_run(settings.runs_dir, options.run_id)
    active = run.is_active
    if active:
        stop(run)
    if active and options.now:
        kill(run)
    done = "was ended" if options.now else "will stop at its next batch"
    text = f"{run.run_id} {done if active else f'is {run.state} already'}"
    print_result(options, {"run_id": run.run_id, "stopping": active}, text)
    return OK
