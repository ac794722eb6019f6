"""Mel power spectrograms in float32: librosa's filters, applied several times faster."""

import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

N_MELS = 128
TOP_DB = 80.0
AMIN = 1e-10

# Frames transformed at a time: windowed frames, spectrum and power then stay in the processor's cache.
_BLOCK_FRAMES = 64
# Mel filters multiplied at a time: neighbours share most of their bins, and the rest of a row is zeros.
_BAND_FILTERS = 16


class _Band(NamedTuple):
    """A group of neighbouring filters, cut down to the bins that any of them covers."""

    filters: slice
    bins: slice
    weights: np.ndarray  # (num_bins, num_filters)


def mel_frequencies(sample_rate: int, n_mels: int = N_MELS) -> np.ndarray:
    """Centres of the mel filters between 0 Hz and half the sample rate (in Hz).

    Returns
    -------
    np.ndarray [shape=(n_mels,)], float64, in Hz
    """
    import librosa  # late: it takes a third of a second, and not every process needs it

    return librosa.mel_frequencies(n_mels=n_mels + 2, fmin=0, fmax=sample_rate / 2)[1:-1]


def mel_power(
    wave: np.ndarray, sample_rate: int, n_fft: int, hop_length: int, n_mels: int = N_MELS
) -> np.ndarray:
    """Mel power spectrogram of one clip, its frames centred and the clip zero-padded at both ends.

    Parameters
    ----------
    wave : np.ndarray [shape=(n,)], float32
    sample_rate : int
        In Hz.
    n_fft, hop_length : int
        In samples.
    n_mels : int
        Number of filters.

    Returns
    -------
    np.ndarray [shape=(1 + n // hop_length, n_mels)], float32
    """
    bands = _bands(sample_rate, n_fft, n_mels)
    mel = np.empty((1 + len(wave) // hop_length, n_mels), dtype=np.float32)
    for start, power in _power_blocks(wave, n_fft, hop_length):
        block = mel[start : start + len(power)]
        for band in bands:
            np.matmul(power[:, band.bins], band.weights, out=block[:, band.filters])
    return mel


def to_db(power: np.ndarray) -> np.ndarray:
    """Decibels of a power spectrogram, floored 80 dB under its own loudest value; in place.

    Parameters
    ----------
    power : np.ndarray [shape=(...)], float32
        Of one clip: the floor is relative to the maximum of the whole array.

    Returns
    -------
    np.ndarray [shape=(...)], float32
        The same array.
    """
    np.maximum(power, AMIN, out=power)
    np.log10(power, out=power)
    power *= 10
    return np.maximum(power, power.max() - TOP_DB, out=power)


def _power_blocks(wave: np.ndarray, n_fft: int, hop_length: int) -> Iterator[tuple[int, np.ndarray]]:
    """Pairs (first frame, power spectra [shape=(frames, 1 + n_fft // 2)]) of consecutive frames."""
    padded = np.zeros(len(wave) + n_fft, dtype=np.float32)
    padded[n_fft // 2 : n_fft // 2 + len(wave)] = wave
    frames = sliding_window_view(padded, n_fft)[::hop_length]
    window = _hann(n_fft)
    for start in range(0, len(frames), _BLOCK_FRAMES):
        spectra = scipy.fft.rfft(frames[start : start + _BLOCK_FRAMES] * window, workers=1)
        power = np.square(spectra.real)
        power += np.square(spectra.imag)
        yield start, power


@lru_cache(maxsize=16)
def _hann(n_fft: int) -> np.ndarray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)


@lru_cache(maxsize=16)
def _bands(sample_rate: int, n_fft: int, n_mels: int) -> tuple[_Band, ...]:
    import librosa

    with warnings.catch_warnings():
        # At a high sample rate the lowest filters may lie between two bins: they stay silent.
        warnings.filterwarnings("ignore", message="Empty filters", category=UserWarning)
        bank = librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=n_mels)
    bands = []
    for first in range(0, n_mels, _BAND_FILTERS):
        filters = slice(first, min(first + _BAND_FILTERS, n_mels))
        used = np.flatnonzero(bank[filters].any(axis=0))
        bins = slice(used[0], used[-1] + 1) if len(used) else slice(0, 1)
        bands.append(_Band(filters, bins, np.ascontiguousarray(bank[filters, bins].T)))
    return tuple(bands)
