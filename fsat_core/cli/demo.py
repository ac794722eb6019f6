"""The command demo."""

import argparse
from pathlib import Path

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.output import print_result, show_progress
from fsat_core.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add it."""
    demo = commands.add("demo", _demo, "Write the demo data set")
    demo.add_argument("out", type=Path)
    demo.add_argument("--seed", type=int, default=0)


def _demo(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.dataset import open_dataset, write_demo

    with show_progress("Writing clips") as progress:
        write_demo(options.out, options.seed, progress)
    num_clips = len(open_dataset(options.out).table)
    value = {"out": str(options.out), "num_clips": num_clips}
    print_result(options, value, f"{num_clips} clips in {options.out}")
    return OK
