"""Mel-frequency cepstral coefficients of clips of one length."""

from collections.abc import Callable

import numpy as np
import scipy.fft

from fsat_core.audio.mel import mel_power, to_db
from fsat_core.errors import AudioError

Edit = Callable[[np.ndarray], None]


def mfcc(
    wave: np.ndarray, sample_rate: int, n_mfcc: int = 40, n_fft: int = 2048, hop_length: int = 512
) -> np.ndarray:
    """MFCCs of one clip, equal to librosa's to 1e-3.

    Parameters
    ----------
    wave : np.ndarray [shape=(n,)]
        Mono float32 in [-1, 1].
    sample_rate : int
        In Hz.
    n_mfcc : int
        Number of coefficients, at most 128.
    n_fft, hop_length : int
        In samples.

    Returns
    -------
    np.ndarray [shape=(n_mfcc, 1 + n // hop_length)], float32

    Raises
    ------
    AudioError
        If `wave` is empty or holds a value that is not finite.

    References
    ----------
    Davis & Mermelstein (1980), IEEE TASSP 28(4).
    """
    return mfcc_batch(wave[np.newaxis], sample_rate, n_mfcc, n_fft, hop_length)[0]


def mfcc_batch(
    waves: np.ndarray,
    sample_rate: int,
    n_mfcc: int = 40,
    n_fft: int = 2048,
    hop_length: int = 512,
    edit: Edit | None = None,
) -> np.ndarray:
    """MFCCs of clips of one length. The other clips of a batch do not change those of a clip.

    Parameters
    ----------
    waves : np.ndarray [shape=(b, n)]
        Mono float32 in [-1, 1].
    sample_rate, n_mfcc, n_fft, hop_length : int
        As in `mfcc`.
    edit : callable, optional
        Changes the log-mel spectrogram of each clip [shape=(frames, 128)] in place, in dB, before it
        becomes MFCCs.

    Returns
    -------
    np.ndarray [shape=(b, n_mfcc, 1 + n // hop_length)], float32

    Raises
    ------
    AudioError
        If the clips are empty or hold a value that is not finite.
    """
    if waves.shape[-1] == 0:
        raise AudioError("a clip of 0 samples, expected at least 1; remove it.")
    if not np.isfinite(waves).all():
        raise AudioError(
            "a clip with a sample that is not finite (NaN or infinity), expected finite samples."
        )
    out = np.empty((len(waves), n_mfcc, 1 + waves.shape[-1] // hop_length), dtype=np.float32)
    for wave, coefficients in zip(waves, out, strict=True):
        decibels = to_db(mel_power(wave, sample_rate, n_fft, hop_length))
        if edit is not None:
            edit(decibels)
        coefficients[:] = cepstrum(decibels, n_mfcc).T
    return out


def cepstrum(decibels: np.ndarray, n_mfcc: int) -> np.ndarray:
    """The first coefficients of each frame of a log-mel spectrogram.

    Parameters
    ----------
    decibels : np.ndarray [shape=(frames, n_mels)], float32
    n_mfcc : int
        How many, at most `n_mels`.

    Returns
    -------
    np.ndarray [shape=(frames, n_mfcc)], float32
    """
    return scipy.fft.dct(decibels, axis=1, norm="ortho", workers=1)[:, :n_mfcc]
