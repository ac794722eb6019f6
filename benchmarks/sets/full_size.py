"""A synthetic set as large as FSDKaggle2019, to see that everything holds at that size without the 24 GB.

Kaggle layout, the real class names, and the real counts: 4,970 curated rows with 213 distinct label strings,
of which 74 are single classes (the other 6 classes occur in multi-label rows only; which ones is drawn from
the seed), 19,815 noisy rows with 300 labels of each class, 3,361 test rows. The number of rows with one, two,
... labels gives the published 1.2 labels per clip. The test labels in `test_truth.csv` are made up.

A clip is 0.3 s (16-bit mono at 44.1 kHz) of noise and one tone per label, whose pitch says the class. Two
curated clips are odd: one has 2,538,889 frames, one is silent.
"""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.common import run_script, script_parser
from benchmarks.sets.clips import add_tones, cut, make_noise, wav_bytes
from benchmarks.sets.folders import claim_folder
from benchmarks.sets.kaggle_set import write_set
from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES
from fsat_core.errors import ConfigError

NAME = "sets.full_size"
NUM_FRAMES = 13_230
LOWEST_HZ, HIGHEST_HZ = 80.0, 8_000.0
LEVELS = (0.05, 0.1)  # lowest and highest, of 1


@dataclass(frozen=True)
class Shape:
    """Counts of the set. `curated`, `noisy` and `test` are rows by number of labels.

    Parameters
    ----------
    classes : sequence of str
    num_single_classes : int
        Classes that have curated rows of their own.
    num_label_strings : int
        Distinct ones in the curated table.
    longest_frames : int
        Length of the first clip of the set.
    """

    classes: Sequence[str] = FSDKAGGLE2019_CLASSES
    num_single_classes: int = 74
    num_label_strings: int = 213
    curated: Mapping[int, int] = field(default_factory=lambda: {1: 4_269, 2: 627, 3: 69, 4: 4, 6: 1})
    noisy: Mapping[int, int] = field(
        default_factory=lambda: {1: 16_566, 2: 2_558, 3: 504, 4: 141, 5: 38, 6: 4, 7: 4}
    )
    test: Mapping[int, int] = field(default_factory=lambda: {1: 2_353, 2: 672, 3: 336})
    longest_frames: int = 2_538_889


REAL = Shape()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    def work() -> None:
        print(f"{len(write_full_size(options.out, options.seed)):,} clips in {options.out}")

    return run_script(NAME, work)


def write_full_size(out: Path, seed: int = 0, shape: Shape = REAL) -> pd.DataFrame:
    """Write the set; returns `split, fname, labels` of its clips.

    Raises
    ------
    ConfigError
        If `seed` is negative or the counts of `shape` contradict each other.
    DatasetError
        If `out` is not free.
    """
    if seed < 0:
        raise ConfigError(f"--seed {seed}: expected 0 or more.")
    rng = np.random.default_rng(seed)
    table = _name_clips(plan_labels(shape, rng), rng)
    claim_folder(out, NAME, seed=seed)
    write_set(out, table, _sounds(table["labels"], shape, rng), shape.classes)
    return table


def plan_labels(shape: Shape, rng: np.random.Generator) -> dict[str, list[str]]:
    """The label strings of all rows of each split, in random order."""
    classes = [str(name) for name in rng.permutation(shape.classes)]
    with_rows = classes[: shape.num_single_classes]
    return {
        "curated": _plan_curated(shape, with_rows, classes[shape.num_single_classes :], rng),
        "noisy": _plan_part(shape.noisy, shape.classes, rng),
        "test": _plan_part(shape.test, shape.classes, rng),
    }


def _plan_curated(
    shape: Shape, with_rows: list[str], without_rows: list[str], rng: np.random.Generator
) -> list[str]:
    """Exactly `num_label_strings` distinct strings, each in one row at least."""
    num_rows = {size: count for size, count in shape.curated.items() if size > 1}
    num_strings = _share_out(shape.num_label_strings - len(with_rows), num_rows)
    _check_curated(shape, num_strings, len(without_rows))
    strings = []
    must_occur = list(without_rows)
    for size, count in num_strings.items():
        distinct: dict[tuple[str, ...], None] = {}
        while len(distinct) < count:
            first = must_occur[-1:] or [str(rng.choice(with_rows))]
            others = [name for name in shape.classes if name not in first]
            group = (*first, *map(str, rng.choice(others, size - 1, replace=False)))
            must_occur = must_occur[:-1]
            distinct[tuple(sorted(group))] = None
        names = [",".join(group) for group in distinct]
        strings += [names[row % len(names)] for row in range(num_rows[size])]
    strings += _fill_up(strings, shape.curated[1], with_rows)
    return _shuffled(strings, rng)


