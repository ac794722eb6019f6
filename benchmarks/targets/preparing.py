"""Scanning headers and preparing network inputs, each against the plain way on the same clips.

Headers: 28,000 WAV files of 0.1 s, against `wave.open(path).getnframes()` in a loop. Inputs: clips of 5 s at
44.1 kHz, into an empty cache, against librosa in a loop; for `mfcc_cnn` each file is ten clips, which are as
many as processes are started for. Of `mfcc_cnn`, one crop and all windows of each clip
are prepared: five inputs, for each of which the plain loop loads the clip; a second loop loads it once for
all. All files are in the system's memory. Both sides take turns; medians are compared.
"""

import itertools
import shutil
import sys
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import librosa
import numpy as np

from benchmarks.figures import RATIO, ROUNDS, Figure, run_figures, seconds_of
from benchmarks.plain import (
    DURATION_S,
    MFCC_RATE,
    N_MFCC,
    WAVE_RATE,
    crop,
    load_wave,
    prepare_mfcc,
    prepare_wave,
)
from benchmarks.sets.clips import write_clips
from benchmarks.sets.kaggle_set import write_curated
from fsat_core.audio import FeatureSpec, build_cache
from fsat_core.audio.cache.compute import crop_generator
from fsat_core.dataset import open_dataset, scan

NAME = "targets.preparing"
NUM_HEADERS, HEADER_CLIP_S = 28_000, 0.1
NUM_CLIPS, CLIP_S = 200, 5.0
MFCC_COPIES = 10
NUM_PLAIN_WAVES, NUM_PLAIN_MFCCS = 15, 40  # the plain loops are slow: their speed is that of a part
WAVE = FeatureSpec("wave", WAVE_RATE, DURATION_S)
MFCC = FeatureSpec("mfcc", MFCC_RATE, DURATION_S, N_MFCC)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(
    folder: Path, num_headers: int = NUM_HEADERS, num_clips: int = NUM_CLIPS, rounds: int = ROUNDS
) -> Iterator[Figure]:
    """The figures, from files that are written to `folder`."""
    yield from scanning(folder, num_headers, rounds)
    paths = write_clips(folder / "clips", num_clips, CLIP_S)
    yield preparing_waves(folder, paths, rounds)
    yield from preparing_mfccs(folder, paths, rounds)


def scanning(folder: Path, num_headers: int, rounds: int) -> Iterator[Figure]:
    """How fast a first scan is, and a second one after which nothing has changed."""
    paths = [str(path) for path in write_curated(folder / "set", num_headers, HEADER_CLIP_S)]
    dataset = open_dataset(folder / "set")
    caches = (folder / f"headers_{number}" for number in itertools.count())
    cache_dir = next(caches)

    def plain() -> None:
        for path in paths:
            with wave.open(path) as file:
                file.getnframes()

    def first() -> None:
        nonlocal cache_dir
        cache_dir = next(caches)
        scan(dataset, cache_dir)

    def again() -> None:
        scan(dataset, cache_dir)

    plain_s, first_s, again_s = seconds_of(plain, first, again, rounds=rounds)
    name = f"of {num_headers:,} WAV headers"
    yield Figure(f"first scan {name}, against wave.open in a loop", plain_s / first_s, RATIO, 1.5)
    yield Figure(f"second scan {name}, against the first", first_s / again_s, RATIO, 20)


def preparing_waves(folder: Path, paths: Sequence[Path], rounds: int) -> Figure:
    """How fast whole clips get into the cache at the rate of `wave_cnn`."""
    some = paths[:NUM_PLAIN_WAVES]

    def plain() -> None:
        for path in some:
            prepare_wave(path)

    plain_s, ours_s = seconds_of(plain, lambda: _build(folder, _named(paths), WAVE), rounds=rounds)
    ratio = (plain_s / len(some)) / (ours_s / len(paths))
    return Figure("preparing wave_cnn input, against the plain loop", ratio, RATIO, 30)


def preparing_mfccs(folder: Path, paths: Sequence[Path], rounds: int) -> Iterator[Figure]:
    """How fast the inputs of `mfcc_cnn` get into the cache, and how far they are from librosa's."""
    some = paths[:NUM_PLAIN_MFCCS]

    num_pieces = len(plain_mfccs(some[0]))

    def plain() -> None:
        for path in some:
            prepare_mfcc(path)

    def decoded_once() -> None:
        for path in some:
            plain_mfccs(path)

    clips = [(f"{copy}_{name}", path) for copy in range(MFCC_COPIES) for name, path in _named(paths)]
    plain_s, once_s, ours_s = seconds_of(
        plain, decoded_once, lambda: _build(folder, clips, MFCC), rounds=rounds
    )
    ours_s *= len(some) / len(clips)
    name = "preparing mfcc_cnn input, against"
    yield Figure(f"{name} the plain loop", num_pieces * plain_s / ours_s, RATIO, 6)
    yield Figure(f"{name} librosa on clips that are decoded once", once_s / ours_s, RATIO, 4)
    difference = largest_difference(folder, some)
    yield Figure("mfcc_cnn input, largest difference from librosa's", difference, "dB", 1e-3, at_most=True)


def largest_difference(folder: Path, paths: Sequence[Path]) -> float:
    """Between MFCCs from the cache and librosa's of the same pieces, over all values of all clips."""
    cache = build_cache(_named(paths), MFCC, folder / "cache")
    rng = np.random.default_rng(0)  # draws nothing: the crop is stored
    return max(
        float(np.abs(np.concatenate([cache.crops([path.name], rng), cache.windows(path.name)]) - plain).max())
        for path in paths
        for plain in [plain_mfccs(path)]
    )


def plain_mfccs(path: Path) -> np.ndarray:
    """librosa's MFCCs of one crop and of all half-overlapping windows [shape=(pieces, *input_shape)]."""
    samples, size = load_wave(path, MFCC_RATE), MFCC.num_samples
    last = len(samples) - size
    pieces = [samples[start : start + size] for start in (*range(0, last, size // 2), last)]
    pieces.insert(0, crop(samples, size, crop_generator(path.name)))
    return np.stack([librosa.feature.mfcc(y=piece, sr=MFCC_RATE, n_mfcc=N_MFCC) for piece in pieces])[
        ..., np.newaxis
    ]


def _build(folder: Path, clips: Sequence[tuple[str, Path]], spec: FeatureSpec) -> None:
    cache_dir = folder / "cache"
    shutil.rmtree(cache_dir, ignore_errors=True)
    build_cache(clips, spec, cache_dir)


def _named(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    return [(path.name, path) for path in paths]


if __name__ == "__main__":
    sys.exit(main())
