"""A sound and everything that is drawn against its time, under one playhead.

The sound is Streamlit's own audio element, which is not shown. `player.js` has the bar that plays it, shows
waveform, spectrogram and rows of marks, and moves its playhead.
"""

import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import streamlit as st
from pydantic import BaseModel, FiniteFloat, ValidationError

from fsat_core.audio import envelope
from fsat_core.audio.packing import (
    Picture,
    Sound,
    draw_spectrogram,
    file_stamp,
    highest,
    pack_picture,
    pack_wave,
    read_sound,
)
from fsat_core.audio.pictures import SMALL
from fsat_core.audio.playable import saved_name
from fsat_core.audio.spectrogram import USUAL, Frequencies, Style, read_part
from fsat_core.errors import AudioError
from ui.shared import spectrogram
from ui.shared.clip_cache import ClipCache
from ui.shared.modules import make_component
from ui.shared.texts import show_error

_MAX_PICTURES = 64  # in other colours than the usual ones
_MAX_SOUNDS = 24  # that are kept of each style
_MOST_CLOSE_S = 60.0  # of a part whose spectrogram is drawn anew
_NUM_SLOTS = 3  # for a clip and those on either side of it
_MAX_POINTS = 16_000  # the most that one zoom gets, whatever the browser asks for


_mount = make_component("fsat_player", Path(__file__).parent, "player")


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


@dataclass(frozen=True)
class Place:
    """Where a clip is in a list on the page.

    Parameters
    ----------
    at : int
        Its number in the list.
    beside : mapping of int to (str, Path)
        The clips before and after it, by number: label and file. Their sounds are sent, too, as soon as they
        have been read, so that a step is heard at once.
    """

    at: int
    beside: Mapping[int, tuple[str, Path]]


@dataclass(frozen=True)
class Scale:
    """What the drawings of two clips have in common.

    Parameters
    ----------
    span_s : float
        The length of the longer one.
    top_db : float
        The brightest colour of both spectrograms.
    """

    span_s: float
    top_db: float


def common_scale(sources: Sequence[Path], mfcc: bool = False) -> Scale:
    """The scale of several sounds, as they are drawn now; an AudioError where one cannot be read."""
    sounds = [_load(source, mfcc) for source in sources]
    return Scale(
        max(sound.duration_s for sound in sounds), max(highest(sound.spectrogram) for sound in sounds)
    )


def player(
    source: Path | bytes,
    *,
    key: str,
    label: str,
    rows: Sequence[Row] = (),
    mfcc: bool = False,
    place: Place | None = None,
    scale: Scale | None = None,
) -> None:
    """Play a sound above its waveform, its log-mel spectrogram and rows of marks, all on one time axis.

    A click seeks, Ctrl with the wheel or + and - zoom down to single samples, dragging or the arrow keys
    move, a double click or 0 shows the whole clip, space plays. The drawing is a fragment: zooming reruns
    nothing else of the page, and only the part in view is read and sent.

    Parameters
    ----------
    source : Path or bytes
        A sound file, or the content of one, such as an upload. What a browser cannot play is converted.
        What is worked out from it is cached.
    key : str
        Unique on the page: letters, digits, `_` and `-`.
    label : str
        What screen readers call the sound, for example its file name. No two sounds that follow each other
        under one key may have the same.
    rows : sequence of Row
        Drawn under the spectrogram, top to bottom.
    mfcc : bool
        Draw the MFCCs too.
    place : Place, optional
        Of a clip in a list on the page (see `ui/player/playback.js`): there are buttons to the ones before
        and after it, and the drawing is low.
    scale : Scale, optional
        That of two clips that are compared; zooming one zooms the other, and one plays at a time.

    Raises
    ------
    AudioError
        If the sound cannot be read; nothing has been drawn then.
    ValueError
        If `key` has other characters.
    """
    if not re.fullmatch(r"[\w-]+", key, flags=re.ASCII):
        raise ValueError(f"key={key!r}: expected letters, digits, _ and - only, it becomes a CSS class.")
    sound, style = _load(source, mfcc), spectrogram.style()
    if (style.range_db, style.colours, scale) != (USUAL.range_db, USUAL.colours, None):
        picture = _colour(_stamp(source), style, scale.top_db if scale else None, sound)
        sound = replace(sound, pictures=(picture, *sound.pictures[1:]))
    if sound.content and sound.warning:
        st.text(sound.warning)
    _draw(source, sound, key, label, tuple(rows), place is not None, scale)
    if sound.content:
        st.html(f"<style>.st-key-{key}-sound {{display: none}}</style>")
        with st.container(key=f"{key}-sound"):
            _put_sounds({place.at if place else 0: (label, sound)} | _sounds_beside(place, mfcc))


def _put_sounds(sounds: Mapping[int, tuple[str, Sound]]) -> None:
    """Audio elements of clips by their numbers in a list, each in the same place of three after a step."""
    by_slot = {at % _NUM_SLOTS: sounds[at] for at in sounds}
    for slot in range(max(by_slot) + 1):
        if slot in by_slot:
            label, sound = by_slot[slot]
            st.audio(sound.content, format=sound.mime, alt=label)
        else:
            st.empty()


