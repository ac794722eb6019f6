"""What wrong labels cost, and what each way of training with them gets back.

Takes the curated clips of SET as right, and trains on three sets that `swap_labels` makes of them:

    right        no label is swapped
    swapped      all clips are curated, and a share of the labels is wrong: trained plainly, and again without
                 the labels that the plain run finds wrong (`agree_with`)
    half noisy   half of the clips are curated and right, and a share of the other half's labels is wrong:
                 trained on the curated half alone, on both alike, with noisy clips at a lower weight, with
                 curated clips alone in the last third of the epochs, and without the labels that the run on
                 both finds wrong

All runs are judged by the right labels: out of fold (of the curated clips, where there are noisy ones), and
on the test clips. What wrong labels cost is the difference from `right`; one clip more or less is luck.
Results are kept in DIR: the next call trains only what is missing.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.common import format_table, run_script, script_parser
from benchmarks.sets.folders import claim_folder
from benchmarks.sets.swap_labels import swap_labels
from benchmarks.studies.trained import Settings, parse_settings, train_once
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset
from fsat_core.dataset.label_text import label_matrix
from fsat_core.metrics import accuracy
from fsat_core.runs import Run
from fsat_core.runs.predictions import load_oof

NAME = "studies.noise"
BOTH = ("curated", "noisy")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("--model", default="mfcc_cnn")
    parser.add_argument("--recipe", default="strong")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--share", type=float, default=0.2, help="of wrong labels (default: 0.2)")
    parser.add_argument("--seed", type=int, default=0, help="of the swaps")
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="KEY=VALUE")
    parser.add_argument("--work", type=Path, default=Path("runs/noise"), metavar="DIR")
    parser.add_argument(
        "--only", nargs="+", choices=("right", "swapped", "half"), default=("right", "swapped", "half")
    )
    options = parser.parse_args(arguments)

    def work() -> None:
        claim_folder(options.work, NAME, options.set, keep=True)
        print(describe(_Study(options).rows()))

    return run_script(NAME, work)


class _Study:
    def __init__(self, options: argparse.Namespace) -> None:
        self._options, self._work = options, options.work.absolute()
        self._fixed = parse_settings(options.settings, n_folds=options.folds, max_epochs=options.epochs)
        table = open_dataset(options.set).table
        self._truth = table[table["split"] == "curated"].set_index("fname")["labels"]

    def rows(self) -> list[dict[str, Any]]:
        """Train what is asked for, one after the other."""
        studies = {"right": self._right, "swapped": self._swapped, "half": self._half_noisy}
        return [row for name in studies if name in self._options.only for row in studies[name]()]

    def _right(self) -> list[dict[str, Any]]:
        return [self._train("right", self._make("right", 0.0, "curated"))]

    def _swapped(self) -> list[dict[str, Any]]:
        data = self._make("swapped", self._options.share, "curated")
        plain = self._train("swapped, plain", data)
        return [plain, self._train("swapped, agree_with", data, agree_with=(plain["run_id"],))]

    def _half_noisy(self) -> list[dict[str, Any]]:
        data = self._make("half_noisy", self._options.share, "noisy")
        fixed = TrainConfig.from_recipe(self._options.model, self._options.recipe, **self._fixed)
        both = self._train("half noisy, both alike", data, splits=BOTH)
        return [
            self._train("half noisy, curated alone", data),
            both,
            self._train("half noisy, noisy_weight", data, splits=BOTH, noisy_weight=0.5),
            self._train(
                "half noisy, curated_epochs", data, splits=BOTH, curated_epochs=fixed.max_epochs // 3
            ),
            self._train("half noisy, agree_with", data, splits=BOTH, agree_with=(both["run_id"],)),
        ]

    def _make(self, name: str, share: float, form: str) -> Path:
        out = self._work / "sets" / f"{name}-{share:g}-{self._options.seed}"
        if not (out / "swapped.csv").is_file():
            swap_labels(self._options.set, out, share, self._options.seed, form)
        return out

    def _train(self, name: str, data_dir: Path, **settings: Any) -> dict[str, Any]:
        chosen: Settings = self._fixed | settings
        row = train_once(data_dir, self._work, self._options.model, self._options.recipe, chosen, name)
        return row | {"true_accuracy": self._true_accuracy(Run(self._work / "runs" / row["run_id"]))}

    def _true_accuracy(self, run: Run) -> float:
        """Out-of-fold accuracy by the right labels."""
        oof = load_oof(run)
        labels: pd.Series = self._truth[[clip_id.partition("/")[2] for clip_id in oof.clip_ids]]
        return accuracy(label_matrix(labels, oof.classes), oof.probabilities)


def describe(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table for people, one row per training."""
    return format_table(
        ("training", "out-of-fold accuracy by right labels", "test accuracy", "seconds"),
        [
            (row["variant"], row["true_accuracy"], row["test_accuracy"], f"{row['seconds']:,.0f}")
            for row in rows
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
