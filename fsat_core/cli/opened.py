"""Opens what commands work on: the data set, its catalogue, the label database, runs."""

import argparse
import getpass
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fsat_core.cli.output import show_steps, warn
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from fsat_core.dataset import Catalogue, Dataset
    from fsat_core.executors.workplace import Workplace
    from fsat_core.labels import LabelStore
    from fsat_core.labels.truth import TrueLabels
    from fsat_core.runs import Run


def add_executor(parser: argparse.ArgumentParser) -> None:
    """Let a command do its work elsewhere."""
    from fsat_core.executors.workplace import NAMES

    parser.add_argument(
        "--executor",
        choices=NAMES,
        help="where shards are worked on: in processes, on the Dask cluster at FSAT_DASK_SCHEDULER, or as "
        "jobs of Slurm by FSAT_SLURM (default: here, as it suits this machine)",
    )


def read_workplace(options: argparse.Namespace, settings: Settings) -> "Workplace | None":
    """Where `add_executor` sends the work; None for this machine as it suits it."""
    from fsat_core.executors.workplace import Workplace

    return Workplace(options.executor, settings) if options.executor else None


def read_catalogue(settings: Settings, workplace: "Workplace | None" = None) -> "tuple[Dataset, Catalogue]":
    """The data set in use and its catalogue; the demo set is written first where no other is configured."""
    from fsat_core.dataset.open import open_with_catalogue

    with show_steps() as progress:
        dataset, catalogue = open_with_catalogue(settings, progress, workplace)
    for line in dataset.warnings:
        warn(line)
    return dataset, catalogue


def read_clips(settings: Settings, workplace: "Workplace | None" = None) -> "tuple[Dataset, pd.DataFrame]":
    """The same with all of the catalogue, for what goes through all clips."""
    dataset, catalogue = read_catalogue(settings, workplace)
    return dataset, catalogue.frame()


def open_labels(settings: Settings) -> "LabelStore":
    """The label database; says on standard error when it has to wait for it."""
    from fsat_core.labels import LabelStore

    return LabelStore.open(settings.database_url, on_wait=lambda line: print(line, file=sys.stderr))


def add_whose(parser: argparse.ArgumentParser, default: str = "of the tables") -> None:
    """Let a command go by other labels than those of the tables."""
    parser.add_argument(
        "--whose",
        metavar="LABELS",
        help=f"by these labels: tables, mine, everybody, agreement or set:NAME (default: those {default})",
    )
    parser.add_argument(
        "--annotator", metavar="NAME", help="whose decisions are mine (default: your login name)"
    )


def read_labels(
    options: argparse.Namespace, settings: Settings, catalogue: "Catalogue"
) -> "TrueLabels | None":
    """The labels that `add_whose` asks for; None where it asks for none."""
    from fsat_core.labels.truth import MINE, load_truth

    if options.whose is None:
        return None
    with open_labels(settings) as store:
        name = (options.annotator or login_name()) if options.whose == MINE else ""
        return load_truth(store, options.whose, catalogue, name)


def find_runs(settings: Settings, run_ids: Sequence[str]) -> "list[Run]":
    """Runs by their names, each once."""
    from fsat_core.runs import find_run

    return [find_run(settings.runs_dir, run_id) for run_id in dict.fromkeys(run_ids)]


def login_name() -> str:
    """The name of the calling user, for decisions without another name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise ConfigError(
            "No login name to decide under: expected one, or --annotator NAME. Give a name."
        ) from error
