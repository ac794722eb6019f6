"""What turns a sound file into the inputs of the networks beside it."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from onnxruntime import InferenceSession

SILENT = 1e-6  # of the loudest stretch's energy
FLOOR = 1e-7  # of a probability in a geometric mean


def inputs(path: str | Path, features: dict[str, Any], here: Path) -> np.ndarray:
    """The network inputs of all windows of a file that are not silent [shape=(windows, *input)], float32."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    wave = samples.mean(axis=1)
    if rate != features["sample_rate"]:
        wave = soxr.resample(wave, rate, features["sample_rate"], quality="HQ")
    if features["kind"] == "embedding":
        return embeddings(wave, features, here)
    pieces = windows(wave, round(features["sample_rate"] * features["duration_s"]))
    if features["kind"] == "wave":
        low, high = pieces.min(axis=1, keepdims=True), pieces.max(axis=1, keepdims=True)
        return ((pieces - low) / (high - low + 1e-6) - 0.5)[..., np.newaxis].astype(np.float32)
    return np.stack([mfcc(piece, features, here) for piece in pieces])[..., np.newaxis]


def windows(wave: np.ndarray, size: int) -> np.ndarray:
    """Half-overlapping windows, the last of which ends with the wave, less the silent ones."""
    if len(wave) <= size:
        before = (size - len(wave)) // 2
        return np.pad(wave, (before, size - len(wave) - before))[np.newaxis]
    starts = list(range(0, len(wave) - size + 1, max(size // 2, 1)))
    if starts[-1] + size < len(wave):
        starts.append(len(wave) - size)
    pieces = np.stack([wave[start : start + size] for start in starts])
    energies = (pieces**2).sum(axis=1)
    return pieces[energies >= SILENT * energies.max()]


def mfcc(piece: np.ndarray, features: dict[str, Any], here: Path) -> np.ndarray:
    """Mel-frequency cepstral coefficients of a window [shape=(n_mfcc, frames)], float32."""
    n_fft, hop = features["n_fft"], features["hop_length"]
    arrays = matrices(here / features["matrices"])
    frames = sliding_window_view(np.pad(piece, n_fft // 2), n_fft)[::hop]
    power = np.abs(np.fft.rfft(frames * hann(n_fft))) ** 2 @ arrays["mel"].T
    decibels = 10 * np.log10(np.maximum(power, 1e-10))
    return (np.maximum(decibels, decibels.max() - 80) @ arrays["dct"].T).T.astype(np.float32)


def embeddings(wave: np.ndarray, features: dict[str, Any], here: Path) -> np.ndarray:
    """What the pretrained network makes of each window [shape=(windows, 1024)], float32."""
    size, hop = 15_600, 7_680
    count = 1 + -(-max(len(wave) - size, 0) // hop)
    stretches = np.pad(wave, (0, -len(wave) % hop)).reshape(-1, hop)
    energies = (stretches**2).sum(axis=1)
    quiet = np.pad(energies < SILENT * energies.max(initial=0), (0, count + 1), constant_values=True)
    silent = quiet[:count] & quiet[1 : count + 1]
    peak = np.abs(wave).max(initial=0)
    padded = np.pad(wave, (0, size + (count - 1) * hop - len(wave)))  # the last window is filled up
    scaled = padded * np.float32(0.5 / peak if peak > 1e-4 else 1)
    mel = matrices(here / features["matrices"])["mel"]
    frames = sliding_window_view(scaled, 400)[::160] * hann(400)
    bands = np.log(np.abs(np.fft.rfft(frames, 512)) @ mel + 0.001).astype(np.float32)
    patches = np.ascontiguousarray(sliding_window_view(bands, 96, axis=0)[::48].swapaxes(1, 2))
    found = network(here / features["graph"]).run(["embeddings"], {"patches": patches})[0]
    if silent.all():
        return np.zeros_like(found)
    return found[~silent].astype(np.float16).astype(np.float32)


@lru_cache
def matrices(path: Path) -> dict[str, np.ndarray]:
    """What a transform multiplies with, read once."""
    with np.load(path) as arrays:
        return dict(arrays)


@lru_cache
def network(path: Path) -> InferenceSession:
    """A graph, ready to run, loaded once."""
    return InferenceSession(str(path))


def hann(size: int) -> np.ndarray:
    """A Hann window of this period, float32."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


def combine(members: np.ndarray, normalise: bool) -> np.ndarray:
    """The geometric mean of the members [shape=(members, classes)]; NaN where one does not know a class."""
    logs = np.log(np.maximum(members, FLOOR))
    known = ~np.isnan(logs)
    mean = np.exp(np.where(known, logs, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    return mean / mean.sum() if normalise else mean
