"""The command download."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fsat_core.cli.command import FAILURE, OK, Commands
from fsat_core.cli.output import print_result, show_steps, warn
from fsat_core.download.record import PARTS
from fsat_core.errors import Stopped
from fsat_core.settings import Settings
from fsat_core.text import counted, size_text


def add_commands(commands: Commands) -> None:
    """Add it."""
    parser = commands.add(
        "download",
        _download,
        "Download FSDKaggle2019 from Zenodo and unpack it; goes on where it stopped",
    )
    parser.add_argument("dir", type=Path, metavar="DIR", help="the data folder; made if there is none")
    parser.add_argument(
        "--part",
        action="append",
        choices=tuple(PARTS),
        dest="parts",
        help="may be given several times (default: all): meta are the tables, doc is the documentation",
    )


def _download(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.download.delivery import download

    start = time.monotonic()
    try:
        with show_steps() as progress:
            follow = _Follower(progress)
            delivered = download(options.dir, options.parts or PARTS, settings.record_url, follow)
    except Stopped as stopped:
        warn(str(stopped))
        return FAILURE
    rows, lines = [], []
    for each in delivered:
        num_files, num_bytes = each.count()
        rows.append(
            {
                "part": each.part,
                "path": str(each.path),
                "is_new": each.is_new,
                "num_files": num_files,
                "num_bytes": num_bytes,
            }
        )
        state = "is here now" if each.is_new else "was here already"
        size = f"{counted(num_files, 'file')}, {size_text(num_bytes)}"
        lines.append(f"{each.part:8} {state}: {each.path} ({size})")
    lines.append(f"`fsat scan --data {options.dir}` counts its clips")
    value = {"dir": str(options.dir), "parts": rows, "seconds": round(time.monotonic() - start, 1)}
    print_result(options, value, "\n".join(lines))
    return OK


class _Follower:
    """Shows how far a download is: in a bar, or where that is no terminal, a line for each step."""

    def __init__(self, progress: Callable[[str, int, int], None]) -> None:
        self._progress = progress
        self._step = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        text = f"{step}, {size_text(done)} of {size_text(total)}"
        self._progress(text, done, total)
        if step != self._step and not sys.stderr.isatty():
            warn(text)
        self._step = step
