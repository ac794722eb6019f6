"""What is drawn of a whole clip, small enough to send: envelope, log-mel spectrogram, MFCCs."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from fsat_core.audio.blocks import BLOCK, MonoWave, Repeatable, regroup
from fsat_core.audio.decoding.sound import Sound, open_sound
from fsat_core.audio.mel import N_MELS, mel_power_blocks, to_db
from fsat_core.audio.mfcc import cepstrum

_MIN_HOP = 32
_KEEP_VALUES = 1 << 22  # of a spectrogram


class Envelope(NamedTuple):
    """What of a waveform fits on a screen.

    Parameters
    ----------
    times_s : np.ndarray [shape=(n,)], float64
        Middle of each bin, or time of each sample, from the start of the clip.
    low, high : np.ndarray [shape=(n,)], float32
        Smallest and largest sample of each bin; both are the samples when `is_samples`.
    is_samples : bool
        True when the part is so short that every sample is given.
    """

    times_s: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_samples: bool


class MelOverview(NamedTuple):
    """The mel spectrogram of a whole clip, a column for each run of equally many frames.

    Parameters
    ----------
    loudest : np.ndarray [shape=(t, n_mels)], float32
        Power: the largest of the frames of each column.
    mean_db : np.ndarray [shape=(t, n_mels)], float32
        Decibels: the mean over the frames of each column. Empty unless asked for.
    times_s : np.ndarray [shape=(t,)], float64
        Middle of each column.
    sample_rate : int
        In Hz.
    """

    loudest: np.ndarray
    mean_db: np.ndarray
    times_s: np.ndarray
    sample_rate: int


def envelope(
    source: Path | BinaryIO,
    start_s: float,
    stop_s: float,
    num_points: int,
    block_frames: int = 1 << 18,
) -> Envelope:
    """Extremes of the mono mix in `num_points` bins; only the asked part is read, a block at a time.

    Parameters
    ----------
    source : Path or binary file
    start_s, stop_s : float
        The part in view, in seconds; what lies outside the clip is left out.
    num_points : int
        Bins wanted.
    block_frames : int
        Read at a time, at most; a bin is never cut.

    Returns
    -------
    Envelope
        Every sample when the part holds no more than `num_points`.

    Raises
    ------
    AudioError
        As `read_mono`.
    """
    with open_sound(source) as sound:
        rate, num_frames = sound.sample_rate, sound.header.num_frames
        first = min(max(int(np.floor(start_s * rate)), 0), num_frames - 1)
        stop = min(max(int(np.ceil(stop_s * rate)), first + 1), num_frames)
        sound.seek(first)
        if stop - first <= num_points:
            samples = sound.read_mono(stop - first)
            return Envelope(np.arange(first, first + len(samples)) / rate, samples, samples, True)
        edges = np.linspace(first, stop, num_points + 1).astype(np.int64)
        low, high = _extremes(sound, edges, block_frames)
    middles_s = (edges[:-1] + edges[1:] - 1) / 2 / rate
    return Envelope(middles_s[: len(low)], low, high, False)


def _extremes(sound: Sound, edges: np.ndarray, block_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest sample between consecutive edges, read in blocks that hold whole bins.

    The sound is at the first edge.
    """
    low, high = [], []
    at = 0
    while at < len(edges) - 1:
        last = int(np.searchsorted(edges, edges[at] + block_frames, side="right")) - 1
        last = min(max(last, at + 1), len(edges) - 1)
        samples = sound.read_mono(int(edges[last] - edges[at]))
        starts = edges[at:last] - edges[at]
        starts = starts[starts < len(samples)]
        low.append(np.minimum.reduceat(samples, starts))
        high.append(np.maximum.reduceat(samples, starts))
        if len(samples) < edges[last] - edges[at]:
            break  # a file of which a little is missing at the end
        at = last
    return np.concatenate(low), np.concatenate(high)


