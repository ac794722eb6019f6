"""What all commands share: exit status, how one is added, and how it prints."""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from fsat_core.settings import Settings

OK, FAILURE, WRONG_CALL = 0, 1, 2

Command = Callable[[argparse.Namespace, Settings], int]


class AddCommand(Protocol):
    """Adds a command to the parser; `data` and `runs` give it `--data` and `--runs`."""

    def __call__(
        self, name: str, command: Command, summary: str, *, data: bool = False, runs: bool = False
    ) -> argparse.ArgumentParser: ...


def print_result(options: argparse.Namespace, value: object, text: str) -> None:
    """Print the value as JSON with `--json`, else the text."""
    print(json.dumps(value, indent=2) if options.json else text)


@contextmanager
def show_progress(text: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, fed by `progress(done, total)`; nothing where that is no terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
