"""The command suspects."""

import argparse

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.output import print_result
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings

_SHOWN = 20


def add_commands(commands: Commands) -> None:
    """Add it."""
    suspects = commands.add(
        "suspects", _suspects, "List the clips whose label a run finds least likely", runs=True
    )
    suspects.add_argument("--run", required=True, dest="run_id", metavar="RUN_ID")
    suspects.add_argument(
        "--top", type=int, metavar="N", help=f"clips to list, 0 for all (default: {_SHOWN}; with --json all)"
    )


def _suspects(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.evaluation.label_quality import rank
    from fsat_core.runs import find_run

    top = (0 if options.json else _SHOWN) if options.top is None else options.top
    if top < 0:
        raise ConfigError(f"--top {top}: expected 0 (all) or more. Correct the number.")
    ranked = rank(find_run(settings.runs_dir, options.run_id))
    rows = ranked.head(top or len(ranked))[["clip_id", "labels", "score", "suggested"]].to_dict("records")
    lines = [f"{row['clip_id']}  {row['score']:.3f}  {row['labels']} -> {row['suggested']}" for row in rows]
    print_result(options, rows, "\n".join(lines))
    return OK
