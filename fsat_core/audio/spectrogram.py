"""The spectrogram of a whole clip as people want to look at it. Networks hear none of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.decoding.sound import open_sound
from fsat_core.audio.mel import AMIN, N_MELS, cut_frames, mel_frequencies, mel_power_blocks, power_blocks
from fsat_core.audio.overview import MelOverview, columns_of, display_n_fft, loudest_of, middles

Frequencies = Literal["mel", "linear"]

SCALES: tuple[Frequencies, ...] = ("mel", "linear")
N_FFTS = (0, 256, 512, 1024, 2048, 4096, 8192)
RANGES_DB = (40, 60, 80, 100)
COLOURS = ("magma", "inferno", "viridis", "cividis", "gray")

_MOST_COLUMNS = 1200
_MOST_CLOSE_COLUMNS = 600  # of a part, which is sent anew at each zoom
_LINEAR_ROWS = 256
_BINS_PER_MEL = 8  # of fewer bins, filters would lie between two


@dataclass(frozen=True)
class Style:
    """How spectrograms are drawn.

    Parameters
    ----------
    n_fft : int
        Samples in a frame, one of `N_FFTS`; 0: as many as suit the sample rate.
    scale : "mel" or "linear"
        Of the frequencies.
    range_db : int
        From the darkest to the brightest colour, one of `RANGES_DB`.
    colours : str
        One of `COLOURS`.
    """

    n_fft: int = 0
    scale: Frequencies = "mel"
    range_db: int = 80
    colours: str = "magma"

    @property
    def is_of_usual_frames(self) -> bool:
        """Whether the spectrogram is the usual one, whatever its colours."""
        return (self.n_fft, self.scale) == (USUAL.n_fft, USUAL.scale)


USUAL = Style()


class Spectrogram(NamedTuple):
    """A spectrogram before it has colours.

    Parameters
    ----------
    db : np.ndarray [shape=(rows, t)], float32
        Decibels of power; lowest frequency first.
    times_s : np.ndarray [shape=(t,)], float64
        Middle of each column.
    frequencies_hz : np.ndarray [shape=(rows,)], float64
        Centre of each row.
    """

    db: np.ndarray
    times_s: np.ndarray
    frequencies_hz: np.ndarray


def read_spectrogram(source: Path | BinaryIO, n_fft: int, scale: Frequencies) -> Spectrogram:
    """The spectrogram of a clip, which is read in blocks; of frames that share a column the loudest counts.

    Levels compare to those of the usual frames, whatever the size of the FFT.

    Raises
    ------
    AudioError
        As `read_mono`.
    """
    wave = MonoWave(source)
    rate = wave.sample_rate
    blocks, num_samples = wave.at(rate), wave.header.num_frames
    return _spectrogram(blocks, num_samples, rate, n_fft or display_n_fft(rate), scale, _MOST_COLUMNS)


def read_part(
    source: Path | BinaryIO, start_s: float, stop_s: float, n_fft: int, scale: Frequencies
) -> Spectrogram:
    """The spectrogram of a part of a clip, which alone is read, and of a frame more on either side.

    Its frames are as long as those of the whole clip, and closer together.

    Raises
    ------
    AudioError
        As `read_mono`.
    """
    with open_sound(source) as sound:
        rate = sound.sample_rate
        n_fft = n_fft or display_n_fft(rate)
        first = max(int(start_s * rate) - n_fft, 0)
        num_samples = min(int(stop_s * rate) + n_fft, sound.header.num_frames) - first
        sound.seek(first)
        blocks = sound.mono_blocks(num_samples)
        part = _spectrogram(blocks, num_samples, rate, n_fft, scale, _MOST_CLOSE_COLUMNS)
    return part._replace(times_s=part.times_s + first / rate)


def _spectrogram(
    blocks: Iterable[np.ndarray],
    num_samples: int,
    rate: int,
    n_fft: int,
    scale: Frequencies,
    most_columns: int,
) -> Spectrogram:
    usual = display_n_fft(rate)
    hop_length, frames_each = columns_of(num_samples, n_fft, most_columns)
    if scale == "mel":
        rows = min(N_MELS, n_fft // _BINS_PER_MEL)
        power = mel_power_blocks(blocks, rate, n_fft, hop_length, rows)
        frequencies_hz = mel_frequencies(rate, rows)
    else:
        rows = min(_LINEAR_ROWS, n_fft // 2)
        power = _linear_power_blocks(blocks, n_fft, hop_length, rows)
        frequencies_hz = (np.arange(rows) + 0.5) * rate / 2 / rows
    loudest = loudest_of(power, frames_each)
    times_s = middles(len(loudest), hop_length, frames_each, rate)
    # A longer frame has more power in each bin; a mel filter is an average over bins, per Hz.
    level = (usual / n_fft) ** 2 * (1.0 if scale == "mel" else n_fft / rate)
    return Spectrogram(_decibels(loudest * np.float32(level)), times_s, frequencies_hz)


def usual_spectrogram(mel: MelOverview) -> Spectrogram:
    """That of the usual frames."""
    rows = mel.loudest.shape[1]
    return Spectrogram(_decibels(mel.loudest), mel.times_s, mel_frequencies(mel.sample_rate, rows))


def _linear_power_blocks(
    blocks: Iterable[np.ndarray], n_fft: int, hop_length: int, rows: int
) -> Iterator[np.ndarray]:
    """Power spectra [shape=(frames, rows)] of a clip in blocks: the largest bin of each row."""
    edges = np.linspace(0, n_fft // 2 + 1, rows + 1).astype(int)[:-1]
    for part in cut_frames(blocks, n_fft, hop_length):
        frames = sliding_window_view(part, n_fft)[::hop_length]
        for _, power in power_blocks(frames):
            yield np.maximum.reduceat(power, edges, axis=1)


def _decibels(power: np.ndarray) -> np.ndarray:
    """Decibels [shape=(rows, t)] of power [shape=(t, rows)]."""
    return np.ascontiguousarray(10 * np.log10(np.maximum(power, np.float32(AMIN / 1e3))).T)