def _share_out(total: int, num_rows: Mapping[int, int]) -> dict[int, int]:
    """How many distinct strings of each size: in proportion to the rows, one at least."""
    all_rows = sum(num_rows.values())
    shares = {size: max(1, total * count // all_rows) for size, count in num_rows.items()}
    commonest = max(num_rows, key=lambda size: num_rows[size])
    return shares | {commonest: total - sum(shares.values()) + shares[commonest]}


def _check_curated(shape: Shape, num_strings: Mapping[int, int], num_without_rows: int) -> None:
    # Half of all groups: drawing distinct ones at random gets slow beyond that.
    possible = all(
        0 < count <= min(shape.curated[size], math.comb(len(shape.classes), size) // 2 + 1)
        for size, count in num_strings.items()
    )
    enough = sum(num_strings.values()) >= num_without_rows and shape.curated[1] >= shape.num_single_classes
    if not possible or not enough:
        raise ConfigError(
            f"{shape.num_label_strings} label strings in curated rows of {dict(shape.curated)} labels: "
            f"impossible with {len(shape.classes)} classes. Expected more rows or fewer strings."
        )


def _plan_part(num_rows: Mapping[int, int], classes: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Random groups, and single rows that bring all classes to the same number of labels."""
    strings = [
        ",".join(sorted(map(str, rng.choice(classes, size, replace=False))))
        for size, count in num_rows.items()
        if size > 1
        for _ in range(count)
    ]
    return _shuffled(strings + _fill_up(strings, num_rows[1], classes), rng)


def _fill_up(strings: list[str], count: int, classes: Sequence[str]) -> list[str]:
    """`count` single labels, each of the class that has the fewest labels so far, after one of each class."""
    used = pd.Series(",".join(strings).split(",")).value_counts()
    counts = used.reindex(list(classes), fill_value=0).to_numpy(copy=True)
    single = list(classes)[:count]
    counts[: len(single)] += 1
    for _ in range(count - len(single)):
        rarest = counts.argmin()
        counts[rarest] += 1
        single.append(classes[rarest])
    return single


def _shuffled(strings: list[str], rng: np.random.Generator) -> list[str]:
    return [strings[index] for index in rng.permutation(len(strings))]


def _name_clips(labels: Mapping[str, list[str]], rng: np.random.Generator) -> pd.DataFrame:
    """Eight hexadecimal digits for each clip, sorted within each split, as in the real tables."""
    numbers = iter(rng.choice(2**32, sum(map(len, labels.values())), replace=False))
    tables = [
        pd.DataFrame(
            {"split": split, "fname": sorted(f"{next(numbers):08x}.wav" for _ in strings), "labels": strings}
        )
        for split, strings in labels.items()
    ]
    return pd.concat(tables, ignore_index=True)


def _sounds(labels: pd.Series, shape: Shape, rng: np.random.Generator) -> Iterator[bytes]:
    """The file of each row, the first one very long and the second one silent."""
    heights_hz = np.geomspace(LOWEST_HZ, HIGHEST_HZ, len(shape.classes)).tolist()
    pitches_hz = dict(zip(shape.classes, heights_hz, strict=True))
    noise = make_noise(shape.longest_frames, rng)
    for number, text in enumerate(labels):
        if number == 1:
            yield wav_bytes(np.zeros(NUM_FRAMES))
            continue
        names = text.split(",")
        piece = cut(noise, NUM_FRAMES if number else shape.longest_frames, rng)
        levels = rng.uniform(*LEVELS, len(names)).tolist()
        yield wav_bytes(add_tones(piece, [pitches_hz[name] for name in names], levels))


if __name__ == "__main__":
    sys.exit(main())
