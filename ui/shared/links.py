"""Links from one page to the clips behind a number: the names both sides agree on.

*Explore* calls `open_clips(clips_query(...))`; *Clips* reads the same query parameters. A link is a plain
address, so it can be kept or sent to somebody else:

    /clips?split=curated&split=noisy&label=Bark&min_s=10&max_s=20&show=all

========== ========== ===============================================================================
parameter  repeatable meaning (a missing parameter does not filter)
========== ========== ===============================================================================
split      yes        only clips of these splits: `curated`, `noisy`, `test`
label      no         only clips that carry this class, alone or among others
also       no         only clips that carry this class, too
min_s      no         shortest length shown, in seconds (inclusive)
max_s      no         longest length shown, in seconds (inclusive)
min_frames no         shortest length shown, in frames (inclusive)
max_frames no         longest length shown, in frames (inclusive)
labels     no         `single`: exactly one label, `several`: more than one, `all`
num_labels no         only clips of so many labels; 0: not known
show       no         `long`, `short`, `same` (three kinds of abnormal length), `unreadable` or `all`
status     yes        what was decided, some of `STATUS_CHOICES` of `fsat_core.listing`
by         no         only what this annotator decided
since      no         only what was decided on this day or later, such as `2026-01-31`
among      no         only the clips of a choice, by the name that `fsat_core.dataset.kept_choice` gave it
clip       no         the `clip_id` of the clip that is picked
data       no         the name of the data set, where the operator lists several (see `ui.shared.data_sets`)
truth      no         whose labels count, where these are not the tables' (see `ui.shared.truth`)
========== ========== ===============================================================================
"""

import re
from collections.abc import Sequence
from typing import Any, Literal

import streamlit as st

from fsat_core.dataset.length_distribution import Unit
from fsat_core.listing import LabelKind
from ui.shared import state
from ui.shared.texts import plain

SPLIT = "split"
LABEL = "label"
ALSO = "also"
MIN_S = "min_s"
MAX_S = "max_s"
MIN_FRAMES = "min_frames"
MAX_FRAMES = "max_frames"
LABELS = "labels"
NUM_LABELS = "num_labels"
SHOW = "show"
STATUS = "status"
BY = "by"
SINCE = "since"
AMONG = "among"
CLIP = "clip"
DATA_SET = "data"

CLIPS_PAGE = "pages/clips.py"
CLASSES_PAGE = "pages/classes.py"
TRAIN_PAGE = "pages/train.py"
LABEL_SET = "label_set"  # the one that the form of Train is to use
LABEL_PAGE = "pages/label.py"
EVALUATE_PAGE = "pages/evaluate.py"
RUN = "run"  # the run that Train shows: a key of the session and, bound to it, a query parameter
EVALUATED = "evaluate"  # the run in view on Evaluate, the tab, and the cell of its map of confusions:
VIEW = "view"
COMPARED = "compare"  # the run that it is compared with
CHANGED = "changed"  # which clips are listed of those that it has changed: `mended`, `broken`, `relabelled`
TRUE = "true"  # the class that clips have
HEARD = "heard"  # the class that they are taken for, or that is ranked above it
TRUTH = "truth"  # whose labels pages go by, as `fsat_core.labels.truth` names it

_MOST_DIGITS = 15  # JavaScript has no whole numbers of 17, and nothing here is so many

Show = Literal["all", "long", "short", "same", "unreadable"]
QueryParams = dict[str, str | list[str]]


def set_query() -> dict[str, str]:
    """Query parameters that stay with the data set in use: none where there is but one."""
    return {DATA_SET: state.settings().set_name} if len(state.offered_sets()) > 1 else {}


def _kept_query() -> dict[str, str]:
    """Query parameters that stay from page to page: the data set in use, and whose labels count."""
    truth = st.query_params.get(TRUTH)
    return set_query() if truth is None else set_query() | {TRUTH: truth}


def clips_query(
    splits: Sequence[str] = (),
    label: str | None = None,
    lengths: Sequence[float] = (),
    unit: Unit = "seconds",
    labels: LabelKind = "all",
    show: Show = "all",
    clip: str | None = None,
    also: str | None = None,
    num_labels: int | None = None,
    among: str | None = None,
) -> QueryParams:
    """Query parameters that open *Clips* on these clips; filters that are not given are off.

    Parameters
    ----------
    lengths : sequence of float
        The shortest and the longest length, in `unit`.
    """
    query: QueryParams = {SHOW: show, **_kept_query()}
    if splits:
        query[SPLIT] = list(splits)
    if label is not None:
        query[LABEL] = label
    if also is not None:
        query[ALSO] = also
    if num_labels is not None:
        query[NUM_LABELS] = str(num_labels)
    if among is not None:
        query[AMONG] = among
    names = (MIN_S, MAX_S) if unit == "seconds" else (MIN_FRAMES, MAX_FRAMES)
    for name, length in zip(names, lengths, strict=False):
        query[name] = str(float(length) if unit == "seconds" else int(length))
    if labels != "all":
        query[LABELS] = labels
    if clip is not None:
        query[CLIP] = clip
    return query


def class_query(label: str) -> QueryParams:
    """Query parameters that open *Classes* on this class."""
    return {LABEL: label, **_kept_query()}


def open_class(label: str) -> None:
    """Go to the page of a class. Ends the run of the page that calls it."""
    st.switch_page(CLASSES_PAGE, query_params=class_query(label))


def link_class(label: str) -> None:
    """A link to the page of a class, under its name."""
    st.page_link(
        CLASSES_PAGE, label=plain(label), query_params=class_query(label), help="All about this class"
    )


def evaluation_query(
    run_id: str, view: str, cell: tuple[str, str] | None = None, other_id: str | None = None
) -> QueryParams:
    """Query parameters that open *Evaluate* on a tab of a run, on a cell of its map, beside another run."""
    query: QueryParams = {EVALUATED: run_id, VIEW: view, **_kept_query()}
    if cell is not None:
        query[TRUE], query[HEARD] = cell
    if other_id is not None:
        query[COMPARED] = other_id
    return query


def link_clips(**chosen: Any) -> None:
    """A link that opens *Clips* on the clips that `clips_query` takes these for."""
    st.page_link(
        CLIPS_PAGE, label="Open in Clips", icon=":material/headphones:", query_params=clips_query(**chosen)
    )


def open_clips(query: QueryParams) -> None:
    """Go to *Clips*, filtered as `clips_query` says. Ends the run of the page that calls it."""
    st.switch_page(CLIPS_PAGE, query_params=query)


def write_address(query: QueryParams) -> None:
    """Make these the parameters of the address, beside the one that says whose labels count."""
    truth = st.query_params.get(TRUTH)
    st.query_params.from_dict(query if truth is None else query | {TRUTH: truth})


def read_number(text: str) -> int | None:
    """The whole number that an address gives; None where it gives none, or one too large for a widget."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def read_seconds(text: str) -> float | None:
    """The time that an address gives; None where it gives none."""
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,30})?(e-\d{1,2})?", text, re.ASCII) else None
