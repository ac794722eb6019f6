"""The command bundle."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import find_runs, open_labels
from fsat_core.cli.output import print_result, warn, write_file
from fsat_core.errors import LabelError
from fsat_core.settings import Settings
from fsat_core.text import size_text

if TYPE_CHECKING:
    from fsat_core.runs import Run


def add_commands(commands: Commands) -> None:
    """Add it."""
    bundle = commands.add(
        "bundle",
        _bundle,
        "Networks as one ZIP with a script that needs nothing of this program",
        data=True,
        runs=True,
    )
    bundle.add_argument("--run", nargs="+", action="extend", required=True, dest="run_ids", metavar="RUN_ID")
    bundle.add_argument("--out", type=Path, required=True, metavar="ZIP")


def _bundle(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.report.bundle import bundle_runs

    runs = find_runs(settings, options.run_ids)
    content = bundle_runs(runs, settings.cache_dir, _describe_label_sets(runs, settings))
    write_file(options.out, content)
    value = {"out": str(options.out), "num_bytes": len(content)}
    print_result(options, value, f"{size_text(len(content))} in {options.out}")
    return OK


def _describe_label_sets(runs: "list[Run]", settings: Settings) -> dict[str, str]:
    """Who made the label sets of these runs, as far as the label database says."""
    names = {run.config.label_set for run in runs} - {""}
    if not names:
        return {}
    from fsat_core.labels.makers import describe_label_sets

    try:
        with open_labels(settings) as store:
            return describe_label_sets(store, names)
    except LabelError as error:  # the card says less
        warn(str(error))
        return {}
