"""The log mel spectrogram that YAMNet hears: equal to TensorFlow's to 1e-4, without TensorFlow.

Other than in `audio/mel.py` the filters are spaced by HTK's formula, heights are one, and magnitudes are
summed, not powers.

References
----------
Hershey et al. (2017), "CNN architectures for large-scale audio classification", ICASSP.
"""

from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

SAMPLE_RATE = 16_000
FRAME, STEP = 400, 160  # samples: 25 ms every 10 ms
NUM_BANDS = 64

_N_FFT = 512
_LOWEST_HZ, _HIGHEST_HZ = 125.0, 7_500.0
_OFFSET = 0.001  # keeps the logarithm of silence finite


def log_mel(samples: np.ndarray) -> np.ndarray:
    """Log mel magnitudes of all whole frames of a wave [shape=(n,)], float32, at 16 kHz.

    Returns
    -------
    np.ndarray [shape=(1 + (n - FRAME) // STEP, NUM_BANDS)], float32
    """
    frames = sliding_window_view(samples, FRAME)[::STEP] * _window()
    magnitudes = np.abs(scipy.fft.rfft(frames, _N_FFT, axis=-1))
    return np.log(magnitudes @ mel_weights() + np.float32(_OFFSET))


@lru_cache(maxsize=1)
def _window() -> np.ndarray:
    """A Hann window of period FRAME."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)


@lru_cache(maxsize=1)
def mel_weights() -> np.ndarray:
    """Weights of triangular filters [shape=(_N_FFT // 2 + 1, NUM_BANDS)], float32; 0 Hz has none."""
    bins = _mel(np.linspace(0, SAMPLE_RATE / 2, _N_FFT // 2 + 1)[1:, np.newaxis])
    edges = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), NUM_BANDS + 2)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    weights = np.maximum(0, np.minimum(rising, falling))
    return np.pad(weights, ((1, 0), (0, 0))).astype(np.float32)


def _mel(frequency: np.ndarray | float) -> np.ndarray:
    """HTK's mel scale of a frequency in Hz."""
    return 1127.0 * np.log1p(np.asarray(frequency) / 700.0)
