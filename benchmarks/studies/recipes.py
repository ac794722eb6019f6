"""What recipes come to, seed by seed: each network alone, the notebook's together, and all with a head.

Trains each network with each recipe and seed, and scores its predictions of SET's test clips, whose labels
have to be known. Predictions of several networks are put together by their geometric mean, and by the
weighted one, whose weights are learned out of fold. A recipe may be followed by settings: `strong
checkpoint=average` is one argument. `distilled` and heads need `fsat embed`.

A result is kept in DIR, and what was trained before is not trained again: hours of work can be interrupted.
"""

import json
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.common import format_table, run_script, score_together, script_parser
from benchmarks.sets.folders import claim_folder
from benchmarks.sets.kaggle_set import labels_of_test
from benchmarks.studies.trained import Settings, parse_settings, train_once
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset
from fsat_core.errors import DatasetError

NAME = "studies.recipes"
NETWORKS = ("mfcc_cnn", "wave_cnn")
HEAD = "yamnet_head"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("--recipes", nargs="+", default=["strong", "distilled"], metavar="RECIPE")
    parser.add_argument("--models", nargs="+", default=list(NETWORKS), metavar="MODEL")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="N")
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="KEY=VALUE")
    parser.add_argument("--work", type=Path, default=Path("runs/recipes"), metavar="DIR")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    options = parser.parse_args(arguments)

    def work() -> None:
        wanted = list(product(options.seeds, options.recipes, options.models))
        _check(options, wanted)  # hours of training come before the last of them
        claim_folder(options.work, NAME, options.set, keep=True)
        trained = [_train(options, model, recipe, seed) for seed, recipe, model in wanted]
        rows = [*trained, *_together(options, trained)]
        print(json.dumps(rows, indent=2) if options.json else describe(rows))

    return run_script(NAME, work)


def _check(options: Any, wanted: Sequence[tuple[int, str, str]]) -> None:
    """Whether all of it can be trained and scored; a ConfigError or DatasetError if not."""
    for seed, recipe, model in wanted:
        name, settings = _settings(options, recipe, seed)
        TrainConfig.from_recipe(model, name, **settings)
    if not (labels_of_test(open_dataset(options.set))["labels"] != "").any():
        raise DatasetError(
            f"{options.set} does not say what its test clips are: expected their labels in test_truth.csv or "
            "in the set's own table. Choose another set."
        )


def _settings(options: Any, recipe: str, seed: int) -> tuple[str, Settings]:
    """The name of a recipe, and the settings that hold with it."""
    name, *pairs = recipe.split()
    return name, parse_settings([*options.settings, *pairs], seed=seed)


def _train(options: Any, model: str, recipe: str, seed: int) -> dict[str, Any]:
    name, settings = _settings(options, recipe, seed)
    row = train_once(
        options.set.absolute(), options.work.absolute(), model, name, settings, f"{model}, {recipe}"
    )
    return row | {"recipe": recipe, "models": model, "seed": seed}


def _together(options: Any, trained: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the networks of one recipe and seed say together: all of them, and those of the notebook."""
    rows = []
    for recipe, seed in product(options.recipes, options.seeds):
        members = [row for row in trained if (row["recipe"], row["seed"]) == (recipe, seed)]
        notebook = [row for row in members if row["models"] != HEAD]
        for chosen in (notebook, members) if notebook != members else (members,):
            if len(chosen) < 2:
                continue
            folders = [options.work.absolute() / "runs" / row["run_id"] for row in chosen]
            for how in ("geometric", "weighted"):
                test = score_together(folders, options.set, how)
                rows.append(
                    {
                        "recipe": recipe,
                        "models": f"{' + '.join(row['models'] for row in chosen)}, {how}",
                        "seed": seed,
                        "test_accuracy": test.accuracy if test else None,
                        "seconds": sum(row["seconds"] for row in chosen),
                    }
                )
    return rows


def describe(rows: Sequence[dict[str, Any]]) -> str:
    """A table for people: a row per recipe and network, with test accuracies by seed and their mean."""
    table = []
    for recipe, models in dict.fromkeys((row["recipe"], row["models"]) for row in rows):
        same = [row for row in rows if (row["recipe"], row["models"]) == (recipe, models)]
        accuracies = [row["test_accuracy"] for row in same]
        held_out = [row["accuracy"] for row in same if "accuracy" in row]
        table.append(
            (
                recipe,
                models,
                fmean(held_out) if held_out else None,
                fmean(accuracies),
                ", ".join(f"{value:.3f}" for value in accuracies),
                f"{fmean(row['seconds'] for row in same):,.0f}",
            )
        )
    header = ("recipe", "networks", "out-of-fold accuracy", "test accuracy", "of each seed", "seconds")
    return format_table(header, table)


if __name__ == "__main__":
    sys.exit(main())
