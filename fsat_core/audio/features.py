"""The inputs of the networks: normalised waves, or MFCCs and their standardiser."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from fsat_core.audio.mel import N_MELS
from fsat_core.audio.mfcc import Edit, mfcc_batch
from fsat_core.errors import AudioError, ConfigError

# The windows that a pretrained network hears, and how many numbers it makes of each.
EMBEDDING_RATE = 16_000
EMBEDDING_SAMPLES = 15_600
EMBEDDING_SIZE = 1_024

_STD_FLOOR = 1e-3
_FIT_BLOCK = 256


@dataclass(frozen=True)
class FeatureSpec:
    """What turns audio into the input of a network.

    Parameters
    ----------
    kind : "wave", "mfcc" or "embedding"
        An "embedding" is what a pretrained network makes of a window; its rate and length are that network's.
    sample_rate : int
        In Hz.
    duration_s : float
        Length of one crop or window.
    n_mfcc : int
        Number of coefficients ("mfcc" only).
    n_fft, hop_length : int
        In samples ("mfcc" only).
    crop_once : bool
        Train on one and the same crop of each clip, rather than on a new one each time ("mfcc" only).

    Raises
    ------
    ConfigError
        If a value is impossible.
    """

    kind: Literal["wave", "mfcc", "embedding"]
    sample_rate: int
    duration_s: float
    n_mfcc: int = 40
    n_fft: int = 2048
    hop_length: int = 512
    crop_once: bool = True

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        if self.kind not in ("wave", "mfcc", "embedding"):
            raise ConfigError(f"kind={self.kind!r}, expected 'wave', 'mfcc' or 'embedding'.")
        for name in ("sample_rate", "duration_s", "n_mfcc", "n_fft", "hop_length"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name}={getattr(self, name)!r}, expected more than 0.")
        if self.n_mfcc > N_MELS:
            raise ConfigError(f"n_mfcc={self.n_mfcc}, expected at most {N_MELS}.")
        if self.num_samples < 1:
            raise ConfigError(f"duration_s={self.duration_s!r} is less than one sample; make it longer.")
        window = (EMBEDDING_RATE, EMBEDDING_SAMPLES)
        if self.kind == "embedding" and (self.sample_rate, self.num_samples) != window:
            raise ConfigError(
                f"windows of {self.duration_s:g} s at {self.sample_rate:,} Hz, expected those of the "
                f"pretrained network: {EMBEDDING_SAMPLES / EMBEDDING_RATE:g} s at {EMBEDDING_RATE:,} Hz."
            )

    @property
    def num_samples(self) -> int:
        """Samples in one crop or window."""
        return round(self.sample_rate * self.duration_s)

    @property
    def stores_waves(self) -> bool:
        """True when a cache keeps whole waves, to be cropped anew; False when it keeps MFCCs."""
        return self.kind == "wave" or (self.kind == "mfcc" and not self.crop_once)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one network input: (num_samples, 1), (n_mfcc, frames, 1) or (EMBEDDING_SIZE,)."""
        if self.kind == "wave":
            return (self.num_samples, 1)
        if self.kind == "embedding":
            return (EMBEDDING_SIZE,)
        return (self.n_mfcc, 1 + self.num_samples // self.hop_length, 1)

    def to_json(self) -> dict[str, Any]:
        """A dictionary for `json.dump`."""
        return dataclasses.asdict(self)


def normalise_wave(waves: np.ndarray) -> np.ndarray:
    """Each wave scaled to [-0.5, 0.5] by its own extremes.

    Parameters
    ----------
    waves : np.ndarray [shape=(..., n)], float32

    Returns
    -------
    np.ndarray [shape=(..., n)], float32
        `(x - min) / (max - min + 1e-6) - 0.5`.
    """
    low = waves.min(axis=-1, keepdims=True)
    high = waves.max(axis=-1, keepdims=True)
    scaled = waves - low
    scaled /= high - low + 1e-6
    scaled -= 0.5
    return scaled


def extract(crops: np.ndarray, spec: FeatureSpec, edit: Edit | None = None) -> np.ndarray:
    """Network inputs from pieces of audio, for networks on waves or MFCCs; these are not standardised yet.

    Parameters
    ----------
    crops : np.ndarray [shape=(b, spec.num_samples)]
        Mono float32 at `spec.sample_rate`.
    spec : FeatureSpec
    edit : callable, optional
        As in `mfcc_batch` ("mfcc" only).

    Returns
    -------
    np.ndarray [shape=(b, *spec.input_shape)], float32

    Raises
    ------
    AudioError
        As `mfcc_batch`.
    """
    if spec.kind == "wave":
        return normalise_wave(crops)[..., np.newaxis]
    features = mfcc_batch(crops, spec.sample_rate, spec.n_mfcc, spec.n_fft, spec.hop_length, edit)
    return features[..., np.newaxis]


@dataclass(frozen=True)
class Standardiser:
    """Mean and standard deviation of every feature value over the training clips.

    Parameters
    ----------
    mean, std : np.ndarray [shape=input_shape], float32
        `std` is never under 1e-3, so that a value that is always the same does not divide by zero.
    """

    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def fit(cls, features: np.ndarray) -> "Standardiser":
        """Fitted on `features` [shape=(num_clips, *input_shape)], per coefficient and frame."""
        starts = range(0, len(features), _FIT_BLOCK)
        return cls.fit_blocks(features[start : start + _FIT_BLOCK] for start in starts)

    @classmethod
    def fit_blocks(cls, blocks: Iterable[np.ndarray]) -> "Standardiser":
        """As `fit`, for clips that come in blocks: a large set would take close to a gigabyte at once.

        Raises
        ------
        AudioError
            If there are no clips.
        """
        count = 0
        total = squares = np.zeros(())
        for block in blocks:
            count += len(block)
            total = total + block.sum(axis=0, dtype=np.float64)
            squares = squares + np.square(block, dtype=np.float64).sum(axis=0)
        if count == 0:
            raise AudioError("no clips to fit the standardiser on, expected at least 1.")
        mean = total / count
        # Float64 has digits to spare for this difference: coefficients are hundreds of dB at most.
        variance = np.maximum(squares / count - np.square(mean), 0)
        std = np.maximum(np.sqrt(variance), _STD_FLOOR)
        return cls(mean.astype(np.float32), std.astype(np.float32))

    def apply(self, features: np.ndarray) -> np.ndarray:
        """`(features - mean) / std` [shape=(b, *input_shape)], float32."""
        scaled = features - self.mean
        scaled /= self.std
        return scaled

    def save(self, path: Path) -> None:
        """Write both arrays to an .npz file."""
        with path.open("wb") as file:
            np.savez(file, mean=self.mean, std=self.std)

    @classmethod
    def load(cls, path: Path) -> "Standardiser":
        """The standardiser that `save` wrote."""
        with np.load(path) as arrays:
            return cls(arrays["mean"], arrays["std"])


def standardise(features: np.ndarray, standardiser: Standardiser | None) -> np.ndarray:
    """Standardised features; unchanged for a network that has no standardiser."""
    return features if standardiser is None else standardiser.apply(features)


def pad_batch(features: np.ndarray, batch_size: int) -> np.ndarray:
    """Fill a batch up to one fixed size, so that the network is compiled for one shape only."""
    missing = batch_size - len(features)
    return np.pad(features, [(0, missing), *[(0, 0)] * (features.ndim - 1)]) if missing > 0 else features
