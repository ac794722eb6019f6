"""The component that draws a map of clips, and what people have done on it.

The browser says which clips and colours it holds already, and gets what it does not hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from pydantic import BaseModel, ValidationError

from fsat_core.charts.sound_map import unpack_chosen
from ui.shared.modules import make_component

_mount = make_component("fsat_sound_map", Path(__file__).parent, "map")


@dataclass(frozen=True)
class MapView:
    """What is in view: clips by their numbers on the map.

    Parameters
    ----------
    chosen : np.ndarray [shape=(num_chosen,)], int64
    picked : int
        The clip that was clicked; -1 for none.
    heard : int
        The clip that is to be heard while the pointer is on it; -1 for none.
    """

    chosen: np.ndarray
    picked: int = -1
    heard: int = -1


class _Message(BaseModel):
    """What a browser says."""

    clips: str
    colours: str
    chosen: str
    picked: int
    heard: int


def show_dots(clips: Mapping[str, Any], colours: Mapping[str, Any], key: str, alt: str) -> MapView:
    """Draw a map; returns what people have done on it.

    Parameters
    ----------
    clips, colours : mapping
        As from `pack_clips` and `pack_colours`.
    key : str
    alt : str
        The map in words.
    """
    said = _read(st.session_state.get(key, {}).get("view"))
    data = {"clips_key": clips["key"], "colours_key": colours["key"], "alt": alt}
    if said is None or said.clips != clips["key"]:
        data |= {"clips": clips, "colours": colours}
    elif said.colours != colours["key"]:
        data |= {"colours": colours}
    _mount(key=key, data=data, on_view_change=_nothing)
    if said is None or said.clips != clips["key"]:  # about other clips
        return MapView(np.empty(0, np.int64))
    num = clips["num"]
    return MapView(
        unpack_chosen(said.chosen, num), *(at if 0 <= at < num else -1 for at in (said.picked, said.heard))
    )


def _nothing() -> None:
    """Streamlit keeps the state of a component only under names that have a callback."""


def _read(value: object) -> _Message | None:
    """What a browser says; None for nothing, or where it makes no sense."""
    try:
        return _Message.model_validate(value)
    except ValidationError:
        return None
