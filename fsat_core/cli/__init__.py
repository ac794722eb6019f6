"""The command line: everything a page does, by name. Results go to standard output, progress to error."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from fsat_core.cli import dataset, labels, manage, prediction, training
from fsat_core.cli.command import FAILURE, OK, WRONG_CALL, Command
from fsat_core.errors import FsatError
from fsat_core.settings import Settings


def main(arguments: Sequence[str] | None = None, *, prog: str = "fsat") -> int:
    """Run one command; its help calls the program `prog`.

    Returns
    -------
    int
        0; 2 for a wrong call or input, after one line that says what is wrong; 1 for a failure.
    """
    options = _parser(prog).parse_args(arguments)
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


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, command: Command, summary: str, *, data: bool = False, runs: bool = False
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

    for topic in (dataset, training, manage, prediction, labels):
        topic.add_commands(add)
    return parser
