"""What each feature of the recipe `strong` is worth: trained with all of them, and without each in turn.

A feature is a setting in which `strong` differs from `reference`; a variant has the value of `reference` for
it. Settings that mean something only together are one feature, and what a feature needs goes with it: without
new crops there is no mixup for a network on MFCCs. `--set` (and `--folds`, `--epochs`) holds for every
variant, and what it sets is no feature. One seed and one set: differences of a few clips are luck.

A result is kept in DIR with all its settings. The next call trains only what has no result yet, or other
settings by now, so that hours of work can be interrupted. It prints out-of-fold lwlrap and accuracy, accuracy
on the test clips (where their labels are known) and the seconds of training.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import format_table, run_command, run_script, score_test_clips
from benchmarks.sets import claim_folder
from fsat_core.errors import ConfigError
from fsat_core.files import write_json
from fsat_core.training.config import TrainConfig

NAME = "ablation"
WHOLE = "strong"
TOGETHER = (("schedule", "warmup_epochs"), ("max_epochs", "patience", "keep"))
NO_FEATURES = frozenset({"model", "recipe", "n_folds"})
RESULTS = "results.json"

Changes = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{NAME}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("--model", default="mfcc_cnn")
    parser.add_argument("--folds", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="KEY=VALUE")
    parser.add_argument("--work", type=Path, default=Path("runs/ablation"), metavar="DIR")
    parser.add_argument("--only", nargs="+", metavar="NAME", help=f"these variants; '{WHOLE}' is the whole")
    options = parser.parse_args(arguments)

    def work() -> None:
        fixed = _fixed(options)
        chosen = choose(variants(options.model, fixed), options.only)
        claim_folder(options.work, NAME, options.set, keep=True)
        rows = [
            train_variant(
                options.set.absolute(), options.work.absolute(), options.model, name, fixed | changes
            )
            for name, changes in chosen.items()
        ]
        print(describe(rows, chosen))

    return run_script(NAME, work)


def _fixed(options: argparse.Namespace) -> Changes:
    """The settings that hold for every variant."""
    named = {"n_folds": options.folds, "max_epochs": options.epochs}
    fixed = {name: value for name, value in named.items() if value is not None}
    for pair in options.settings:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"--set {pair}: expected KEY=VALUE, such as --set warmup_epochs=0.")
        fixed[key] = value
    return fixed


def variants(model: str, fixed: Mapping[str, Any]) -> dict[str, Changes]:
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
    found: dict[str, Changes] = {WHOLE: {}}
    for name in features:
        group = next((names for names in TOGETHER if name in names), (name,))
        lacking = [feature for feature in features if feature in group]
        if name == lacking[0]:
            found[name] = _without(model, fixed, lacking, features, reference)
    return found


def _without(
    model: str, fixed: Mapping[str, Any], lacking: list[str], features: list[str], reference: Changes
) -> Changes:
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


def choose(found: dict[str, Changes], names: Sequence[str] | None) -> dict[str, Changes]:
    """The variants of these names, or all; ConfigError where there is no such variant."""
    unknown = [name for name in names or () if name not in found]
    if unknown:
        raise ConfigError(f"--only {unknown[0]}: no such variant, expected some of {', '.join(found)}.")
    return {name: changes for name, changes in found.items() if names is None or name in names}


def train_variant(data_dir: Path, work_dir: Path, model: str, name: str, settings: Changes) -> dict[str, Any]:
    """Train one variant, unless `work_dir` has its result.

    Returns
    -------
    dict
        `variant, lwlrap, accuracy, test_accuracy, seconds, run_id`, and `data` and `config`, which say what
        it is the result of.
    """
    path = work_dir / RESULTS
    results: list[dict[str, Any]] = json.loads(path.read_text()) if path.is_file() else []
    config = TrainConfig.from_recipe(model, "strong", **settings).model_dump(mode="json")
    for row in results:
        if row["data"] == str(data_dir) and row["config"] == config:
            return row | {"variant": name}
    words = ["train", "--model", model, "--recipe", "strong", "--data", data_dir, "--runs", work_dir / "runs"]
    for key, value in settings.items():
        words += ["--set", f"{key}={value}"]
    print(f"{NAME}: {name}", file=sys.stderr)
    trained = run_command(words).value
    test = score_test_clips(Path(trained["run_dir"]), data_dir)
    row = {
        "variant": name,
        **trained["oof"],
        "test_accuracy": None if test is None else test.accuracy,
        "seconds": trained["seconds"],
        "run_id": trained["run_id"],
        "data": str(data_dir),
        "config": config,
    }
    write_json(path, [*results, row])
    return row


def describe(rows: Sequence[Mapping[str, Any]], changes: Mapping[str, Changes]) -> str:
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
