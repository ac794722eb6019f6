"""What playing and drawing a whole clip takes: content, outline and pictures, packed for a browser."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from fsat_core.audio.faint import describe_faint
from fsat_core.audio.header import header_of
from fsat_core.audio.overview import Envelope, MelOverview, envelope, mel_overview, mfcc_overview
from fsat_core.audio.pictures import FINE, image_jpeg
from fsat_core.audio.playable import browser_audio, describe_loss
from fsat_core.audio.spectrogram import USUAL, Spectrogram, Style, read_spectrogram, usual_spectrogram
from fsat_core.errors import AudioError
from fsat_core.files import source_name
from fsat_core.text import readable

_OVERVIEW_POINTS = 2_000
# Of a picture, about where a clip is silent: quieter ones are not drawn as if they were loud.
_LOWEST_TOP_DB = -20.0
_RANGE_STD = 2.5
_FREQUENCY_TICKS_HZ = (50, 100, 200, 500, 1000, 2000, 4000, 8000, 16000, 32000)
_LINEAR_STEPS_HZ = (500, 1000, 2000, 5000, 10000, 20000, 50000, 100000)
_LINEAR_TICKS = 6  # at most
_MFCC_TICK_EVERY = 10
_INT16_MAX = 32767


@dataclass(frozen=True)
class Picture:
    """An image over time, and the ticks of its vertical axis from 0 (lower edge) to 1 (upper edge)."""

    caption: str
    jpeg: bytes
    start_s: float
    stop_s: float
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Sound:
    """A whole clip; never changed, since sessions share it."""

    content: bytes
    mime: str
    sample_rate: int
    duration_s: float
    overview: Envelope
    pictures: tuple[Picture, ...]
    spectrogram: Spectrogram  # what the first picture is of
    warning: str = ""  # what is odd about the file, or about how it is played


def read_sound(source: Path | BinaryIO, mfcc: bool = False, style: Style = USUAL) -> Sound:
    """A clip as a browser plays and shows it.

    Parameters
    ----------
    source : Path or binary file
    mfcc : bool
        Whether a picture of its MFCCs follows the one of its spectrogram.
    style : Style
        How the spectrogram is drawn.

    Raises
    ------
    AudioError
        If it cannot be read.
    """
    header = header_of(source)
    duration_s = header.num_frames / header.sample_rate
    content, mime = browser_audio(source)
    overview = envelope(source, 0.0, duration_s, _OVERVIEW_POINTS)
    mel = mel_overview(source, with_mean=mfcc) if mfcc or style.is_of_usual_frames else None
    if mel is not None and style.is_of_usual_frames:
        spectrogram = usual_spectrogram(mel)
    else:
        spectrogram = read_spectrogram(source, style.n_fft, style.scale)
    pictures = [draw_spectrogram(spectrogram, style)]
    if mfcc and mel is not None:
        pictures.append(_mfcc_picture(mel))
    faint = describe_faint(source, float(max(-overview.low.min(), overview.high.max())))
    notes = " ".join(filter(None, (header.warning, describe_loss(header, content, mime), faint)))
    return Sound(content, mime, header.sample_rate, duration_s, overview, tuple(pictures), spectrogram, notes)


def file_stamp(path: Path) -> tuple[str, int, int]:
    """What identifies the content of a file: path, size in bytes, time of change in ns.

    Raises
    ------
    AudioError
        If it is not there.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise AudioError(
            f"{source_name(path)}: cannot be read ({error.strerror}); rescan the data set."
        ) from error
    return readable(str(path)), stat.st_size, stat.st_mtime_ns


def highest(spectrogram: Spectrogram) -> float:
    """The level that is drawn in the brightest colour, in dB."""
    return max(float(spectrogram.db.max()), _LOWEST_TOP_DB)


def draw_spectrogram(
    spectrogram: Spectrogram, style: Style, top_db: float | None = None, quality: int = FINE
) -> Picture:
    """The picture of a spectrogram, whose frames are those of the style.

    The brightest colour is `top_db`, or the highest level of the clip.
    """
    top = highest(spectrogram) if top_db is None else top_db
    jpeg = image_jpeg(spectrogram.db, style.colours, vmin=top - style.range_db, vmax=top, quality=quality)
    is_mel = style.scale == "mel"
    name = "Log-mel spectrogram" if is_mel else "Spectrogram"
    frames = f", FFT of {style.n_fft:,} samples" if style.n_fft else ""
    caption = f"{name}{frames}, upper {style.range_db} dB"
    ticks = (frequency_ticks if is_mel else _linear_ticks)(spectrogram.frequencies_hz)
    return Picture(caption, jpeg, *_extent(spectrogram.times_s), ticks)


