"""Pieces of equal length cut from clips of any length."""

import numpy as np

from fsat_core.audio.levels import SILENCE

_SILENT_ENERGY = SILENCE**2  # of the loudest window's: a quiet recording has something to hear, too


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


def crop_heard(wave: np.ndarray, num_samples: int, floor: float, rng: np.random.Generator) -> np.ndarray:
    """As `crop_or_pad`, but never a silent piece, unless the whole wave is silent.

    If the drawn piece has no sample above `floor`, another one is cut around a sample that is.
    """
    piece = crop_or_pad(wave, num_samples, rng)
    if len(wave) <= num_samples or np.abs(piece).max() > floor:
        return piece
    heard = np.flatnonzero(np.abs(wave) > floor)
    if not len(heard):
        return piece
    offset = rng.choice(heard) - int(rng.integers(num_samples))
    offset = min(max(offset, 0), len(wave) - num_samples)
    return wave[offset : offset + num_samples].copy()


def stretch(wave: np.ndarray, num_samples: int) -> np.ndarray:
    """A wave [shape=(n,)] read at another speed, so that it has `num_samples` [shape=(num_samples,)].

    Values between two samples lie on the line between them: audible, but good enough to train on.
    """
    if len(wave) == num_samples:
        return wave
    return np.interp(np.linspace(0, len(wave) - 1, num_samples), np.arange(len(wave)), wave)


def window_starts(wave: np.ndarray, num_samples: int) -> np.ndarray:
    """Offsets of half-overlapping windows over a clip, less the silent ones; the last one ends with the clip.

    A window counts as silent if its energy is at most a millionth (-60 dB) of that of the loudest window.
    A clip that is silent throughout keeps all its windows.

    Parameters
    ----------
    wave : np.ndarray [shape=(n,)]
    num_samples : int
        Length of a window.

    Returns
    -------
    np.ndarray [shape=(num_windows,)], int64
        Ascending; [0] for a clip no longer than one window.
    """
    last = max(len(wave) - num_samples, 0)
    hop = max(num_samples // 2, 1)
    starts = np.append(np.arange(0, last, hop), last)
    if len(starts) == 1:
        return starts
    pieces = [wave[start : start + num_samples].astype(np.float32, copy=False) for start in starts]
    energies = np.array([np.einsum("i,i", piece, piece) for piece in pieces])
    return starts[energies >= _SILENT_ENERGY * energies.max()]


def windows(wave: np.ndarray, num_samples: int, starts: np.ndarray | None = None) -> np.ndarray:
    """The windows of a clip at `starts`; a shorter clip is zero-padded on both sides.

    Parameters
    ----------
    wave : np.ndarray [shape=(n,)]
    num_samples : int
        Length of a window.
    starts : np.ndarray, optional
        `window_starts` of the clip by default.

    Returns
    -------
    np.ndarray [shape=(num_windows, num_samples)], same dtype as `wave`
    """
    if len(wave) < num_samples:
        return _pad(wave, num_samples, (num_samples - len(wave)) // 2)[np.newaxis]
    every = np.lib.stride_tricks.sliding_window_view(wave, num_samples)
    return every[window_starts(wave, num_samples) if starts is None else starts]


def _pad(wave: np.ndarray, num_samples: int, offset: int) -> np.ndarray:
    padded = np.zeros(num_samples, dtype=wave.dtype)
    padded[offset : offset + len(wave)] = wave
    return padded
