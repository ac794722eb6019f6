"""The command line: everything a page does, by name. Results go to standard output, progress to error."""

import io
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from fsat_core.cli import (
    bundle,
    clips,
    compare,
    decisions,
    delete,
    demo,
    diagnose,
    download,
    embed,
    evaluate,
    label_sets,
    labels,
    names,
    note,
    notify,
    predict,
    pretrained,
    queues,
    resume,
    runs,
    scan,
    similar,
    statistics,
    stop,
    submit,
    suspects,
    train,
    users,
    worker,
)
from fsat_core.cli.command import FAILURE, OK, WRONG_CALL, CommandParser, Commands, parse
from fsat_core.errors import FsatError
from fsat_core.settings import Settings


def main(arguments: Sequence[str] | None = None, *, prog: str = "fsat") -> int:
    """Run one command; its help calls the program `prog`.

    Returns
    -------
    int
        0; 2 for a wrong call or input, after one line that says what is wrong; 1 for a failure.
    """
    for stream in (sys.stdout, sys.stderr):
        _take_any_text(stream)
    try:
        options = parse(_parser(prog), arguments)
        settings = Settings.from_environment(options.data, options.runs)
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


def _take_any_text(stream: TextIO) -> None:
    """Let a stream escape what its encoding lacks, as an emoji in a pipe of Windows."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def _parser(prog: str) -> CommandParser:
    parser = CommandParser(prog=prog, description=__doc__)
    commands = Commands(parser)
    for module in (
        demo,
        download,
        scan,
        statistics,
        clips,
        train,
        worker,
        runs,
        stop,
        resume,
        note,
        delete,
        notify,
        predict,
        evaluate,
        compare,
        diagnose,
        submit,
        bundle,
        pretrained,
        embed,
        names,
        similar,
    ):
        module.add_commands(commands)
    by_people = commands.group("labels", "Labels by people", data=True, runs=True)
    for module in (labels, decisions, label_sets):
        module.add_commands(by_people)
    queues.add_commands(commands)
    suspects.add_commands(commands)
    users.add_commands(commands)
    return parser
