"""What each feature of the recipe `strong` is worth: trained with all of them, and without each in turn.

A feature is a setting in which `strong` differs from `reference`; a variant has the value of `reference` for
it. Settings that mean something only together are one feature, and what a feature needs goes with it: without
new crops there is no mixup for a network on MFCCs. `--set` (and `--folds`, `--epochs`) holds for every
variant, and what it sets is no feature. One seed and one set: differences of a few clips are luck.

A result is kept in DIR with all its settings. The next call trains only what has no result yet, or other
settings by now, so that hours of work can be interrupted. It prints out-of-fold lwlrap and accuracy, accuracy
on the test clips (where their labels are known) and the seconds of training.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import format_table, run_script, script_parser
from benchmarks.sets.folders import claim_folder
from benchmarks.studies.trained import Settings, parse_settings, train_once
from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import ConfigError

NAME = "studies.ablation"
WHOLE = "strong"
TOGETHER = (("schedule", "warmup_epochs"), ("max_epochs", "patience", "checkpoint"))
NO_FEATURES = frozenset({"model", "recipe", "n_folds"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("--model", default="mfcc_cnn")
    parser.add_argument("--folds", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="KEY=VALUE")
    parser.add_argument("--work", type=Path, default=Path("runs/ablation"), metavar="DIR")
    parser.add_argument("--only", nargs="+", metavar="NAME", help=f"these variants; '{WHOLE}' is the whole")
    options = parser.parse_args(arguments)

    def work() -> None:
        fixed = parse_settings(options.settings, n_folds=options.folds, max_epochs=options.epochs)
        chosen = choose(variants(options.model, fixed), options.only)
        claim_folder(options.work, NAME, options.set, keep=True)
        rows = [
            train_once(
                options.set.absolute(), options.work.absolute(), options.model, WHOLE, fixed | changes, name
            )
            for name, changes in chosen.items()
        ]
        print(describe(rows, chosen))

    return run_script(NAME, work)


def variants(model: str, fixed: Mapping[str, Any]) -> dict[str, Settings]:
    """What each variant changes in `strong`, by the name of the feature that it lacks; the whole comes first.

    Parameters
    ----------
    fixed : mapping
        Settings of every variant.

    Raises
    ------
    ConfigError
        If these settings are impossible with `strong`.
    """
    strong = TrainConfig.from_recipe(model, "strong", **fixed).model_dump()
    reference = TrainConfig.from_recipe(model, "reference").model_dump()
    features = [
        name
        for name, value in strong.items()
        if name not in NO_FEATURES and name not in fixed and value != reference[name]
    ]
    found: dict[str, Settings] = {WHOLE: {}}
    for name in features:
        group = next((names for names in TOGETHER if name in names), (name,))
        lacking = [feature for feature in features if feature in group]
        if name == lacking[0]:
            found[name] = _without(model, fixed, lacking, features, reference)
    return found


def _without(
    model: str, fixed: Mapping[str, Any], lacking: list[str], features: list[str], reference: Settings
) -> Settings:
    """The changes that take away `lacking`, and of the other features only those that cannot stay."""
    changes = {name: reference[name] for name in lacking}
    if _is_possible(model, {**fixed, **changes}):
        return changes
    changes = {name: reference[name] for name in features}
    for name in features:
        fewer = {key: value for key, value in changes.items() if key != name}
        if name not in lacking and _is_possible(model, {**fixed, **fewer}):
            changes = fewer
    return changes


def _is_possible(model: str, settings: Mapping[str, Any]) -> bool:
    try:
        TrainConfig.from_recipe(model, "strong", **settings)
    except ConfigError:
        return False
    return True


def choose(found: dict[str, Settings], names: Sequence[str] | None) -> dict[str, Settings]:
    """The variants of these names, or all; ConfigError where there is no such variant."""
    unknown = [name for name in names or () if name not in found]
    if unknown:
        raise ConfigError(f"--only {unknown[0]}: no such variant, expected some of {', '.join(found)}.")
    return {name: changes for name, changes in found.items() if names is None or name in names}


def describe(rows: Sequence[Mapping[str, Any]], changes: Mapping[str, Settings]) -> str:
    """A table for people, one row per variant."""
    return format_table(
        ("variant", "changed", "out-of-fold lwlrap", "out-of-fold accuracy", "test accuracy", "seconds"),
        [
            (
                row["variant"] if row["variant"] == WHOLE else f"without {row['variant']}",
                " ".join(f"{key}={value}" for key, value in changes[row["variant"]].items()),
                row["lwlrap"],
                row["accuracy"],
                row["test_accuracy"],
                f"{row['seconds']:,.0f}",
            )
            for row in rows
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
