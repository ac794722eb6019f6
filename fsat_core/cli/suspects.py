"""The command suspects."""

import argparse
from typing import TYPE_CHECKING

from fsat_core.cli.command import OK, Commands, add_top, num_shown
from fsat_core.cli.opened import open_labels, read_clips
from fsat_core.cli.output import print_result, warn
from fsat_core.errors import ConfigError, LabelError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 20
_RUN, _EMBEDDING = "run", "embedding"


def add_commands(commands: Commands) -> None:
    """Add it."""
    suspects = commands.add(
        "suspects",
        _suspects,
        "List the clips whose label a run, or what YAMNet hears, finds least likely",
        data=True,
        runs=True,
    )
    suspects.add_argument("--run", dest="run_id", metavar="RUN_ID", help="by this run's predictions")
    suspects.add_argument(
        "--by",
        choices=(_RUN, _EMBEDDING),
        default=_RUN,
        help="embedding: before any training, by what all other clips teach about the sounds of a class "
        "(default: run)",
    )
    add_top(suspects, _SHOWN, "clips")


def _suspects(options: argparse.Namespace, settings: Settings) -> int:
    top = num_shown(options, _SHOWN)
    ranked = _by_embedding(options, settings) if options.by == _EMBEDDING else _by_run(options, settings)
    rows = ranked[:top][["clip_id", "labels", "score", "suggested"]].to_dict("records")
    lines = [f"{row['clip_id']}  {row['score']:.3f}  {row['labels']} -> {row['suggested']}" for row in rows]
    print_result(options, rows, "\n".join(lines))
    return OK


def _by_run(options: argparse.Namespace, settings: Settings) -> "pd.DataFrame":
    from fsat_core.evaluation.label_quality import rank
    from fsat_core.runs import find_run

    if not options.run_id:
        raise ConfigError(
            "No run to find suspects by: expected --run RUN_ID, or --by embedding. Give one of them."
        )
    return rank(find_run(settings.runs_dir, options.run_id))


def _by_embedding(options: argparse.Namespace, settings: Settings) -> "pd.DataFrame":
    from fsat_core.embedding import YAMNET, open_complete
    from fsat_core.evaluation.by_ear import rank_by_ear

    if options.run_id:
        raise ConfigError("--run and --by embedding together: expected one of them. Leave one out.")
    dataset, catalogue = read_clips(settings)
    store = open_complete(dataset, catalogue, settings.cache_dir, YAMNET)
    return rank_by_ear(store, catalogue, dataset.classes, _own_names(settings))


def _own_names(settings: Settings) -> dict[str, list[str]]:
    """AudioSet's names for classes, as users say; none where the label database cannot say."""
    from fsat_core.labels.own_names import read_own_names

    try:
        with open_labels(settings) as store:
            return read_own_names(store)
    except LabelError as error:
        warn(f"Without names of your own for AudioSet's classes: {error}")
        return {}
