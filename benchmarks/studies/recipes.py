"""What recipes come to, seed by seed: each network alone, the notebook's together, and all with a head.

Trains each network with each recipe and seed, and scores its predictions of SET's test clips, whose labels
have to be known. Predictions of several networks are put together by their geometric mean. A recipe may be
followed by settings: `strong checkpoint=average` is one argument. `distilled` and heads need `fsat embed`.

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
from benchmarks.studies.trained import parse_settings, train_once

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
        claim_folder(options.work, NAME, options.set, keep=True)
        trained = [
            _train(options, model, recipe, seed)
            for seed, recipe, model in product(options.seeds, options.recipes, options.models)
        ]
        rows = [*trained, *_together(options, trained)]
        print(json.dumps(rows, indent=2) if options.json else describe(rows))

    return run_script(NAME, work)


def _train(options: Any, model: str, recipe: str, seed: int) -> dict[str, Any]:
    name, *pairs = recipe.split()
    settings = parse_settings([*options.settings, *pairs], seed=seed)
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
            if len(chosen) > 1:
                folders = [options.work.absolute() / "runs" / row["run_id"] for row in chosen]
                test = score_together(folders, options.set)
                rows.append(
                    {
                        "recipe": recipe,
                        "models": " + ".join(row["models"] for row in chosen),
                        "seed": seed,
                        "test_accuracy": None if test is None else test.accuracy,
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
