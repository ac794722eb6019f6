"""The command train."""

import argparse
from collections.abc import Sequence

from fsat_core.cli.command import FAILURE, OK, Commands
from fsat_core.cli.opened import read_catalogue
from fsat_core.cli.output import print_result, warn
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add it."""
    train = commands.add("train", _train, "Train a network in the foreground", data=True, runs=True)
    train.add_argument("--model", required=True)
    train.add_argument("--recipe", default="reference")
    train.add_argument("--task")
    train.add_argument("--folds", type=int)
    train.add_argument("--epochs", type=int)
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="any other setting")


def _train(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.config.train_config import TrainConfig
    from fsat_core.training.create import create_run
    from fsat_core.training.foreground import train_in_foreground

    named = {"task": options.task, "n_folds": options.folds, "max_epochs": options.epochs}
    overrides = {name: value for name, value in named.items() if value is not None} | _parse_settings(
        options.set
    )
    config = TrainConfig.from_recipe(options.model, options.recipe, **overrides)
    dataset, catalogue = read_catalogue(settings)
    run = create_run(settings, dataset, catalogue, config)
    status = train_in_foreground(run, settings)
    if status.state != "finished":
        warn(f"run {run.run_id} {status.state}. {status.error}".rstrip())
        return FAILURE
    seconds = round(status.finished_at - status.started_at, 1)
    result = {"run_id": run.run_id, "run_dir": str(run.path), "oof": run.scores, "seconds": seconds}
    scores = ", ".join(f"{name} {value:.4f}" for name, value in (run.scores or {}).items())
    print_result(options, result, f"{run.run_id}: out-of-fold {scores} in {seconds} s")
    return OK


def _parse_settings(pairs: Sequence[str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"--set {pair}: expected KEY=VALUE, such as --set seed=1.")
        if key.strip() in ("model", "recipe"):
            raise ConfigError(f"--set {pair}: expected another setting. Use --{key.strip()} {value.strip()}.")
        values[key.strip()] = value.strip()
    return values
