"""What the samples of a clip say of its quality: how loud it is, how much is silence, how much is clipped."""

import hashlib
from typing import NamedTuple

import numpy as np

# A ratio of amplitudes, -60 dB, where librosa.effects.trim draws the line, too. Here it is of full scale,
# because these figures are compared between clips; for windows and crops it is of the clip's own level.
SILENCE = 1e-3
LOWEST_DB = -120.0

_CLIPPED = 0.999  # a little less than the highest 16-bit sample (0.99997): mixing and codecs round
_FRAMES_PER_S = 100
_SHORTEST_RUN = 3


class Levels(NamedTuple):
    """Figures of one clip's mono mix, which is what networks hear; 1.0 is full scale, 0 dBFS.

    Parameters
    ----------
    peak : float
        Largest absolute sample.
    rms_db : float
        Root mean square in dBFS, by which a full-scale sine has -3; no lower than -120.
    silence_ratio : float
        Share of 10 ms frames, the last perhaps shorter, whose root mean square is below -60 dBFS.
    clipping_ratio : float
        Share of samples in runs of 3 or more at full scale (0.999 and above) or at the clip's own peak:
        clipped sound that was turned down has its flat tops there. 0 for a clip whose peak is below
        -60 dBFS. A slow pure tone has short runs of equal samples at its peak too.
    content_hash : str
        Of the sample rate and the samples: the same for one sound in two lossless formats.
    """

    peak: float
    rms_db: float
    silence_ratio: float
    clipping_ratio: float
    content_hash: str


def measure_levels(wave: np.ndarray, sample_rate: int) -> Levels:
    """The figures of a clip.

    Parameters
    ----------
    wave : np.ndarray [shape=(n,)], float32
        Mono, at least one sample.
    sample_rate : int
        In Hz.
    """
    peak = float(np.abs(wave).max())
    sums, counts = _frame_energies(wave, max(sample_rate // _FRAMES_PER_S, 1))
    power = float(sums.sum()) / len(wave)
    return Levels(
        peak=peak,
        rms_db=10 * float(np.log10(max(power, 10 ** (LOWEST_DB / 10)))),
        silence_ratio=float((sums < SILENCE**2 * counts).mean()),
        clipping_ratio=_clipped(wave, min(peak, _CLIPPED)) / len(wave) if peak >= SILENCE else 0.0,
        content_hash=_hash(wave, sample_rate),
    )


def _frame_energies(wave: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Sum of squares and number of samples of each frame."""
    starts = np.arange(0, len(wave), size)
    sums = np.add.reduceat(np.square(wave), starts, dtype=np.float64)
    return sums, np.diff(starts, append=len(wave))


def _clipped(wave: np.ndarray, level: float) -> int:
    """How many samples are in long enough runs of at least this level."""
    at_level = np.flatnonzero(np.abs(wave) >= level)
    if not len(at_level):
        return 0
    breaks = np.flatnonzero(np.diff(at_level) > 1) + 1
    lengths = np.diff(breaks, prepend=0, append=len(at_level))
    return int(lengths[lengths >= _SHORTEST_RUN].sum())


def _hash(wave: np.ndarray, sample_rate: int) -> str:
    digest = hashlib.blake2b(sample_rate.to_bytes(8, "little"), digest_size=16)
    digest.update(np.ascontiguousarray(wave + np.float32(0), dtype="<f4").data)  # -0.0 is 0.0 as well
    return digest.hexdigest()
