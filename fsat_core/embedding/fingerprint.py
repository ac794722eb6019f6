"""A fingerprint of a sound, by which copies are found: also those at another level or rate, cut, or as MP3.

32 bits every 20 ms: whether the step from one band of frequencies to the next has grown in the last 40 ms.

References
----------
Haitsma & Kalker (2002), "A highly robust audio fingerprinting system", ISMIR.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

SAMPLE_RATE = 16_000
STEP_S = 0.02
UNHEARD = 0  # the print of a stretch in which nothing is heard

_STEP, _FRAME = 320, 2_048  # samples: 128 ms every 20 ms
_LAG = 2  # steps over which bits say what has grown
_EDGES_HZ = np.geomspace(200, 7_000, 34)
_SILENT = 1e-8  # of the energy of the loudest frame: -80 dB
_TINY = 1e-12  # far below the noise of 16 bits
_CHUNK = 512  # frames that are transformed at a time


def num_prints(duration_s: float) -> int:
    """At most how many prints a clip has."""
    return int(duration_s / STEP_S) + 2


def fingerprint(blocks: Iterable[np.ndarray]) -> np.ndarray:
    """The prints of a clip, one for every 20 ms from its beginning on; 0 where nothing is heard.

    Parameters
    ----------
    blocks : iterable of np.ndarray [shape=(n,)], float32
        Consecutive blocks of its mono mix at 16 kHz.

    Returns
    -------
    np.ndarray [shape=(1 + num_samples // 320,)], uint32
        The first two are 0, too.
    """
    prints, energies = [np.empty(0, np.uint32)], [np.empty(0, np.float32)]
    before = np.empty((0, len(_EDGES_HZ) - 2), np.float32)
    for bands in _band_energies(blocks):
        levels = np.log(bands + np.float32(_TINY))
        steps = np.concatenate([before, levels[:, :-1] - levels[:, 1:]])
        bits = steps[_LAG:] > steps[:-_LAG]
        missing = len(bands) - len(bits)  # of the first frames of the clip, which follow none
        prints += [
            np.zeros(missing, np.uint32),
            np.packbits(bits, axis=1, bitorder="little").view("<u4")[:, 0],
        ]
        energies.append(bands.sum(axis=1))
        before = steps[-_LAG:]
    found, energy = np.concatenate(prints), np.concatenate(energies)
    is_heard = energy > _SILENT * energy.max(initial=0.0)
    is_heard[:_LAG] = False
    return np.where(is_heard, np.maximum(found, 1), UNHEARD).astype(np.uint32)


def _band_energies(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The energies in all bands of consecutive frames [shape=(F, num_bands)], the first around sample 0."""
    edge = np.zeros(_FRAME // 2, np.float32)
    held = np.empty(0, np.float32)
    for block in chain([edge], blocks, [edge]):
        held = np.concatenate([held, block])
        if len(held) < _FRAME:
            continue
        frames = sliding_window_view(held, _FRAME)[::_STEP]
        for start in range(0, len(frames), _CHUNK):
            spectra = scipy.fft.rfft(frames[start : start + _CHUNK] * _window(), axis=-1)
            yield (spectra.real**2 + spectra.imag**2) @ _bands()
        held = held[len(frames) * _STEP :]


@lru_cache(maxsize=1)
def _window() -> np.ndarray:
    return np.hanning(_FRAME).astype(np.float32)


@lru_cache(maxsize=1)
def _bands() -> np.ndarray:
    """Which frequencies of a frame belong to which band [shape=(1 + _FRAME // 2, num_bands)], float32."""
    frequencies = scipy.fft.rfftfreq(_FRAME, 1 / SAMPLE_RATE)[:, np.newaxis]
    return ((frequencies >= _EDGES_HZ[:-1]) & (frequencies < _EDGES_HZ[1:])).astype(np.float32)
