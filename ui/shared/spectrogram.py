"""How spectrograms are drawn, on every page: a choice that the browser keeps."""

import json
from dataclasses import asdict
from typing import Literal

import streamlit as st
from pydantic import BaseModel, ValidationError

from fsat_core.audio.spectrogram import COLOURS, N_FFTS, RANGES_DB, SCALES, USUAL, Style

_MEMORY = "spectrogram_memory"
_CHOSEN = "spectrogram_chosen"  # whether the session knows what the visitor wants
_FIELDS = tuple(asdict(USUAL))
_WIDTH = 300  # in pixels
_SCALE_NAMES = {"mel": "Mel", "linear": "Linear"}

# Keeps a choice in the browser, and says what was kept there before.
_memory = st.components.v2.component(
    "fsat_spectrogram",
    html="<span></span>",
    js="""
export default function ({ data, setStateValue }) {
  const KEY = "fsat-spectrogram";
  try {
    if (data.style !== null) return void localStorage.setItem(KEY, data.style);
    const kept = localStorage.getItem(KEY);
    if (kept !== null) setStateValue("kept", kept);
  } catch {
    // Storage is forbidden: it lasts until the app is left.
  }
}
""",
)


class _Kept(BaseModel):
    """What a browser says that it has kept; anybody can say anything."""

    n_fft: Literal[N_FFTS]  # type: ignore[valid-type]
    scale: Literal[SCALES]  # type: ignore[valid-type]
    range_db: Literal[RANGES_DB]  # type: ignore[valid-type]
    colours: Literal[COLOURS]  # type: ignore[valid-type]


def style() -> Style:
    """How spectrograms are drawn for this visitor."""
    values = {name: st.session_state.get(_key(name)) for name in _FIELDS}
    return Style(**{name: getattr(USUAL, name) if value is None else value for name, value in values.items()})


def choose_style() -> None:
    """The choice, in a popover."""
    _recall()
    popover = st.popover("Spectrogram", icon=":material/graphic_eq:", type="tertiary")
    with popover.container(width=_WIDTH):
        st.segmented_control(
            "Frequencies",
            SCALES,
            required=True,
            format_func=_SCALE_NAMES.__getitem__,
            key=_key("scale"),
            on_change=_note,
        )
        st.selectbox(
            "FFT size",
            N_FFTS,
            format_func=lambda n_fft: f"{n_fft:,} samples" if n_fft else "By the sample rate",
            key=_key("n_fft"),
            on_change=_note,
            help="Long frames tell frequencies apart, short ones moments.",
        )
        st.segmented_control(
            "Range",
            RANGES_DB,
            required=True,
            format_func=lambda range_db: f"{range_db:d} dB",
            key=_key("range_db"),
            on_change=_note,
        )
        st.selectbox("Colours", COLOURS, format_func=str.capitalize, key=_key("colours"), on_change=_note)
        st.button(
            "As usual",
            icon=":material/restart_alt:",
            on_click=_take,
            args=(USUAL,),
            disabled=style() == USUAL,
        )
        st.caption(
            "For the pictures of all players, in this browser. It changes nothing of what networks hear: "
            "they have frames of their own."
        )
    chosen = json.dumps(asdict(style())) if _CHOSEN in st.session_state else None
    _memory(key=_MEMORY, data={"style": chosen}, width=1, on_kept_change=_nothing)


def _recall() -> None:
    """Take what the browser has kept, unless the visitor has chosen since."""
    kept = st.session_state.get(_MEMORY, {}).get("kept")
    if kept and _CHOSEN not in st.session_state:
        try:
            _take(Style(**_Kept.model_validate_json(kept).model_dump()))
        except ValidationError:
            _take(USUAL)
    for name in _FIELDS:
        st.session_state.setdefault(_key(name), getattr(USUAL, name))


def _take(chosen: Style) -> None:
    for name, value in asdict(chosen).items():
        st.session_state[_key(name)] = value
    _note()


def _note() -> None:
    st.session_state[_CHOSEN] = True


def _key(name: str) -> str:
    return f"spectrogram_{name}"


def _nothing() -> None:
    """Streamlit keeps the state of a component only under names that have a callback."""
