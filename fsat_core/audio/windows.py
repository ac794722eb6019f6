"""Pieces of equal length cut from clips of any length."""

from collections.abc import Iterable, Iterator

import numpy as np

from fsat_core.audio.levels import SILENCE

_SILENT_ENERGY = SILENCE**2  # of the loudest window's: a quiet recording has something to hear, too
_BLOCK = 1 << 20  # samples looked at together


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
    return cut(wave, draw_offset(len(wave), num_samples, rng), num_samples)


def draw_offset(length: int, num_samples: int, rng: np.random.Generator) -> int:
    """Where to cut `num_samples` from a wave of `length`; for a shorter one, minus the zeros before it."""
    surplus = length - num_samples
    offset = int(rng.integers(abs(surplus) + 1))
    return offset if surplus >= 0 else -offset


def cut(wave: np.ndarray, offset: int, num_samples: int) -> np.ndarray:
    """A copy of the piece of a wave [shape=(n,)] at such an offset [shape=(num_samples,)]."""
    if len(wave) >= num_samples:
        return wave[offset : offset + num_samples].copy()
    return _pad(wave, num_samples, -offset)


def crop_blocks(
    blocks: Iterable[np.ndarray], length: int, num_samples: int, rng: np.random.Generator
) -> np.ndarray:
    """As `crop_or_pad`, of a wave of `length` samples that comes in blocks."""
    if length <= num_samples:
        return crop_or_pad(np.concatenate([np.empty(0, np.float32), *blocks]), num_samples, rng)
    offset = int(rng.integers(length - num_samples + 1))
    parts, first = [], 0
    for block in blocks:
        begin, end = max(offset - first, 0), offset + num_samples - first
        first += len(block)
        parts.append(block[begin:end])
        if end <= len(block):
            break
    return np.concatenate(parts)


def draw_heard_offset(wave: np.ndarray, num_samples: int, floor: float, rng: np.random.Generator) -> int:
    """As `draw_offset`, but never of a silent piece, unless the whole wave is silent.

    If the drawn piece has no sample above `floor`, another one is cut around a sample that is.
    """
    offset = draw_offset(len(wave), num_samples, rng)
    if len(wave) <= num_samples or np.abs(wave[offset : offset + num_samples]).max() > floor:
        return offset
    heard = _draw_heard(wave, floor, rng)
    if heard is None:
        return offset
    return min(max(heard - int(rng.integers(num_samples)), 0), len(wave) - num_samples)


def _draw_heard(wave: np.ndarray, floor: float, rng: np.random.Generator) -> int | None:
    """Any one of the samples above `floor`, looked for block by block; None where there is none."""

    def heard_in(start: int) -> np.ndarray:
        return np.flatnonzero(np.abs(wave[start : start + _BLOCK]) > floor)

    starts = range(0, len(wave), _BLOCK)
    stops = np.cumsum([len(heard_in(start)) for start in starts])
    if not stops[-1]:
        return None
    drawn = int(rng.integers(stops[-1]))
    block = int(np.searchsorted(stops, drawn, side="right"))
    before = int(stops[block - 1]) if block else 0
    return starts[block] + int(heard_in(starts[block])[drawn - before])


def stretch(wave: np.ndarray, num_samples: int) -> np.ndarray:
    """A wave [shape=(n,)] read at another speed, so that it has `num_samples` [shape=(num_samples,)].

    Values between two samples lie on the line between them: audible, but good enough to train on.
    """
    if len(wave) == num_samples:
        return wave
    return np.interp(np.linspace(0, len(wave) - 1, num_samples), np.arange(len(wave)), wave)


def window_starts(blocks: Iterable[np.ndarray], num_samples: int) -> np.ndarray:
    """Offsets of half-overlapping windows over a clip, less the silent ones; the last one ends with the clip.

    A window counts as silent if its energy is at most a millionth (-60 dB) of that of the loudest window.
    A clip that is silent throughout keeps all its windows.

    Parameters
    ----------
    blocks : iterable of np.ndarray [shape=(n,)]
        Consecutive blocks of the clip, for example `[wave]`.
    num_samples : int
        Length of a window.

    Returns
    -------
    np.ndarray [shape=(num_windows,)], int64
        Ascending; [0] for a clip no longer than one window.
    """
    starts, energies = [], []
    for start, window in _every_window(blocks, num_samples):
        piece = window.astype(np.float32, copy=False)
        starts.append(start)
        energies.append(np.einsum("i,i", piece, piece))
    found = np.array(energies)
    return np.array(starts, dtype=np.int64)[found >= _SILENT_ENERGY * found.max()]


def cut_windows(blocks: Iterable[np.ndarray], num_samples: int, starts: np.ndarray) -> Iterator[np.ndarray]:
    """The windows of a clip at some of its `window_starts`, one after the other.

    Parameters
    ----------
    blocks : iterable of np.ndarray [shape=(n,)]
        As for `window_starts`.
    num_samples : int
        Length of a window; a shorter clip is zero-padded on both sides.
    starts : np.ndarray
        Ascending.

    Yields
    ------
    np.ndarray [shape=(num_samples,)], same dtype as the blocks
        Perhaps a view, to be copied by who keeps it.
    """
    wanted = set(starts.tolist())
    return (window for start, window in _every_window(blocks, num_samples) if start in wanted)


def windows(wave: np.ndarray, num_samples: int) -> np.ndarray:
    """The windows of a clip at its `window_starts`.

    Parameters
    ----------
    wave : np.ndarray [shape=(n,)]
    num_samples : int
        Length of a window; a shorter clip is zero-padded on both sides.

    Returns
    -------
    np.ndarray [shape=(num_windows, num_samples)], same dtype as `wave`
    """
    return np.stack(list(cut_windows([wave], num_samples, window_starts([wave], num_samples))))


def _every_window(blocks: Iterable[np.ndarray], num_samples: int) -> Iterator[tuple[int, np.ndarray]]:
    """Start and samples of every half-overlapping window, and of one that ends with the clip."""
    hop = max(num_samples // 2, 1)
    held = np.empty(0, dtype=np.float32)
    first = 0  # where `held` begins in the clip
    start = 0  # of the next window
    for block in blocks:
        held = np.concatenate([held, block]) if len(held) else block
        while start + num_samples <= first + len(held):
            yield start, held[start - first : start - first + num_samples]
            start += hop
        # The window that ends with the clip may begin up to one hop before the next regular one.
        done = max(start - hop - first, 0)
        held, first = held[done:], first + done
    stop = first + len(held)
    if stop < num_samples:
        yield 0, _pad(held, num_samples, (num_samples - stop) // 2)
    elif start - hop + num_samples < stop:
        yield stop - num_samples, held[stop - num_samples - first :]


def _pad(wave: np.ndarray, num_samples: int, offset: int) -> np.ndarray:
    padded = np.zeros(num_samples, dtype=wave.dtype)
    padded[offset : offset + len(wave)] = wave
    return padded
