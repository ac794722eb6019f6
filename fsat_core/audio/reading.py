"""The mono mix of sound files, whole or in blocks, and resampling."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soxr

from fsat_core.audio.decoding import faults
from fsat_core.audio.decoding.header import AudioHeader
from fsat_core.audio.decoding.sound import BLOCK_FRAMES, Sound, open_sound

ReadMono = Callable[[Path], tuple[np.ndarray, int]]  # as `read_mono` reads a whole file


def read_mono(source: Path | BinaryIO, start: int = 0, num_frames: int = -1) -> tuple[np.ndarray, int]:
    """The mono mix (mean over channels) of a file or of a part of it, and its sample rate.

    Parameters
    ----------
    source : Path or binary file
        A file, or an open one such as an upload.
    start : int
        First frame to read.
    num_frames : int
        How many frames; -1 for all that follow. A part that reaches over the end is cut there.

    Returns
    -------
    np.ndarray [shape=(n,)], float32
        Samples, in [-1, 1] for integer formats.
    int
        Sample rate in Hz.

    Raises
    ------
    AudioError
        If the file is missing, empty, truncated or not audio, if it holds a sample that is not finite, or
        if `start` is outside it.
    """
    with _open_at(source, start) as sound:
        blocks = list(sound.mono_blocks(num_frames))
        wave = blocks[0] if len(blocks) == 1 else np.concatenate([np.empty(0, np.float32), *blocks])
        return wave, sound.sample_rate


def mono_blocks(
    source: Path | BinaryIO, start: int = 0, num_frames: int = -1, block_frames: int = BLOCK_FRAMES
) -> Iterator[np.ndarray]:
    """What `read_mono` gives, one block [shape=(n,)], float32, after the other: memory for one is enough.

    Parameters
    ----------
    source : Path or binary file
    start, num_frames : int
        As for `read_mono`.
    block_frames : int
        Length of a block, at most; the last one is shorter, and so are all of very many channels.

    Raises
    ------
    AudioError
        As `read_mono`, some only when the block is asked for.
    """
    with _open_at(source, start) as sound:
        yield from sound.mono_blocks(num_frames, block_frames)


def begin_mono(source: Path | BinaryIO, block_frames: int) -> tuple[AudioHeader, Iterator[np.ndarray]]:
    """The facts of a sound file, and what `mono_blocks` gives; the file is opened once for both.

    Raises
    ------
    AudioError
        As `read_mono`, and if it is longer than clips may be.
    """
    facts: list[AudioHeader] = []

    def begun() -> Iterator[np.ndarray]:
        with open_sound(source) as sound:
            facts.append(sound.header)
            yield np.empty(0, np.float32)
            yield from sound.mono_blocks(block_frames=block_frames)

    blocks = begun()
    next(blocks)  # the empty one
    return facts[0], blocks


@contextmanager
def _open_at(source: Path | BinaryIO, start: int) -> Iterator[Sound]:
    with open_sound(source) as sound:
        if start and not 0 <= start < sound.header.num_frames:
            raise faults.outside(source, start, sound.header.num_frames)
        sound.seek(start)
        yield sound


def resample(wave: np.ndarray, from_rate: int, to_rate: int) -> np.ndarray:
    """A mono wave at another sample rate (soxr, high quality); the same array when the rates are equal.

    Parameters
    ----------
    wave : np.ndarray [shape=(n,)], float32
    from_rate, to_rate : int
        In Hz.

    Returns
    -------
    np.ndarray [shape=(about n * to_rate / from_rate,)], float32
    """
    if from_rate == to_rate:
        return wave
    return soxr.resample(wave, from_rate, to_rate, quality="HQ")
