"""Pieces of equal length cut from clips of any length."""

import numpy as np


def crop_or_pad(wave: np.ndarray, num_samples: int, rng: np.random.Generator) -> np.ndarray:
    """A piece of `num_samples` samples: cut at a random offset, or zero-padded at one.

    Parameters
    ----------
    wave : np.ndarray [shape=(n,)]
    num_samples : int
        Length wanted.
    rng : np.random.Generator
        Draws the offset.

    Returns
    -------
    np.ndarray [shape=(num_samples,)], same dtype as `wave`
    """
    surplus = len(wave) - num_samples
    offset = int(rng.integers(abs(surplus) + 1))
    if surplus >= 0:
        return wave[offset : offset + num_samples].copy()
    return _pad(wave, num_samples, offset)


def stretch(wave: np.ndarray, num_samples: int) -> np.ndarray:
    """A wave [shape=(n,)] read at another speed, so that it has `num_samples` [shape=(num_samples,)].

    Values between two samples lie on the line between them: audible, but good enough to train on.
    """
    if len(wave) == num_samples:
        return wave
    return np.interp(np.linspace(0, len(wave) - 1, num_samples), np.arange(len(wave)), wave)


def window_starts(num_frames: int, num_samples: int) -> np.ndarray:
    """Offsets of half-overlapping windows that cover a whole clip; the last one ends with the clip.

    Parameters
    ----------
    num_frames : int
        Length of the clip.
    num_samples : int
        Length of a window.

    Returns
    -------
    np.ndarray [shape=(num_windows,)], int64
        Ascending; [0] for a clip no longer than one window.
    """
    last = max(num_frames - num_samples, 0)
    hop = max(num_samples // 2, 1)
    return np.append(np.arange(0, last, hop), last)


def windows(wave: np.ndarray, num_samples: int) -> np.ndarray:
    """All windows of a clip at `window_starts`; a shorter clip is zero-padded on both sides.

    Parameters
    ----------
    wave : np.ndarray [shape=(n,)]
    num_samples : int
        Length of a window.

    Returns
    -------
    np.ndarray [shape=(num_windows, num_samples)], same dtype as `wave`
    """
    if len(wave) < num_samples:
        return _pad(wave, num_samples, (num_samples - len(wave)) // 2)[np.newaxis]
    every = np.lib.stride_tricks.sliding_window_view(wave, num_samples)
    return every[window_starts(len(wave), num_samples)]


def _pad(wave: np.ndarray, num_samples: int, offset: int) -> np.ndarray:
    padded = np.zeros(num_samples, dtype=wave.dtype)
    padded[offset : offset + len(wave)] = wave
    return padded
