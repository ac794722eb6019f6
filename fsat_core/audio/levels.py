"""What the samples of a clip say of its quality: how loud it is, how much is silence, how much is clipped."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from fsat_core.audio.blocks import regroup

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


def measure_levels(blocks: Iterable[np.ndarray], sample_rate: int) -> Levels:
    """The figures of a clip, the same however it is cut into blocks.

    Parameters
    ----------
    blocks : iterable of np.ndarray [shape=(n,)], float32
        Consecutive blocks of the mono mix; at least one sample in all.
    sample_rate : int
        In Hz.
    """
    size = max(sample_rate // _FRAMES_PER_S, 1)
    digest = hashlib.blake2b(sample_rate.to_bytes(8, "little"), digest_size=16)
    tops = _FlatTops()
    sums, counts = [], []
    for wave in regroup(blocks, size):
        tops.add(wave)
        energies, lengths = _frame_energies(wave, size)
        sums.append(energies)
        counts.append(lengths)
        # -0.0 is 0.0 as well.
        digest.update(np.ascontiguousarray(wave + np.float32(0), dtype="<f4").data)
    energy, num_samples = np.concatenate(sums), np.concatenate(counts)
    length = int(num_samples.sum())
    power = float(energy.sum()) / length
    return Levels(
        peak=tops.peak,
        rms_db=10 * float(np.log10(max(power, 10 ** (LOWEST_DB / 10)))),
        silence_ratio=float((energy < SILENCE**2 * num_samples).mean()),
        clipping_ratio=tops.count() / length if tops.peak >= SILENCE else 0.0,
        content_hash=digest.hexdigest(),
    )


def _frame_energies(wave: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Sum of squares and number of samples of each frame."""
    starts = np.arange(0, len(wave), size)
    sums = np.add.reduceat(np.square(wave), starts, dtype=np.float64)
    return sums, np.diff(starts, append=len(wave))


class _FlatTops:
    """Counts samples in long enough runs at full scale or at the clip's own peak, block after block.

    The level rises with the peak. What came before lies below the new level then, so counting begins anew.
    """

    def __init__(self) -> None:
        self.peak = 0.0
        self._level = -1.0
        self._count = 0  # in long enough runs that have ended
        self._run = 0  # the run that the last block ended with

    def add(self, wave: np.ndarray) -> None:
        """Go on with the next block."""
        sizes = np.abs(wave)
        self.peak = max(self.peak, float(sizes.max()))
        if min(self.peak, _CLIPPED) > self._level:
            self._level, self._count, self._run = min(self.peak, _CLIPPED), 0, 0
        at_level = np.flatnonzero(sizes >= self._level)
        if not len(at_level):
            self._end()
            return
        breaks = np.flatnonzero(np.diff(at_level) > 1) + 1
        lengths = np.diff(breaks, prepend=0, append=len(at_level))
        if at_level[0] > 0:
            self._end()
        lengths[0] += self._run
        self._run = 0
        if at_level[-1] == len(wave) - 1:
            self._run, lengths = int(lengths[-1]), lengths[:-1]
        self._count += int(lengths[lengths >= _SHORTEST_RUN].sum())

    def count(self) -> int:
        """How many samples, when there is no further block."""
        self._end()
        return self._count

    def _end(self) -> None:
        self._count += self._run if self._run >= _SHORTEST_RUN else 0
        self._run = 0
