"""The command resume."""

import argparse
from pathlib import Path

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.output import print_result
from fsat_core.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add it."""
    summary = "Go on with a lost, failed or cancelled run in the background"
    resume = commands.add("resume", _resume, summary, runs=True)
    resume.add_argument("run_id")
    resume.add_argument(
        "--data", type=Path, metavar="DIR", help="where the run's data set is now, if it has been moved"
    )


def _resume(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import check_data, find_run, point_to, resume

    run = find_run(settings.runs_dir, options.run_id)
    if options.data is not None:
        run = point_to(run, options.data)
    if options.data is not None and run.state == "finished":
        text = f"{run.run_id} has finished, and reads its clips from {run.data_dir} from now on"
    else:
        check_data(run)
        resume(run, settings)
        text = f"{run.run_id} goes on in the background"
    print_result(options, {"run_id": run.run_id, "state": run.state}, text)
    return OK