def mel_overview(
    source: Path | BinaryIO,
    max_columns: int = 1200,
    n_mels: int = N_MELS,
    with_mean: bool = False,
    block: int = BLOCK,
) -> MelOverview:
    """What `usual_spectrogram` and `mfcc_overview` of a whole clip both begin with.

    A short clip gets a smaller hop, so that it fills the picture. A long one is read in blocks.

    Parameters
    ----------
    source : Path or binary file
    max_columns : int
        Columns wanted at most.
    n_mels : int
        Rows.
    with_mean : bool
        Whether `mfcc_overview` will be asked for; a long clip is read once more for it.
    block : int
        Samples in a block at most.

    Returns
    -------
    MelOverview

    Raises
    ------
    AudioError
        As `read_mono`.
    """
    wave = MonoWave(source, block)
    rate, num_samples = wave.sample_rate, wave.header.num_frames
    n_fft = display_n_fft(rate)
    hop_length, frames_each = columns_of(num_samples, n_fft, max_columns)
    power = Repeatable(
        lambda: mel_power_blocks(wave.at(rate), rate, n_fft, hop_length, n_mels), _KEEP_VALUES // n_mels
    )
    loudest = _pool(power, frames_each, _largest)
    mean_db = np.empty((0, n_mels), np.float32)
    if with_mean:
        top_db = to_db(loudest.copy()).max()
        mean_db = _pool((to_db(frames.copy(), top_db) for frames in power), frames_each, _mean)
    return MelOverview(loudest, mean_db, middles(len(loudest), hop_length, frames_each, rate), rate)


def mfcc_overview(mel: MelOverview, n_mfcc: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """The MFCCs of a clip; a long one gets the mean of the frames that share a column.

    Parameters
    ----------
    mel : MelOverview
        With its mean.
    n_mfcc : int
        Rows.

    Returns
    -------
    np.ndarray [shape=(n_mfcc, t)], float32
    np.ndarray [shape=(t,)], float64
        Middle of each column in seconds.
    """
    return cepstrum(mel.mean_db, n_mfcc).T, mel.times_s


def columns_of(num_samples: int, n_fft: int, max_columns: int) -> tuple[int, int]:
    """The hop of a clip's frames, in samples, and how many frames share a column."""
    hop_length = min(max(num_samples // max_columns + 1, _MIN_HOP), n_fft // 4)
    return hop_length, -(-(1 + num_samples // hop_length) // max_columns)


def middles(num_columns: int, hop_length: int, frames_each: int, sample_rate: int) -> np.ndarray:
    """The middle of each column, in seconds [shape=(num_columns,)]."""
    return (np.arange(num_columns) * frames_each + (frames_each - 1) / 2) * hop_length / sample_rate


def loudest_of(power: Iterable[np.ndarray], frames_each: int) -> np.ndarray:
    """Columns [shape=(t, rows)] of frames that come in blocks: the largest of those that share a column."""
    return _pool(power, frames_each, _largest)


def display_n_fft(sample_rate: int) -> int:
    """2048 up to 48 kHz, more above: bins no wider than the narrowest mel filters."""
    return max(2048, 2 ** int(np.ceil(np.log2(sample_rate / 25))))


def _pool(
    blocks: Iterable[np.ndarray],
    frames_each: int,
    reduce: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:
    """Columns [shape=(t, n_mels)] of runs of equally many frames; the last one may have fewer."""
    columns = [
        reduce(frames, np.arange(0, len(frames), frames_each)) for frames in regroup(blocks, frames_each)
    ]
    return np.concatenate(columns)


def _largest(frames: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return np.maximum.reduceat(frames, starts, axis=0)


def _mean(frames: np.ndarray, starts: np.ndarray) -> np.ndarray:
    counts = np.diff(starts, append=len(frames)).astype(np.float32)
    return np.add.reduceat(frames, starts, axis=0) / counts[:, np.newaxis]
