"""The command train."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from fsat_core.cli.command import FAILURE, OK, Commands
from fsat_core.cli.opened import read_clips
from fsat_core.cli.output import print_result, warn
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from fsat_core.config.train_config import TrainConfig
    from fsat_core.runs import Run
    from fsat_core.training.estimate import Estimate


def add_commands(commands: Commands) -> None:
    """Add it."""
    train = commands.add("train", _train, "Train a network in the foreground", data=True, runs=True)
    start = train.add_mutually_exclusive_group(required=True)
    start.add_argument("--model")
    start.add_argument("--like", metavar="RUN_ID", help="as this run, but for what is given")
    train.add_argument("--recipe", help="with --model (default: reference)")
    train.add_argument("--task")
    train.add_argument("--folds", type=int)
    train.add_argument("--epochs", type=int)
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="any other setting")
    way = train.add_mutually_exclusive_group()
    way.add_argument("--plan", action="store_true", help="only say what would be trained on, and where")
    way.add_argument("--background", action="store_true", help="in a process of its own, as the app does")


def _train(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.training.create import create_run

    config = _config(options, settings)
    dataset, catalogue = read_clips(settings)
    if options.plan:
        return _print_plan(options, settings, catalogue, config)
    run = create_run(settings, dataset, catalogue, config, options.like or "")
    return (_launch if options.background else _train_here)(options, settings, run)


def _config(options: argparse.Namespace, settings: Settings) -> "TrainConfig":
    from fsat_core.config.train_config import TrainConfig
    from fsat_core.runs import find_run

    named = {"task": options.task, "n_folds": options.folds, "max_epochs": options.epochs}
    overrides = {name: value for name, value in named.items() if value is not None} | _parse_settings(
        options.set
    )
    if options.like is None:
        return TrainConfig.from_recipe(options.model, options.recipe or "reference", **overrides)
    if options.recipe is not None:
        raise ConfigError(
            f"--like {options.like} --recipe {options.recipe}: expected one of them. A run has a recipe: "
            "leave --recipe out."
        )
    return find_run(settings.runs_dir, options.like).config.replace(**overrides)


def _print_plan(
    options: argparse.Namespace, settings: Settings, catalogue: "pd.DataFrame", config: "TrainConfig"
) -> int:
    from fsat_core.runs import list_runs
    from fsat_core.runs.device import detect_device
    from fsat_core.training.create import plan_run
    from fsat_core.training.estimate import estimate_time, training_sizes

    plan, device = plan_run(settings, catalogue, config), detect_device()
    sizes = plan.table["fold"].value_counts().sort_index()
    trained = training_sizes(plan, config.n_folds)
    folds = [
        {"fold": int(fold), "num_training": trained[int(fold)], "num_validation": int(held_out)}
        for fold, held_out in sizes.items()
    ]
    estimate = estimate_time(config, trained, list_runs(settings.runs_dir))
    weights = plan.table["weight"].value_counts().sort_index(ascending=False)
    value = {
        "config": config.model_dump(mode="json"),
        "num_clips": len(plan.table),
        "classes": plan.classes,
        "folds": folds,
        "weights": [{"weight": float(weight), "num_clips": int(num)} for weight, num in weights.items()],
        "warnings": plan.warnings,
        "device": device.description,
        "estimate": None if estimate is None else asdict(estimate),
    }
    lines = [
        f"{len(plan.table):,} clips of {len(plan.classes)} classes, for up to {config.max_epochs:,} epochs "
        f"on the {device.description}"
    ]
    lines += [
        f"  fold {row['fold'] + 1}: {row['num_training']:,} clips, {row['num_validation']:,} held out"
        for row in folds
    ]
    if len(weights) > 1:
        lines += [f"  weight {weight:g}: {num:,} clips" for weight, num in weights.items()]
    lines.append(_time_text(estimate, config))
    print_result(options, value, "\n".join([*lines, *plan.warnings]))
    return OK


def _time_text(estimate: "Estimate | None", config: "TrainConfig") -> str:
    from fsat_core.text import rough_duration
    from fsat_core.training.estimate import why_unknown

    if estimate is None:
        return why_unknown(config)
    return (
        f"About {rough_duration(estimate.seconds)}, at most {rough_duration(estimate.at_most)}, by the run "
        f"{estimate.run_id} on this machine: {estimate.step_s:.3g} s for a step"
    )


def _launch(options: argparse.Namespace, settings: Settings, run: "Run") -> int:
    from fsat_core.runs import launch

    launch(run, settings)
    value = {"run_id": run.run_id, "run_dir": str(run.path), "state": run.state}
    print_result(options, value, f"{run.run_id} trains in the background")
    return OK


def _train_here(options: argparse.Namespace, settings: Settings, run: "Run") -> int:
    from fsat_core.training.foreground import train_in_foreground

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
