"""What turns a sound file into the inputs of the networks beside it, and their answers into one."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from onnxruntime import InferenceSession

SILENT = 1e-6  # of the loudest stretch's energy
FLOOR = 1e-7  # of a probability in a geometric mean
LEAST_EVIDENCE = 1e-4  # of a probability in a weighted mean: below it, confidence says no more
BATCH = 16  # windows that a network is asked about together
UNKNOWN = 0x60000000  # bytes: whoever does not know the size of a file promises more
LOUDEST = 1e12  # of a sample: what is louder is no sound
HERE = Path(__file__).resolve().parent
BUNDLE = json.loads((HERE / "bundle.json").read_text(encoding="utf-8"))
CLASSES, RUNS = BUNDLE["classes"], BUNDLE["runs"]


def read(path: str | Path) -> tuple[np.ndarray, int]:
    """The mono mix of a file [shape=(n,)], float32, and its rate in Hz; a ValueError if it is no sound."""
    name = Path(path).name
    try:
        with Path(path).open("rb") as file:
            if is_cut(file):
                raise ValueError(f"{name}: breaks off before its end, expected all of it.")
            samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    except OSError as error:
        raise ValueError(f"{name}: {error.strerror or error}, expected a sound file.") from error
    except soundfile.SoundFileError as error:
        raise ValueError(f"{name}: libsndfile reads no sound there; expected one such as WAV.") from error
    if not len(samples):
        raise ValueError(f"{name}: no samples, expected at least one.")
    if not (np.abs(samples) <= LOUDEST).all():
        raise ValueError(f"{name}: a sample that is no number or beyond any sound, expected finite samples.")
    num_channels = samples.shape[1]
    if num_channels == 1:
        return samples[:, 0], rate
    return samples @ np.full(num_channels, 1 / num_channels, np.float32), rate


def is_cut(file: BinaryIO) -> bool:
    """Whether a WAV file lacks more than a fifth of what its header promises; left at its beginning."""
    head, num_bytes = file.read(8), file.seek(0, 2)
    file.seek(0)
    promised = int.from_bytes(head[4:], "little")
    return head[:4] == b"RIFF" and num_bytes < 0.8 * promised < UNKNOWN


def predict(wave: np.ndarray, rate: int, run: dict[str, Any]) -> np.ndarray:
    """What each network of a run says of a sound [shape=(networks, classes)]: the mean over its windows."""
    graph = network(HERE / run["graph"])
    parts = [graph.run(None, {run["input"]: part})[0] for part in inputs(wave, rate, run["features"])]
    answer = np.concatenate(parts).mean(axis=0, dtype=np.float64)
    if not np.isfinite(answer).all():
        raise ValueError(f"{run['run']} answers with values that are not numbers, expected probabilities.")
    return answer


def combine(answers: list[np.ndarray]) -> np.ndarray:
    """What all networks say together [shape=(classes,)], of each class by those that know it."""
    return weighted_mean(answers) if BUNDLE["combine"] == "weighted" else geometric_mean(answers)


def weighted_mean(answers: list[np.ndarray]) -> np.ndarray:
    """A logarithmic opinion pool [shape=(classes,)], in which the networks of a run share its weight."""
    members = np.full((sum(map(len, answers)), len(CLASSES)), np.nan)
    weights, end = np.zeros(len(members)), 0
    for answer, run in zip(answers, RUNS, strict=True):
        begin, end = end, end + len(answer)
        members[begin:end, run["columns"]] = np.clip(answer, LEAST_EVIDENCE, 1 - LEAST_EVIDENCE)
        weights[begin:end] = run["weight"] / len(answer)
    evidence = np.log(members) if BUNDLE["normalise"] else np.log(members / (1 - members))
    evidence = np.where(np.isnan(evidence), np.nanmean(evidence, axis=0), evidence)
    total = weights @ evidence
    if not BUNDLE["normalise"]:
        return 1 / (1 + np.exp(-total))
    powers = np.exp(total - total.max())
    return powers / powers.sum()


def geometric_mean(answers: list[np.ndarray]) -> np.ndarray:
    """The geometric mean over all networks [shape=(classes,)]."""
    total, count = np.zeros((2, len(CLASSES)))
    for answer, run in zip(answers, RUNS, strict=True):
        total[run["columns"]] += np.log(np.maximum(answer, FLOOR)).sum(axis=0)
        count[run["columns"]] += len(answer)
    mean = np.exp(total / count)
    return mean / mean.sum() if BUNDLE["normalise"] else mean


def inputs(wave: np.ndarray, rate: int, features: dict[str, Any]) -> Iterator[np.ndarray]:
    """Inputs of all windows that are not silent, some at a time [shape=(n, *input)], float32."""
    if rate != features["sample_rate"]:
        wave = soxr.resample(wave, rate, features["sample_rate"], quality="HQ")
    if features["kind"] == "embedding":
        yield from embeddings(wave, features)
        return
    for pieces in windows(wave, round(features["sample_rate"] * features["duration_s"])):
        if features["kind"] == "wave":
            low, high = pieces.min(axis=1, keepdims=True), pieces.max(axis=1, keepdims=True)
            yield ((pieces - low) / (high - low + 1e-6) - 0.5)[..., np.newaxis]
        else:
            yield np.stack([mfcc(piece, features) for piece in pieces])[..., np.newaxis]


def windows(wave: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Half-overlapping windows, the last of which ends with the wave, less the silent ones."""
    if len(wave) <= size:
        before = (size - len(wave)) // 2
        yield np.pad(wave, (before, size - len(wave) - before))[np.newaxis]
        return
    starts = list(range(0, len(wave) - size + 1, max(size // 2, 1)))
    if starts[-1] + size < len(wave):
        starts.append(len(wave) - size)
    every = sliding_window_view(wave, size)
    energies = np.array([np.einsum("i,i", every[start], every[start]) for start in starts])
    heard = np.array(starts)[energies >= SILENT * energies.max()]
    for first in range(0, len(heard), BATCH):
        yield every[heard[first : first + BATCH]]


def mfcc(piece: np.ndarray, features: dict[str, Any]) -> np.ndarray:
    """Mel-frequency cepstral coefficients of a window [shape=(n_mfcc, frames)], float32."""
    n_fft, hop = features["n_fft"], features["hop_length"]
    arrays = matrices(HERE / features["matrices"])
    padded = np.pad(piece, (n_fft // 2, n_fft - n_fft // 2))
    spectra = np.fft.rfft(sliding_window_view(padded, n_fft)[::hop] * hann(n_fft))
    decibels = 10 * np.log10(np.maximum(np.abs(spectra) ** 2 @ arrays["mel"].T, 1e-10))
    return (np.maximum(decibels, decibels.max() - 80) @ arrays["dct"].T).T.astype(np.float32)


def embeddings(wave: np.ndarray, features: dict[str, Any]) -> Iterator[np.ndarray]:
    """What the pretrained network makes of each window, some at a time [shape=(n, 1024)], float32."""
    size, hop = 15_600, 7_680
    count = 1 + -(-max(len(wave) - size, 0) // hop)
    stretches = np.pad(wave, (0, -len(wave) % hop)).reshape(-1, hop)
    energies = np.einsum("ij,ij->i", stretches, stretches)
    quiet = energies < SILENT * energies.max(initial=0)
    silent = np.array([quiet.any() and quiet[at : at + 2].all() for at in range(count)])
    peak = np.abs(wave).max(initial=0)
    wave = np.pad(wave, (0, size + (count - 1) * hop - len(wave)))  # the last window is filled up
    wave = wave * np.float32(0.5 / peak if peak > 1e-4 else 1)
    if silent.all():
        yield np.zeros((1, 1_024), np.float32)
        return
    mel = matrices(HERE / features["matrices"])["mel"]
    for first in range(0, count, BATCH):
        several = silent[first : first + BATCH]
        if several.all():
            continue
        piece = wave[first * hop : (first + len(several) - 1) * hop + size]
        frames = sliding_window_view(piece, 400)[::160] * hann(400)
        bands = np.log(np.abs(np.fft.rfft(frames, 512)) @ mel + 0.001).astype(np.float32)
        patches = np.ascontiguousarray(sliding_window_view(bands, 96, axis=0)[::48].swapaxes(1, 2))
        found = network(HERE / features["graph"]).run(["embeddings"], {"patches": patches})[0]
        yield found[~several].astype(np.float16).astype(np.float32)


@lru_cache
def matrices(path: Path) -> dict[str, np.ndarray]:
    """What a transform multiplies with, read once."""
    with np.load(path) as arrays:
        return dict(arrays)


@lru_cache
def network(path: Path) -> InferenceSession:
    """A graph, ready to run, loaded once."""
    return InferenceSession(str(path), providers=["CPUExecutionProvider"])


@lru_cache
def hann(size: int) -> np.ndarray:
    """A Hann window of this period, float32."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)
