"""The plain way that the benchmarks are held against: librosa for one clip after the other, for each batch.

What a first Kaggle notebook does: load with resampling by `kaiser_fast`, cut two seconds at random or pad
with zeros, normalise or take MFCCs, and do all of it anew whenever a batch needs the clip.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import librosa
import numpy as np

WAVE_RATE, MFCC_RATE = 16_000, 44_100  # in Hz
DURATION_S = 2.0
N_MFCC = 40

Prepare = Callable[[Path, np.random.Generator | None], np.ndarray]


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


class PlainGenerator(keras.utils.PyDataset):
    """Batches for `fit` whose clips are loaded and prepared one by one when the batch is asked for.

    Parameters
    ----------
    paths : sequence of Path
    targets : np.ndarray [shape=(len(paths), num_classes)], float32
    prepare : callable
        `prepare_wave` or `prepare_mfcc`.
    batch_size : int
    seed : int
        Of the order, new in each epoch, and of the crops.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        targets: np.ndarray,
        prepare: Prepare = prepare_wave,
        batch_size: int = 64,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self._paths, self._targets, self._prepare = paths, targets, prepare
        self._batch_size, self._rng = batch_size, np.random.default_rng(seed)
        self.on_epoch_end()

    @property
    def num_batches(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return math.ceil(len(self._paths) / self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Features [shape=(batch, *input_shape)] and targets of one batch."""
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        features = np.stack([self._prepare(self._paths[row], self._rng) for row in chosen])
        return features, self._targets[chosen]

    def on_epoch_end(self) -> None:
        """Draw another order."""
        self._order = self._rng.permutation(len(self._paths))