def _sounds_beside(place: Place | None, mfcc: bool) -> dict[int, tuple[str, Sound]]:
    """The sounds before and after a clip, as far as they have been read; the others are, from now on."""
    found = {}
    for at, (label, path) in place.beside.items() if place else ():
        with suppress(AudioError):  # who goes there gets the error
            if (sound := _sounds(mfcc).get(path, within_s=0.0)) and sound.content:
                found[at] = (label, sound)
    return found


def read_ahead(sources: Sequence[Path], mfcc: bool = False) -> None:
    """Start reading these sounds in the background, for a player that will soon show one of them."""
    _sounds(mfcc).warm(sources)


def _load(source: Path | bytes, mfcc: bool) -> Sound:
    sounds = _sounds(mfcc)
    if (sound := sounds.get(source, within_s=0.0)) is not None:
        return sound
    with st.spinner("Reading the clip"):
        return sounds.get(source)


def _sounds(mfcc: bool) -> ClipCache[Path | bytes, Sound]:
    style = spectrogram.style()
    return _sounds_of(mfcc, style.n_fft, style.scale)


@st.cache_resource(max_entries=3, show_spinner=False)
def _sounds_of(mfcc: bool, n_fft: int, frequencies: Frequencies) -> ClipCache[Path | bytes, Sound]:
    style = Style(n_fft, frequencies)
    return ClipCache(lambda source: read_sound(_opened(source), mfcc, style), _stamp, _MAX_SOUNDS)


@st.cache_resource(max_entries=_MAX_PICTURES, show_spinner=False)
def _colour(stamp: tuple[str, int, int], style: Style, top_db: float | None, _sound: Sound) -> Picture:
    """The spectrogram in the colours and the range that are wanted."""
    return draw_spectrogram(_sound.spectrogram, style, top_db)


def _opened(source: Path | bytes) -> Path | BinaryIO:
    return source if isinstance(source, Path) else io.BytesIO(source)


def _stamp(source: Path | bytes) -> tuple[str, int, int]:
    """What identifies a sound: a file that is replaced is read again."""
    if isinstance(source, bytes):
        return hashlib.blake2b(source, digest_size=16).hexdigest(), len(source), 0
    return file_stamp(source)


@st.fragment
def _draw(
    source: Path | bytes,
    sound: Sound,
    key: str,
    label: str,
    rows: tuple[Row, ...],
    listed: bool,
    scale: Scale | None,
) -> None:
    whole = _whole(sound, key, label, rows) | {
        "listed": listed,
        "low": listed or scale is not None,
        "paired": scale is not None,
        "span_s": scale.span_s if scale else 0.0,
    }
    whole["clip"] = hashlib.blake2b(json.dumps(whole).encode(), digest_size=8).hexdigest()
    view = _read_view(st.session_state.get(key, {}).get("view"))
    data = whole
    # The browser names the clip whose whole it holds already: then it gets the part in view only.
    if view is not None and view.clip == whole["clip"]:
        try:
            top_db = scale.top_db if scale else highest(sound.spectrogram)
            data = {"clip": whole["clip"], "detail": _detail(source, sound, view, top_db)}
        except AudioError as error:  # gone since it was drawn
            show_error(error)
    _mount(key=key, data=data, on_view_change=_nothing)


def _nothing() -> None:
    """Streamlit keeps the state of a component only under names that have a callback."""


def _whole(sound: Sound, key: str, label: str, rows: tuple[Row, ...]) -> dict[str, Any]:
    return {
        "sound": f"st-key-{key}-sound",
        "label": label,
        "save_as": saved_name(label.rpartition("/")[2], sound.mime),
        "soundless": "" if sound.content else sound.warning,
        "sample_rate": sound.sample_rate,
        "duration_s": sound.duration_s,
        "overview": pack_wave(sound.overview, 0.0, sound.duration_s),
        "pictures": [pack_picture(picture) for picture in sound.pictures],
        "rows": [
            {"label": row.label, "marks": [(m.start_s, m.stop_s, m.value, m.text) for m in row.marks]}
            for row in rows
        ],
    }


class _View(BaseModel):
    """The part of a clip that a browser asks for."""

    clip: str
    start_s: FiniteFloat
    stop_s: FiniteFloat
    num_points: FiniteFloat


def _read_view(value: object) -> _View | None:
    """What a browser asks for; None for nothing, or where it makes no sense."""
    try:
        return _View.model_validate(value)
    except ValidationError:
        return None


def _detail(source: Path | bytes, sound: Sound, view: _View, top_db: float) -> dict[str, Any]:
    """The waveform of the part that the browser asks for, and its spectrogram, unless that is long."""
    start_s = min(max(view.start_s, 0.0), sound.duration_s)
    stop_s = min(max(view.stop_s, start_s), sound.duration_s)
    num_points = int(min(max(view.num_points, 1), _MAX_POINTS))
    wave = pack_wave(envelope(_opened(source), start_s, stop_s, num_points), start_s, stop_s)
    if stop_s - start_s > _MOST_CLOSE_S:
        return wave
    style = spectrogram.style()
    close = read_part(_opened(source), start_s, stop_s, style.n_fft, style.scale)
    return wave | {"picture": pack_picture(draw_spectrogram(close, style, top_db, SMALL))}
