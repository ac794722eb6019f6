"""A sound and everything that is drawn against its time, under one playhead.

The sound is Streamlit's own audio element, so that its controls and its accessibility are the browser's.
Below it, `player.js` shows waveform, spectrogram and rows of marks, and moves the playhead of that element.
"""

import base64
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import streamlit as st

from fsat_core.audio import (
    Envelope,
    browser_audio,
    envelope,
    image_png,
    log_mel,
    mfcc_overview,
    read_header,
)
from fsat_core.errors import AudioError

_OVERVIEW_POINTS = 2_000
_MAX_POINTS = 16_000  # per answer to a zoom, whatever the browser asks for
_RANGE_DB = 80.0
_RANGE_STD = 2.5
_FREQUENCY_TICKS_HZ = (50, 100, 200, 500, 1000, 2000, 4000, 8000, 16000, 32000)
_MFCC_TICK_EVERY = 10
_INT16_MAX = 32767


def _asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


_mount = st.components.v2.component(
    "fsat_player",
    html=_asset("player.html"),
    css=_asset("player.css"),
    js=_asset("player.js") + _asset("player_drawing.js"),
)


@dataclass(frozen=True)
class Mark:
    """A stretch of time in a row.

    Parameters
    ----------
    start_s, stop_s : float
        From the start of the clip.
    value : float
        0 (hardly visible) to 1 (full colour), for example a probability.
    text : str
        Written into the mark where it fits.
    """

    start_s: float
    stop_s: float
    value: float = 1.0
    text: str = ""


@dataclass(frozen=True)
class Row:
    """Marks over time under one name, for example the windows in which a class is heard."""

    label: str
    marks: Sequence[Mark]


def player(
    source: Path | bytes, *, key: str, label: str, rows: Sequence[Row] = (), mfcc: bool = False
) -> None:
    """Play a sound above its waveform, its log-mel spectrogram and rows of marks, all on one time axis.

    A click seeks, the wheel or + and - zoom down to single samples, dragging or the arrow keys move, a
    double click or 0 shows the whole clip, space plays. The drawing is a fragment: zooming reruns nothing
    else of the page, and only the part in view is read and sent.

    Parameters
    ----------
    source : Path or bytes
        A sound file, or the content of one, such as an upload. What a browser cannot play is converted.
        What is worked out from it is cached.
    key : str
        Unique on the page: letters, digits, `_` and `-`.
    label : str
        What screen readers call the sound, for example its file name.
    rows : sequence of Row
        Drawn under the spectrogram, top to bottom.
    mfcc : bool
        Draw the MFCCs too.

    Raises
    ------
    AudioError
        If the sound cannot be read; nothing has been drawn then.
    ValueError
        If `key` has other characters.
    """
    if not re.fullmatch(r"[\w-]+", key, flags=re.ASCII):
        raise ValueError(f"key={key!r}: expected letters, digits, _ and - only, it becomes a CSS class.")
    sound = _load(_stamp(source), source)
    with st.container(key=f"{key}-sound"):
        st.audio(sound.content, format=sound.mime, alt=label)
    _draw(source, sound, key, label, tuple(rows), mfcc)


@dataclass(frozen=True)
class _Picture:
    """An image over time, and the ticks of its vertical axis from 0 (lower edge) to 1 (upper edge)."""

    caption: str
    png: bytes
    start_s: float
    stop_s: float
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class _Sound:
    """What playing and drawing a whole clip takes; never changed, since sessions share it."""

    content: bytes
    mime: str
    sample_rate: int
    duration_s: float
    overview: Envelope
    log_mel: _Picture
    mfcc: _Picture


# A resource and not data: the content is never changed, and copying megabytes at each rerun would be felt.
@st.cache_resource(max_entries=12, show_spinner="Reading the clip")
def _load(stamp: tuple[str, int, int], _source: Path | bytes) -> _Sound:
    if isinstance(_source, Path):
        return _read(_source)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(_source)
        return _read(path)


def _stamp(source: Path | bytes) -> tuple[str, int, int]:
    """What identifies a sound: a file that is replaced is read again."""
    if isinstance(source, bytes):
        return hashlib.blake2b(source, digest_size=16).hexdigest(), len(source), 0
    try:
        stat = source.stat()
    except OSError as error:
        raise AudioError(f"{source.name}: cannot be read ({error.strerror}); rescan the data set.") from error
    return str(source), stat.st_size, stat.st_mtime_ns