def _mfcc_picture(mel: MelOverview) -> Picture:
    coefficients, times_s = mfcc_overview(mel)
    # The first few coefficients are many times larger than the others, whose colours would all be the same.
    deviations = coefficients - coefficients.mean(axis=1, keepdims=True)
    standard = deviations / np.maximum(coefficients.std(axis=1, keepdims=True), 1e-3)
    num_rows = len(coefficients)
    ticks = tuple(((row + 0.5) / num_rows, str(row)) for row in range(0, num_rows, _MFCC_TICK_EVERY))
    jpeg = image_jpeg(standard, "viridis", vmin=-_RANGE_STD, vmax=_RANGE_STD)
    return Picture("MFCC, each coefficient standardised", jpeg, *_extent(times_s), ticks)


def _extent(times_s: np.ndarray) -> tuple[float, float]:
    """Outer edges of columns with these middles."""
    half_s = float(times_s[1] - times_s[0]) / 2 if len(times_s) > 1 else 0.5
    return float(times_s[0]) - half_s, float(times_s[-1]) + half_s


def frequency_ticks(mel_frequencies_hz: np.ndarray) -> tuple[tuple[float, str], ...]:
    """Where round frequencies lie on a mel-spaced axis.

    Parameters
    ----------
    mel_frequencies_hz : np.ndarray [shape=(n_mels,)]
        Centre of each row, ascending.

    Returns
    -------
    tuple of (float, str)
        Height from 0 (lower edge) to 1 (upper edge), and the label, ascending.
    """
    rows = np.arange(len(mel_frequencies_hz))
    inside = [hz for hz in _FREQUENCY_TICKS_HZ if mel_frequencies_hz[0] <= hz <= mel_frequencies_hz[-1]]
    heights = (np.interp(inside, mel_frequencies_hz, rows) + 0.5) / len(rows)
    return tuple((float(height), _hertz(hz)) for height, hz in zip(heights, inside, strict=True))


def _linear_ticks(frequencies_hz: np.ndarray) -> tuple[tuple[float, str], ...]:
    """Where multiples of a round frequency lie on a linear axis."""
    highest = float(frequencies_hz[-1] + frequencies_hz[0])
    step = next((step for step in _LINEAR_STEPS_HZ if step * _LINEAR_TICKS >= highest), _LINEAR_STEPS_HZ[-1])
    return tuple((hz / highest, _hertz(hz)) for hz in range(step, int(highest) + 1, step))


def _hertz(hz: int) -> str:
    return f"{hz / 1000:g} kHz" if hz >= 1000 else f"{hz} Hz"


def pack_wave(part: Envelope, start_s: float, stop_s: float) -> dict[str, Any]:
    """A waveform as 16-bit integers relative to its own largest value, a few bytes per point."""
    scale = float(max(np.abs(part.low).max(), np.abs(part.high).max()))
    first_s, last_s = float(part.times_s[0]), float(part.times_s[-1])
    num_steps = len(part.times_s) - 1
    packed = {
        "start_s": start_s,
        "stop_s": stop_s,
        "first_s": first_s,
        # Bins hold whole samples, so they differ by one: the mean step is right to half a sample everywhere.
        "step_s": (last_s - first_s) / num_steps if num_steps else stop_s - start_s,
        "scale": scale,
        "is_samples": part.is_samples,
        "high": _int16(part.high, scale),
    }
    return packed if part.is_samples else packed | {"low": _int16(part.low, scale)}


def _int16(values: np.ndarray, scale: float) -> str:
    levels = np.round(values * (_INT16_MAX / max(scale, 1e-9))).astype("<i2")
    return base64.b64encode(levels.tobytes()).decode()


def pack_picture(picture: Picture) -> dict[str, Any]:
    """A picture as JSON, as `decodePicture` in drawing.js reads it."""
    return {
        "caption": picture.caption,
        "jpeg": base64.b64encode(picture.jpeg).decode(),
        "start_s": picture.start_s,
        "stop_s": picture.stop_s,
        "ticks": picture.ticks,
    }
