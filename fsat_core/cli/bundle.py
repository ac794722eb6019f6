"""The command bundle."""

import argparse
from pathlib import Path

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import find_runs
from fsat_core.cli.output import print_result, write_file
from fsat_core.settings import Settings
from fsat_core.text import size_text


def add_commands(commands: Commands) -> None:
    """Add it."""
    bundle = commands.add(
        "bundle", _bundle, "Networks as one ZIP with a script that needs nothing of this program", runs=True
    )
    bundle.add_argument("--run", nargs="+", action="extend", required=True, dest="run_ids", metavar="RUN_ID")
    bundle.add_argument("--out", type=Path, required=True, metavar="ZIP")


def _bundle(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.report.bundle import bundle_runs

    content = bundle_runs(find_runs(settings, options.run_ids), settings.cache_dir)
    write_file(options.out, content)
    value = {"out": str(options.out), "num_bytes": len(content)}
    print_result(options, value, f"{size_text(len(content))} in {options.out}")
    return OK
