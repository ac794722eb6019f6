"""Links from one page to the clips behind a number: the names both sides agree on.

*Explore* calls `open_clips(clips_query(...))`; *Clips* reads the same query parameters. A link is a plain
address, so it can be kept or sent to somebody else:

    /clips?split=curated&split=noisy&label=Bark&min_s=10&max_s=20&show=all

========== ========== ===============================================================================
parameter  repeatable meaning (a missing parameter does not filter)
========== ========== ===============================================================================
split      yes        only clips of these splits: `curated`, `noisy`, `test`
label      no         only clips that carry this class, alone or among others
min_s      no         shortest length shown, in seconds (inclusive)
max_s      no         longest length shown, in seconds (inclusive)
min_frames no         shortest length shown, in frames (inclusive)
max_frames no         longest length shown, in frames (inclusive)
labels     no         `single`: exactly one label, `several`: more than one, `all`
show       no         `long`, `short`, `same` (three kinds of abnormal length), `unreadable` or `all`
clip       no         the `clip_id` of the clip that is picked
========== ========== ===============================================================================
"""

import re
from collections.abc import Sequence
from typing import Literal

import streamlit as st

from fsat_core.dataset.filters import LabelKind
from fsat_core.dataset.length_distribution import Unit

SPLIT = "split"
LABEL = "label"
MIN_S = "min_s"
MAX_S = "max_s"
MIN_FRAMES = "min_frames"
MAX_FRAMES = "max_frames"
LABELS = "labels"
SHOW = "show"
CLIP = "clip"

CLIPS_PAGE = "pages/clips.py"
LABEL_PAGE = "pages/label.py"
EVALUATE_PAGE = "pages/evaluate.py"
EVALUATED = "evaluate"  # the run in view on Evaluate

_MOST_DIGITS = 15  # JavaScript has no whole numbers of 17, and nothing here is so many

Show = Literal["all", "long", "short", "same", "unreadable"]
QueryParams = dict[str, str | list[str]]


def clips_query(
    splits: Sequence[str] = (),
    label: str | None = None,
    lengths: Sequence[float] = (),
    unit: Unit = "seconds",
    labels: LabelKind = "all",
    show: Show = "all",
    clip: str | None = None,
) -> QueryParams:
    """Query parameters that open *Clips* on these clips; filters that are not given are off.

    Parameters
    ----------
    lengths : sequence of float
        The shortest and the longest length, in `unit`.
    """
    query: QueryParams = {SHOW: show}
    if splits:
        query[SPLIT] = list(splits)
    if label is not None:
        query[LABEL] = label
    names = (MIN_S, MAX_S) if unit == "seconds" else (MIN_FRAMES, MAX_FRAMES)
    for name, length in zip(names, lengths, strict=False):
        query[name] = str(float(length) if unit == "seconds" else int(length))
    if labels != "all":
        query[LABELS] = labels
    if clip is not None:
        query[CLIP] = clip
    return query


def open_clips(query: QueryParams) -> None:
    """Go to *Clips*, filtered as `clips_query` says. Ends the run of the page that calls it."""
    st.switch_page(CLIPS_PAGE, query_params=query)


def read_number(text: str) -> int | None:
    """The whole number that an address gives; None where it gives none, or one too large for a widget."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def read_seconds(text: str) -> float | None:
    """The time that an address gives; None where it gives none."""
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,30})?(e-\d{1,2})?", text, re.ASCII) else None
