"""The mono mix of a clip at any rate, in blocks, so that clips of any length take the same memory."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soxr

from fsat_core.audio.reading import begin_mono, mono_blocks, resample

BLOCK = 1 << 20  # samples: 24 s at 44.1 kHz
KEEP = 1 << 22  # samples: most clips are decoded once and kept while they are worked on


class Repeatable:
    """Blocks that can be gone through again: kept where they are few, otherwise made anew each time.

    Parameters
    ----------
    make : callable
        Begins the blocks anew.
    keep : int
        Rows of all blocks together that are kept at most.

    Attributes
    ----------
    length : int
        Rows of all blocks together; known when they have been gone through once.
    """

    def __init__(self, make: Callable[[], Iterator[np.ndarray]], keep: int) -> None:
        self.length = 0
        self._make, self._keep = make, keep
        self._kept: list[np.ndarray] | None = None

    def __iter__(self) -> Iterator[np.ndarray]:
        """All blocks from the first."""
        if self._kept is not None:
            yield from self._kept
            return
        kept, length = [], 0
        for block in self._make():
            length += len(block)
            if length <= self._keep:
                kept.append(block)
            else:
                kept.clear()
            yield block
        self.length = length
        self._kept = kept if length <= self._keep else None

    @property
    def is_kept(self) -> bool:
        """Whether all blocks are in memory, once they have been gone through."""
        return self._kept is not None


class MonoWave:
    """A clip's mono mix at any rate, in blocks. Unless it is long, it is decoded once.

    Parameters
    ----------
    source : Path or binary file
    block : int
        Samples in a block at most, before and after resampling.
    keep : int
        Samples of a clip that are kept at most, at each rate.

    Attributes
    ----------
    header : AudioHeader
    sample_rate : int
        In Hz.

    Raises
    ------
    AudioError
        As `read_mono`; from the blocks, too.
    """

    def __init__(self, source: Path | BinaryIO, block: int = BLOCK, keep: int = KEEP) -> None:
        self._block, self._keep = block, keep
        self.header, blocks = begin_mono(source, block)
        self.sample_rate = self.header.sample_rate
        begun = [blocks]

        # Nothing here or in `at` refers to `self`: such a circle would keep the samples for a while.
        def decode() -> Iterator[np.ndarray]:
            return begun.pop() if begun else mono_blocks(source, block_frames=block)

        self._at_rate = {self.sample_rate: Repeatable(decode, keep)}

    @property
    def duration_s(self) -> float:
        """Length in seconds; known when all blocks have been read once."""
        return self._at_rate[self.sample_rate].length / self.sample_rate

    @property
    def is_long(self) -> bool:
        """Whether blocks that have been read are read anew when they are asked for again."""
        return not all(blocks.is_kept for blocks in self._at_rate.values())

    def at(self, sample_rate: int) -> Repeatable:
        """The blocks [shape=(n,)], float32, at a rate in Hz."""
        if sample_rate not in self._at_rate:
            facts = (self._at_rate[self.sample_rate], self.sample_rate, sample_rate, self._block)
            self._at_rate[sample_rate] = Repeatable(lambda: resample_blocks(*facts), self._keep)
        return self._at_rate[sample_rate]


def resample_blocks(
    blocks: Iterable[np.ndarray], from_rate: int, to_rate: int, block: int = BLOCK
) -> Iterator[np.ndarray]:
    """Consecutive blocks of a mono wave at another rate: the samples that `resample` gives of the whole.

    Parameters
    ----------
    blocks : iterable of np.ndarray [shape=(n,)], float32
    from_rate, to_rate : int
        In Hz.
    block : int
        Samples in a block at most, but for those of the filter.
    """
    step = max(min(block, block * from_rate // to_rate), 1)
    begun = list(islice(blocks := iter(blocks), 2))
    if len(begun) == 1 and len(begun[0]) <= step:  # all at once is faster
        yield resample(begun[0], from_rate, to_rate)
        return
    stream = soxr.ResampleStream(from_rate, to_rate, 1, dtype="float32", quality="HQ")
    for wave in chain(begun, blocks):
        for start in range(0, len(wave), step):
            part = stream.resample_chunk(wave[start : start + step])
            if len(part):
                yield part
    rest = stream.resample_chunk(np.empty(0, np.float32), last=True)
    if len(rest):
        yield rest


def regroup(blocks: Iterable[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """The same rows in blocks whose lengths are multiples of `size`, but for the last one."""
    rest: np.ndarray | None = None
    for block in blocks:
        joined = block if rest is None or not len(rest) else np.concatenate([rest, block])
        whole = len(joined) - len(joined) % size
        if whole:
            yield joined[:whole]
        rest = joined[whole:]
    if rest is not None and len(rest):
        yield rest
