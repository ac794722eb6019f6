"""The map of what clips sound like, packed for a browser: where each clip lies, and how it is coloured.

Places are sent once, colours whenever they change: both as whole numbers, not as text.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fsat_core.dataset.label_text import split_labels

NO_LABEL = "No label"
GREY = -1  # the colour of a group that has none
MOST_COLOURED = 20  # ten colours of the theme, and each again as rings
NUM_FIRST = 10  # classes that are coloured until some are chosen, where there are too many for all
_FULL = 65_535  # of 16 bits; as a colour on a scale: none


@dataclass(frozen=True)
class Groups:
    """Clips by group.

    Parameters
    ----------
    names : sequence of str
    colours : sequence of int
        Of each group: a colour of the theme counted from 0, the same as rings from 10 on, or `GREY`.
    codes : np.ndarray [shape=(N,)], uint16
        The group of each clip.
    rest : str
        What the grey ones are called together.
    """

    names: Sequence[str]
    colours: Sequence[int]
    codes: np.ndarray
    rest: str


@dataclass(frozen=True)
class Scale:
    """Clips by a number.

    Parameters
    ----------
    name : str
    numbers : np.ndarray [shape=(N,)]
        0 to 1; NaN for a clip without one.
    low, high : str
        What its ends are called.
    rest : str
        What clips without one are called.
    """

    name: str
    numbers: np.ndarray
    low: str
    high: str
    rest: str


def group_by_class(labels: Sequence[str], classes: Sequence[str], chosen: Sequence[str] = ()) -> Groups:
    """Clips by their first label, or by the first that is chosen; the classes that are not chosen are grey.

    Where none is chosen, all have a colour, or of many the largest few.

    Parameters
    ----------
    labels : sequence of str
        Of each clip, joined by commas.
    classes : sequence of str
        Of the data set: so that a class keeps its colour whatever clips are shown.
    chosen : sequence of str
        At most `MOST_COLOURED`.
    """
    strings = pd.Series(labels, dtype="object")
    first = {text: _first_of(split_labels(text), chosen) for text in strings.unique()}
    groups = strings.map(first)
    counts = groups.value_counts()
    if chosen:
        coloured = list(chosen)[:MOST_COLOURED]
    elif len(classes) <= MOST_COLOURED:
        coloured = list(classes)
    else:
        coloured = [name for name in counts.index if name != NO_LABEL][:NUM_FIRST]
    rest = "Other classes" if len(set(classes) - set(coloured)) else NO_LABEL
    return group(groups, {name: place for place, name in enumerate(coloured)}, rest)


def group(values: pd.Series, colours: dict[str, int], rest: str) -> Groups:
    """Clips by these values: those of `colours` in its order, then the others, which are grey."""
    others = [name for name in dict.fromkeys(values) if name not in colours]
    names = [*colours, *others]
    number = {name: code for code, name in enumerate(names)}
    codes = values.map(number).to_numpy().astype(np.uint16)
    return Groups(names, [colours.get(name, GREY) for name in names], codes, rest)


def pack_clips(places: np.ndarray, clip_ids: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """The clips of a map, as `decodeClips` in places.js reads them.

    Parameters
    ----------
    places : np.ndarray [shape=(N, 2)]
        Finite.
    clip_ids, labels : sequence of str
        Of each.
    """
    texts = json.dumps([list(clip_ids), list(labels)]).encode()
    packed = {
        "num": len(clip_ids),
        "places": _encode(_in_square(places)),
        "texts": base64.b64encode(zlib.compress(texts, 6)).decode(),
    }
    return packed | {"key": _digest(packed)}


def pack_colours(colours: Groups | Scale) -> dict[str, Any]:
    """The colours of a map, as `decodeColours` in places.js reads them."""
    if isinstance(colours, Groups):
        counts = np.bincount(colours.codes, minlength=len(colours.names))
        packed: dict[str, Any] = {
            "names": list(colours.names),
            "colours": list(colours.colours),
            "counts": counts.tolist(),
            "codes": _encode(colours.codes),
        }
    else:
        known = ~np.isnan(colours.numbers)
        codes = np.full(len(known), _FULL, np.uint16)
        codes[known] = np.round(np.clip(colours.numbers[known], 0, 1) * (_FULL - 1))
        packed = {
            "scale": colours.name,
            "ends": [colours.low, colours.high],
            "num_known": int(known.sum()),
            "codes": _encode(codes),
        }
    packed["rest"] = colours.rest
    return packed | {"key": _digest(packed)}


def unpack_chosen(text: str, num_clips: int) -> np.ndarray:
    """The numbers of the clips that a browser has chosen, of a bit for each; none if it makes no sense."""
    try:
        content = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    except ValueError:
        return np.empty(0, np.int64)
    if len(content) != -(-num_clips // 8):
        return np.empty(0, np.int64)
    return np.flatnonzero(np.unpackbits(content, bitorder="little")[:num_clips])


def _first_of(names: Sequence[str], chosen: Sequence[str]) -> str:
    """The label that colours a clip."""
    if not names:
        return NO_LABEL
    return next((name for name in names if name in chosen), names[0])


def _in_square(places: np.ndarray) -> np.ndarray:
    """Places in a square of 16 bits, both axes on one scale."""
    if not len(places):
        return np.empty((0, 2), np.uint16)
    low, high = places.min(axis=0), places.max(axis=0)
    span = float((high - low).max()) or 1.0
    return np.round(((places - (low + high) / 2) / span + 0.5) * _FULL).clip(0, _FULL).astype(np.uint16)


def _encode(values: np.ndarray) -> str:
    return base64.b64encode(values.astype("<u2").tobytes()).decode()


def _digest(packed: dict[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(packed).encode(), digest_size=8).hexdigest()
