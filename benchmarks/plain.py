"""The plain way, which the benchmarks compare with: librosa, one clip after the other.

What a first Kaggle notebook does: load with resampling by `kaiser_fast`, cut two seconds at random or pad
with zeros, normalise or take MFCCs, and do all of it anew whenever a batch needs the clip.
"""

from pathlib import Path

import librosa
import numpy as np

WAVE_RATE, MFCC_RATE = 16_000, 44_100  # in Hz
DURATION_S = 2.0
N_MFCC = 40


def load_wave(path: Path, sample_rate: int) -> np.ndarray:
    """The samples of a clip [shape=(n,)] at a sample rate in Hz, float32."""
    return librosa.load(path, sr=sample_rate, res_type="kaiser_fast")[0]


def crop(wave: np.ndarray, num_samples: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """`num_samples` of a wave, cut at a random offset or padded with zeros at one."""
    surplus = len(wave) - num_samples
    offset = int((rng or np.random.default_rng()).integers(abs(surplus) + 1))
    if surplus >= 0:
        return wave[offset : offset + num_samples]
    return np.pad(wave, (offset, -surplus - offset))


def normalise(wave: np.ndarray) -> np.ndarray:
    """A wave scaled to [-0.5, 0.5]."""
    return (wave - wave.min()) / (wave.max() - wave.min() + 1e-6) - 0.5


def prepare_wave(path: Path, rng: np.random.Generator | None = None) -> np.ndarray:
    """What `wave_cnn` takes of a clip [shape=(32000, 1)], float32."""
    wave = load_wave(path, WAVE_RATE)
    return normalise(crop(wave, round(DURATION_S * WAVE_RATE), rng))[:, np.newaxis]


def prepare_mfcc(path: Path, rng: np.random.Generator | None = None) -> np.ndarray:
    """What `mfcc_cnn` takes of a clip, not standardised yet [shape=(40, 173, 1)], float32."""
    wave = crop(load_wave(path, MFCC_RATE), round(DURATION_S * MFCC_RATE), rng)
    return librosa.feature.mfcc(y=wave, sr=MFCC_RATE, n_mfcc=N_MFCC)[..., np.newaxis]
