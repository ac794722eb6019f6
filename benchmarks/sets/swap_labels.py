"""A set whose training labels are wrong by a known share: how well are wrong labels found and survived?

Takes the curated clips of SET (a noisy part is left out) and writes a set in the Kaggle layout with the same
test part. Exactly round(share * n) labels become another class, each of the others equally likely; of a clip
with several labels one is swapped. The choice is stratified: the clips are drawn evenly over all label
strings, so that every class loses about the same share. `swapped.csv` says which labels are wrong, and what
is true.

    --as curated    all clips stay curated, n is all of them
    --as noisy      half of the clips, stratified too, stay curated and right; the other half are the noisy
                    part, n of them, with the swapped labels
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.common import run_script, script_parser
from benchmarks.sets.folders import claim_folder
from benchmarks.sets.kaggle_set import labels_of_test, write_set
from fsat_core.dataset import clip_path, open_dataset, split_labels
from fsat_core.errors import ConfigError, DatasetError

NAME = "sets.swap_labels"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--share", type=float, default=0.2, help="of wrong labels, 0 to 1 (default: 0.2)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--as", dest="form", choices=("curated", "noisy"), default="curated")
    options = parser.parse_args(arguments)

    def work() -> None:
        swapped = swap_labels(options.set, options.out, options.share, options.seed, options.form)
        print(f"{len(swapped)} wrong labels in {options.out}")

    return run_script(NAME, work)


def swap_labels(
    source: Path, out: Path, share: float = 0.2, seed: int = 0, form: str = "curated"
) -> pd.DataFrame:
    """Write the set.

    Returns
    -------
    pd.DataFrame
        What `swapped.csv` holds: `fname, labels` (the wrong ones) and `true_labels`.

    Raises
    ------
    ConfigError
        If `share` or `seed` is impossible.
    DatasetError
        If the set has no labelled curated clips or only one class, or `out` is not free.
    """
    if not 0 <= share <= 1 or seed < 0:
        raise ConfigError(
            f"--share {share} --seed {seed}: expected a share from 0 to 1 and a seed of 0 or more."
        )
    dataset = open_dataset(source)
    table = dataset.table
    clips = table[(table["split"] == "curated") & (table["labels"] != "")].reset_index(drop=True)
    if clips.empty or len(dataset.classes) < 2:
        raise DatasetError(f"{source}: expected labelled curated clips of 2 classes or more. Choose another.")
    rng = np.random.default_rng(seed)
    clips["true_labels"] = clips["labels"]
    if form == "noisy":
        clips.loc[spread(clips["labels"], len(clips) // 2, rng), "split"] = "noisy"
    candidates = clips.index[clips["split"] == form].to_numpy()
    wrong = candidates[spread(clips["labels"][candidates], round(share * len(candidates)), rng)]
    clips.loc[wrong, "labels"] = [_swap(labels, dataset.classes, rng) for labels in clips["labels"][wrong]]

    claim_folder(out, NAME, source, share=share, seed=seed, form=form)
    test = labels_of_test(dataset)
    clip_ids = [*("curated/" + clips["fname"]), *("test/" + test["fname"])]
    audio = [clip_path(dataset, clip_id) for clip_id in clip_ids]
    write_set(out, pd.concat([clips, test.assign(split="test")]), audio, dataset.classes)
    swapped = clips.loc[np.sort(wrong), ["fname", "labels", "true_labels"]]
    swapped.to_csv(out / "swapped.csv", index=False)
    return swapped


def spread(labels: pd.Series, count: int, rng: np.random.Generator) -> np.ndarray:
    """Positions of `count` random clips, evenly over the label strings: `count / len(labels)` of each.

    Systematic sampling: every k-th clip of a random order within each string, from a random start.
    """
    order = rng.permutation(len(labels))
    order = order[np.argsort(labels.to_numpy()[order], kind="stable")]
    steps = (np.arange(count) + rng.random()) * len(labels) / max(count, 1)
    return order[steps.astype(int)]


def _swap(labels: str, classes: Sequence[str], rng: np.random.Generator) -> str:
    """The labels with one of them, whichever, replaced by a class that the clip has not."""
    names = split_labels(labels)
    others = [name for name in classes if name not in names]
    if not others:
        raise DatasetError(f"A clip has all classes ({labels}): expected another one to swap for. Remove it.")
    names[rng.integers(len(names))] = others[rng.integers(len(others))]
    return ",".join(names)


if __name__ == "__main__":
    sys.exit(main())