def _read(path: Path) -> _Sound:
    header = read_header(path)
    duration_s = header.num_frames / header.sample_rate
    content, mime = browser_audio(path)
    return _Sound(
        content,
        mime,
        header.sample_rate,
        duration_s,
        envelope(path, 0.0, duration_s, _OVERVIEW_POINTS),
        _log_mel_picture(path),
        _mfcc_picture(path),
    )


def _log_mel_picture(path: Path) -> _Picture:
    spectrogram = log_mel(path)
    top = float(spectrogram.db.max())
    png = image_png(spectrogram.db, "magma", vmin=top - _RANGE_DB, vmax=top)
    ticks = frequency_ticks(spectrogram.mel_frequencies_hz)
    caption = f"Log-mel spectrogram, upper {_RANGE_DB:.0f} dB"
    return _Picture(caption, png, *_extent(spectrogram.times_s), ticks)


def _mfcc_picture(path: Path) -> _Picture:
    coefficients, times_s = mfcc_overview(path)
    # The first few coefficients are many times larger than the others, whose colours would all be the same.
    deviations = coefficients - coefficients.mean(axis=1, keepdims=True)
    standard = deviations / np.maximum(coefficients.std(axis=1, keepdims=True), 1e-3)
    num_rows = len(coefficients)
    ticks = tuple(((row + 0.5) / num_rows, str(row)) for row in range(0, num_rows, _MFCC_TICK_EVERY))
    png = image_png(standard, "viridis", vmin=-_RANGE_STD, vmax=_RANGE_STD)
    return _Picture("MFCC, each coefficient standardised", png, *_extent(times_s), ticks)


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


def _hertz(hz: int) -> str:
    return f"{hz // 1000} kHz" if hz >= 1000 else f"{hz} Hz"


@st.fragment
def _draw(
    source: Path | bytes, sound: _Sound, key: str, label: str, rows: tuple[Row, ...], mfcc: bool
) -> None:
    whole = _whole(sound, key, label, rows, mfcc)
    whole["clip"] = hashlib.blake2b(json.dumps(whole).encode(), digest_size=8).hexdigest()
    view = st.session_state.get(key, {}).get("view")
    data = whole
    # The browser names the clip whose whole it holds already: then it gets the part in view only.
    if isinstance(view, Mapping) and view.get("clip") == whole["clip"]:
        try:
            data = {"clip": whole["clip"], "detail": _detail(source, sound, view)}
        except AudioError as error:  # gone since it was drawn
            st.error(str(error))
    _mount(key=key, data=data, on_view_change=_nothing)


def _nothing() -> None:
    """Streamlit keeps the state of a component only under names that have a callback."""


def _whole(sound: _Sound, key: str, label: str, rows: tuple[Row, ...], mfcc: bool) -> dict[str, Any]:
    pictures = [sound.log_mel, sound.mfcc] if mfcc else [sound.log_mel]
    return {
        "sound": f"st-key-{key}-sound",
        "label": label,
        "sample_rate": sound.sample_rate,
        "duration_s": sound.duration_s,
        "overview": _pack(sound.overview, 0.0, sound.duration_s),
        "pictures": [_pack_picture(picture) for picture in pictures],
        "rows": [
            {"label": row.label, "marks": [(m.start_s, m.stop_s, m.value, m.text) for m in row.marks]}
            for row in rows
        ],
    }


def _detail(source: Path | bytes, sound: _Sound, view: Mapping[str, Any]) -> dict[str, Any]:
    """The waveform of the part that the browser asks for."""
    start_s = min(max(float(view["start_s"]), 0.0), sound.duration_s)
    stop_s = min(max(float(view["stop_s"]), start_s), sound.duration_s)
    num_points = min(max(int(view["num_points"]), 1), _MAX_POINTS)
    opened = source if isinstance(source, Path) else io.BytesIO(source)
    return _pack(envelope(opened, start_s, stop_s, num_points), start_s, stop_s)


def _pack(part: Envelope, start_s: float, stop_s: float) -> dict[str, Any]:
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


def _pack_picture(picture: _Picture) -> dict[str, Any]:
    return {
        "caption": picture.caption,
        "png": base64.b64encode(picture.png).decode(),
        "start_s": picture.start_s,
        "stop_s": picture.stop_s,
        "ticks": picture.ticks,
    }
