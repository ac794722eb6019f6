"""Memory for preparing and training a large set, and for work on one long clip.

Preparing and training are measured at two sizes; the slope between them gives the memory of 90 hours.

Trains each dummy for one epoch on curated and noisy clips of two sets, through `python -m fsat_core train`
and from an empty cache: decoding, features, statistics, fitting, predicting and exporting are all in it. What
counts is the most memory that the process and its children held at once and that the system could not take
back: not the feature cache, which is a memory-mapped file.

FSDKaggle2019 has 28,146 clips; 90 hours of them are 11.5 s each. The clips of both sets are that long but for
one of 57.6 s, the longest there is, and all are linked from a few files.

Work on one clip, of two hours in stereo at 48 kHz: by how much a process grows at most that has done the same
with a short clip before.
"""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from benchmarks.common import OK
from benchmarks.figures import Figure, run_figures
from benchmarks.sets.clips import write_clips
from benchmarks.sets.kaggle_set import rows_in_turn, write_set
from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES
from fsat_core.errors import RunError
from tools.long_sounds import growth_mb, write_sparse_wav

NAME = "targets.memory"
MODELS = ("wave_dummy", "mfcc_dummy")
SIZES = (500, 2_000)  # clips
FULL_SIZE = 28_146
CLIP_S, LONGEST_S = 11.5, 57.57
SHARES = {"curated": 0.18, "noisy": 0.70}  # of the clips; the rest is for testing
NUM_FILES = 20
SAMPLE_EVERY_S = 0.05
LONG_S = 7_200.0
GROWTH_MB = 600
# By what is done with a clip: how the process begins, and then does it; `{runs}` is a folder of runs.
WORKS = {
    "figures of the deep scan": (
        "from fsat_core.audio.blocks import MonoWave\nfrom fsat_core.audio.levels import measure_levels\n"
        "def work(path):\n    wave = MonoWave(path)\n"
        "    measure_levels(wave.at(wave.sample_rate), wave.sample_rate)"
    ),
    "sound and pictures for a page": (
        "from fsat_core.audio.packing import read_sound\ndef work(path):\n    read_sound(path, mfcc=True)"
    ),
    "prediction": (
        "from fsat_core.prediction import predict_files\nfrom fsat_core.runs import list_runs\n"
        "def work(path):\n    (clip,) = predict_files([('clip', path)], list_runs(Path({runs!r})))\n"
        "    assert not clip.error, clip.error"
    ),
}
TRAIN = ("train", "--task", "multi", "--recipe", "quick", "--set", "splits=curated,noisy", "--json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(folder: Path, sizes: tuple[int, int] = SIZES, long_s: float = LONG_S) -> Iterator[Figure]:
    """All figures, from sets and clips that are written to `folder`."""
    yield from train_sets(folder, sizes)
    yield from grow(folder, _work_folder(folder / str(sizes[0]), MODELS[0]) / "runs", long_s)


def train_sets(folder: Path, sizes: tuple[int, int]) -> Iterator[Figure]:
    """One figure for each dummy, from sets of these sizes."""
    files = write_clips(folder / "files", NUM_FILES, [LONGEST_S, *[CLIP_S] * (NUM_FILES - 1)])
    sets = [write_linked(folder / str(size), size, files) for size in sizes]
    for model in MODELS:
        peaks = [peak_of_training(root, model) for root in sets]
        shown = ", ".join(f"{size:,} clips {peak:,.0f} MB" for size, peak in zip(sizes, peaks, strict=True))
        print(f"{model}: {shown}", file=sys.stderr)
        value = extrapolate(sizes, peaks, FULL_SIZE)
        yield Figure(f"preparing 90 hours and training {model}", value, "MB", 4_000, at_most=True)


def grow(folder: Path, runs_dir: Path, long_s: float) -> Iterator[Figure]:
    """By how much work on a clip of `long_s` lets a process grow; the runs predict."""
    short = write_sparse_wav(folder / "short.wav", 5, 48_000, 2)
    long = write_sparse_wav(folder / "long.wav", long_s, 48_000, 2)
    for name, code in WORKS.items():
        setup = f"{code.format(runs=str(runs_dir))}\nwork(Path({str(short)!r}))"
        value = growth_mb(long, setup, "work(path)")
        yield Figure(f"{name}, a clip of {long_s / 3_600:g} h", value, "MB", GROWTH_MB, at_most=True)


def extrapolate(sizes: Sequence[int], peaks: Sequence[float], size: int) -> float:
    """The peak at a larger size, on the line through two of them; at least the larger of the two."""
    slope = (peaks[1] - peaks[0]) / (sizes[1] - sizes[0])
    return max(peaks[1] + slope * (size - sizes[1]), *peaks)


def write_linked(root: Path, num_clips: int, files: Sequence[Path]) -> Path:
    """Write a set whose clips are links to the first of `files`, once, and the others in turn; its root."""
    counts = {split: round(num_clips * share) for split, share in SHARES.items()}
    counts["test"] = num_clips - sum(counts.values())
    table = rows_in_turn(counts, [*FSDKAGGLE2019_CLASSES, ",".join(FSDKAGGLE2019_CLASSES[:2])])
    write_set(root, table, [files[0], *itertools.islice(itertools.cycle(files[1:]), num_clips - 1)])
    return root


def peak_of_training(root: Path, model: str) -> float:
    """The most memory (in MB) that a training on a set held at once, with everything in front of it.

    Raises
    ------
    RunError
        If the training fails.
    """
    work = _work_folder(root, model)
    words = [*TRAIN, "--model", model, "--data", str(root), "--runs", str(work / "runs")]
    environment = os.environ | {"FSAT_CACHE_DIR": str(work / "cache")}
    command = [sys.executable, "-m", "fsat_core", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, memory_of(process.pid))
        try:
            process.wait(SAMPLE_EVERY_S)
        except subprocess.TimeoutExpired:
            continue
    if process.returncode != OK:
        raise RunError(
            f"python -m fsat_core {' '.join(words)} ended with status {process.returncode}: expected 0. "
            "Mend what it says above, and start again."
        )
    return peak


def _work_folder(root: Path, model: str) -> Path:
    """Where a training on a set has its runs and its cache."""
    return root.parent / f"{root.name}-{model}"


def memory_of(pid: int) -> float:
    """Memory (in MB) of a process and its children, less files that are mapped where the system says so."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    return sum(map(_private_bytes, family)) / 1e6


def _private_bytes(process: psutil.Process) -> int:
    try:
        info = process.memory_info()
    except psutil.NoSuchProcess:
        return 0
    return info.rss - getattr(info, "shared", 0)


if __name__ == "__main__":
    sys.exit(main())
