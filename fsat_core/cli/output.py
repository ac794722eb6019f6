"""How commands print: one JSON value or a text on standard output, progress on standard error."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsat_core.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd


def print_result(options: argparse.Namespace, value: object, text: str) -> None:
    """Print the value as JSON with `--json`, else the text."""
    print(json.dumps(value, indent=2) if options.json else text)


def warn(message: str) -> None:
    """Print a line on standard error."""
    print(f"fsat_core: {message}", file=sys.stderr)


def json_rows(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of a table as JSON can hold them: None for NaN, times in ISO 8601."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    ConfigError
        If it cannot be written.
    """
    from fsat_core.files import write_atomically

    try:
        write_atomically(path, content)
    except (OSError, ValueError) as error:  # ValueError: a path without a name, such as "."
        raise ConfigError(
            f"Cannot write '{path}' ({getattr(error, 'strerror', None) or error}): expected the name of a "
            "file in a folder that can be written. Choose another one."
        ) from error


@contextmanager
def show_progress(text: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, fed by `progress(done, total)`; nothing if that is no terminal."""
    with show_steps() as progress:
        yield partial(progress, text)


@contextmanager
def show_steps() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar for work in several steps, fed by `progress(step, done, total)`."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda step, done, total: bar.update(
            task, description=step, completed=done, total=total or None
        )
