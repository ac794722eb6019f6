"""A multi-label set out of single-label clips, whose labels are known for sure: how good is `--task multi`?

Each mix is two clips of different classes, joined by a comma in the tables. The second is looped or cut to
the length of the first, brought to its loudness (RMS) and then raised or lowered by -6 to +6 dB; the sum is
turned down where its peak would clip, and written as 16-bit WAV. 40 % of the rows are single clips as they
are, so that the set has both kinds of rows, as FSDKaggle2019 does.

Classes do not go together at random, or there would be no co-occurrence to learn: the seed puts them in a
ring, and the two neighbours of a class are its favourite partners. Exactly 70 % of the pairs are neighbours,
the others are spread evenly over all other pairs. Training and test part have the same ring.

Training mixes are made of curated clips alone, test mixes of test clips alone, but a training clip can be in
several mixes: out-of-fold scores are too good, test scores are not. `sources.csv` says what is in each mix.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import combinations, islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import soundfile

from benchmarks.common import run_script, script_parser
from benchmarks.sets.folders import claim_folder
from benchmarks.sets.kaggle_set import labels_of_test, write_set
from fsat_core.audio import read_mono, resample
from fsat_core.dataset import Dataset, clip_path, open_dataset
from fsat_core.errors import ConfigError, DatasetError

NAME = "sets.mix_pairs"
SINGLE_SHARE = 0.4  # of the rows
NEIGHBOUR_SHARE = 0.7  # of the pairs
MAX_GAIN_DB = 6.0
PEAK = 0.95
SILENCE_RMS = 1e-5

T = TypeVar("T")
Pair = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """One clip to be written: a single one (`second` is "") or a mix; `first` and `second` are file names."""

    fname: str
    labels: str
    first: str
    second: str = ""
    gain_db: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--num-train", type=int, default=240, help="rows of the training table")
    parser.add_argument("--num-test", type=int, default=80, help="rows of the test table")
    options = parser.parse_args(arguments)

    def work() -> None:
        mix_pairs(options.set, options.out, options.seed, options.num_train, options.num_test)
        print(f"{options.num_train} training and {options.num_test} test clips in {options.out}")

    return run_script(NAME, work)


def mix_pairs(source: Path, out: Path, seed: int = 0, num_train: int = 240, num_test: int = 80) -> None:
    """Write the set.

    Raises
    ------
    ConfigError
        If a number is impossible.
    DatasetError
        If fewer than 4 classes have single-label clips in both parts, there are too few such clips for the
        single rows, a clip of a mix is silent, or `out` is not free.
    AudioError
        If a clip of a mix cannot be read.
    """
    if seed < 0 or num_train < 1 or num_test < 1:
        raise ConfigError(
            f"--seed {seed} --num-train {num_train} --num-test {num_test}: expected a seed of 0 or more and "
            "1 clip or more in each part."
        )
    dataset = open_dataset(source)
    clips = {"curated": _single_clips(dataset, "curated"), "test": _single_clips(dataset, "test")}
    names = sorted(set(clips["curated"]) & set(clips["test"]))
    if len(names) < 4:
        raise DatasetError(
            f"{source}: {len(names)} classes have single-label clips in both parts, expected 4 or more."
        )
    rng = np.random.default_rng(seed)
    ring = [str(name) for name in rng.permutation(names)]
    plans = {
        split: plan({name: clips[split][name] for name in names}, ring, number, rng)
        for split, number in (("curated", num_train), ("test", num_test))
    }
    claim_folder(out, NAME, source, seed=seed, num_train=num_train, num_test=num_test)
    table = pd.concat([pd.DataFrame(rows).assign(split=split) for split, rows in plans.items()])
    audio = (_audio(dataset, split, row) for split, rows in plans.items() for row in rows)
    write_set(out, table, audio, dataset.classes)
    mixes = table[table["second"] != ""]
    mixes[["split", "fname", "first", "second", "gain_db"]].to_csv(out / "sources.csv", index=False)


def _single_clips(dataset: Dataset, split: str) -> dict[str, list[str]]:
    """The single-label clips of each class."""
    table = dataset.table[dataset.table["split"] == split] if split != "test" else labels_of_test(dataset)
    single = table[(table["labels"] != "") & ~table["labels"].str.contains(",")]
    return {str(name): list(rows["fname"]) for name, rows in single.groupby("labels")}


def plan(
    clips: dict[str, list[str]], ring: Sequence[str], num_rows: int, rng: np.random.Generator
) -> list[Row]:
    """Which clips make up each row; every class, pair and clip is used about as often as any other.

    Parameters
    ----------
    clips : dict
        File names of each class of `ring`.
    ring : sequence of str
        Classes; neighbours are favourite partners, the first and the last too.

    Raises
    ------
    DatasetError
        If there are too few clips for the single rows, which are all different.
    """
    num_single = round(SINGLE_SHARE * num_rows)
    num_clips = sum(map(len, clips.values()))
    if num_single > num_clips:
        raise DatasetError(
            f"{num_clips} clips with one label: expected {num_single} for the single rows. "
            "Ask for fewer rows."
        )
    decks = {name: deal(files, rng) for name, files in clips.items()}
    rows = []
    for name in _classes_of_singles(clips, num_single, rng):
        fname = next(decks[name])
        rows.append(Row(fname, name, fname))
    for number, pair in enumerate(_pairs(ring, num_rows - num_single, rng)):
        first, second = (str(name) for name in rng.permutation(pair))
        rows.append(
            Row(
                fname=f"mix_{number:04d}.wav",
                labels=",".join(sorted(pair)),
                first=next(decks[first]),
                second=next(decks[second]),
                gain_db=round(float(rng.uniform(-MAX_GAIN_DB, MAX_GAIN_DB)), 2),
            )
        )
    return rows


def _classes_of_singles(
    clips: dict[str, list[str]], num_single: int, rng: np.random.Generator
) -> Iterator[str]:
    """The class of each single row: all in turn, each at most as often as it has clips."""
    left = {name: len(files) for name, files in clips.items()}
    for name in deal(list(clips), rng):
        if num_single == 0:
            return
        if left[name]:
            left[name] -= 1
            num_single -= 1
            yield name


def _pairs(ring: Sequence[str], count: int, rng: np.random.Generator) -> list[Pair]:
    """Pairs of classes, `NEIGHBOUR_SHARE` of them neighbours in the ring, in random order."""
    neighbours = [_pair(name, ring[index - 1]) for index, name in enumerate(ring)]
    others = [pair for pair in combinations(sorted(ring), 2) if pair not in neighbours]
    num_neighbours = round(NEIGHBOUR_SHARE * count)
    pairs = [
        *islice(deal(neighbours, rng), num_neighbours),
        *islice(deal(others, rng), count - num_neighbours),
    ]
    return [pairs[index] for index in rng.permutation(len(pairs))]


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def deal(items: Sequence[T], rng: np.random.Generator) -> Iterator[T]:
    """The items for ever: all of them in random order, then all again in another one."""
    while True:
        for index in rng.permutation(len(items)):
            yield items[index]


def _audio(dataset: Dataset, split: str, row: Row) -> Path | bytes:
    first = clip_path(dataset, f"{split}/{row.first}")
    if not row.second:
        return first
    second = clip_path(dataset, f"{split}/{row.second}")
    wave, sample_rate = read_mono(first)
    other, other_rate = read_mono(second)
    try:
        mixed = mix(wave, resample(other, other_rate, sample_rate), row.gain_db)
    except ValueError as error:
        raise DatasetError(
            f"{row.first} + {row.second}: {error}. Remove the silent clip from the table of the source set."
        ) from error
    buffer = BytesIO()
    soundfile.write(buffer, mixed, sample_rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def mix(first: np.ndarray, second: np.ndarray, gain_db: float) -> np.ndarray:
    """Two waves at once [shape=(len(first),)], float32.

    Parameters
    ----------
    first, second : np.ndarray [shape=(n,)]
        At the same sample rate; `second` is looped or cut to the length of `first`.
    gain_db : float
        How much louder than `first` (by RMS) `second` becomes.

    Raises
    ------
    ValueError
        If either is silent.
    """
    second = np.resize(second, len(first))
    first_rms, second_rms = (float(np.sqrt(np.mean(np.square(wave)))) for wave in (first, second))
    if min(first_rms, second_rms) < SILENCE_RMS:
        raise ValueError("one of the two is silent, expected sound in both")
    both = first + second * (first_rms / second_rms * 10 ** (gain_db / 20))
    return (both * min(1.0, PEAK / float(np.abs(both).max()))).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main())
