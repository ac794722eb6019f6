"""Seeded sound for the scripts that need no data set: WAV files as in FSDKaggle2019, 16-bit mono."""

import itertools
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES

SAMPLE_RATE = 44_100
LOWEST_HZ, HIGHEST_HZ = 100.0, 4_000.0
FULL_SCALE = 32_767
_SPARE_FRAMES = 1 << 20  # noise is made once; this much more than the longest clip, to cut each one elsewhere


def write_clips(
    folder: Path,
    num_clips: int,
    seconds: float | Sequence[float],
    sample_rate: int = SAMPLE_RATE,
    seed: int = 0,
) -> list[Path]:
    """Write clips of one tone in noise each: `clip_00000.wav` and on, no two alike.

    Parameters
    ----------
    folder : Path
        Made if it is missing.
    num_clips : int
    seconds : float or sequence of float
        Duration of all clips, or of each.
    sample_rate : int
        In Hz.
    seed : int
        The same seed gives the same files.

    Returns
    -------
    list of Path
        The files, in order.
    """
    rng = np.random.default_rng(seed)
    durations_s = np.broadcast_to(np.asarray(seconds, dtype=float), num_clips)
    num_frames = np.maximum(np.rint(durations_s * sample_rate).astype(int), 1)
    longest = int(num_frames.max(initial=1))
    noise = rng.standard_normal(longest + _SPARE_FRAMES, dtype=np.float32)
    times_s = np.arange(longest, dtype=np.float32) / sample_rate
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"clip_{number:05d}.wav" for number in range(num_clips)]
    for path, count in zip(paths, num_frames, strict=True):
        offset = rng.integers(_SPARE_FRAMES)
        pitch_hz = LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** rng.random(dtype=np.float32)
        samples = 0.1 * np.sin(2 * np.pi * pitch_hz * times_s[:count]) + 0.02 * noise[offset : offset + count]
        _write_wave(path, samples, sample_rate)
    return paths


def write_curated(
    root: Path, num_clips: int, seconds: float | Sequence[float], num_classes: int = 80
) -> list[Path]:
    """Write a set of such clips in the Kaggle layout: curated ones of so many classes, one label each.

    Returns
    -------
    list of Path
        The files, in the order of the table.
    """
    paths = write_clips(root / "train_curated", num_clips, seconds)
    labels = itertools.cycle(FSDKAGGLE2019_CLASSES[:num_classes])
    rows = [(path.name, label) for path, label in zip(paths, labels, strict=False)]
    pd.DataFrame(rows, columns=["fname", "labels"]).to_csv(root / "train_curated.csv", index=False)
    return paths


def _write_wave(path: Path, samples: np.ndarray, sample_rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, sample_rate, len(samples), "NONE", ""))
        file.writeframes((samples * FULL_SCALE).astype("<i2").tobytes())
