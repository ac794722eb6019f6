"""The words of the command line: commands, groups of them, and the options that many share."""

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from fsat_core.errors import ConfigError
from fsat_core.settings import Settings

OK, FAILURE, WRONG_CALL = 0, 1, 2

Command = Callable[[argparse.Namespace, Settings], int]


class CommandParser(argparse.ArgumentParser):
    """Parses a command; a wrong call is one line, like every other error."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the call as a ConfigError."""
        raise ConfigError(f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.")


class Commands:
    """The commands of one level, under a parser.

    Parameters
    ----------
    parser : CommandParser
    required : bool
        Whether one of them has to be named.
    """

    def __init__(self, parser: CommandParser, required: bool = True) -> None:
        metavar = "COMMAND" if required else "[COMMAND]"
        self._parsers = parser.add_subparsers(required=required, metavar=metavar)

    def add(
        self, name: str, command: Command, summary: str, *, data: bool = False, runs: bool = False
    ) -> CommandParser:
        """Add a command; `data` and `runs` give it `--data` and `--runs`. Returns its parser."""
        parser = self._add_parser(name, summary, data, runs)
        parser.set_defaults(command=command)
        return parser

    def group(self, name: str, summary: str, *, data: bool = False, runs: bool = False) -> "Commands":
        """Add a word that others follow, and return these."""
        return Commands(self._add_parser(name, summary, data, runs))

    def _add_parser(self, name: str, summary: str, data: bool, runs: bool) -> CommandParser:
        parser: CommandParser = self._parsers.add_parser(name, help=summary, description=summary)
        parser.set_defaults(parser=parser)
        # Suppressed where they are not given, so that `labels --json export` means `labels export --json`.
        shared: dict[str, Any] = {"default": argparse.SUPPRESS}
        if data:
            parser.add_argument(
                "--data", type=Path, help="data folder (default: FSAT_DATA_DIR, else the demo set)", **shared
            )
        if runs:
            parser.add_argument(
                "--runs", type=Path, help="folder of runs (default: FSAT_RUNS_DIR, else ./runs)", **shared
            )
        parser.add_argument("--json", action="store_true", help="print one JSON value", **shared)
        return parser


def add_top(parser: CommandParser, shown: int, what: str) -> None:
    """Add `--top`, for `num_shown` to read."""
    text = f"{what} to list, 0 for all (default: {shown}; with --json all)"
    parser.add_argument("--top", type=int, metavar="N", help=text)


def num_shown(options: argparse.Namespace, shown: int) -> int | None:
    """How many rows to list by `--top`, `shown` by default; None for all."""
    top = (0 if options.json else shown) if options.top is None else options.top
    if top < 0:
        raise ConfigError(f"--top {top}: expected 0 (all) or more. Correct the number.")
    return top or None


def parse(parser: CommandParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """The parsed call; an unknown word is reported by the command that it was given to."""
    parser.set_defaults(parser=parser, data=None, runs=None, json=False)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        options.parser.error(f"unknown here: {' '.join(unknown)}")
    return options


def read_day(text: str) -> date:
    """The day that an option gives, for the parser of a command."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no day: expected one such as 2026-01-31") from error
