"""Commands that train: train, worker."""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from fsat_core.cli.command import FAILURE, OK, AddCommand, print_result
from fsat_core.cli.dataset import read_catalogue
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings


def add_commands(add: AddCommand) -> None:
    """Add them to the parser."""
    train = add("train", _train, "Train a network in the foreground", data=True, runs=True)
    train.add_argument("--model", required=True)
    train.add_argument("--recipe", default="reference")
    train.add_argument("--task")
    train.add_argument("--folds", type=int)
    train.add_argument("--epochs", type=int)
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="any other setting")

    worker = add("worker", _worker, "Train a run that has been created (what the app starts)")
    worker.add_argument("run_dir", type=Path)


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
        print(f"fsat_core: run {run.run_id} {status.state}. {status.error}".rstrip(), file=sys.stderr)
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


def _worker(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import find_run, stop
    from fsat_core.training.worker import run_worker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    path = options.run_dir.absolute()
    run = find_run(path.parent, path.name)
    signal.signal(signal.SIGTERM, lambda *_: stop(run))
    state = run_worker(run, settings).state
    print_result(options, {"run_id": run.run_id, "state": state}, f"{run.run_id}: {state}")
    return OK if state == "finished" else FAILURE
