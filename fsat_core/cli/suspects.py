"""The command suspects."""

import argparse

from fsat_core.cli.command import OK, Commands, add_top, num_shown
from fsat_core.cli.output import print_result
from fsat_core.settings import Settings

_SHOWN = 20


def add_commands(commands: Commands) -> None:
    """Add it."""
    suspects = commands.add(
        "suspects", _suspects, "List the clips whose label a run finds least likely", runs=True
    )
    suspects.add_argument("--run", required=True, dest="run_id", metavar="RUN_ID")
    add_top(suspects, _SHOWN, "clips")


def _suspects(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.evaluation.label_quality import rank
    from fsat_core.runs import find_run

    top = num_shown(options, _SHOWN)
    ranked = rank(find_run(settings.runs_dir, options.run_id))
    rows = ranked[:top][["clip_id", "labels", "score", "suggested"]].to_dict("records")
    lines = [f"{row['clip_id']}  {row['score']:.3f}  {row['labels']} -> {row['suggested']}" for row in rows]
    print_result(options, rows, "\n".join(lines))
    return OK
