"""What the dots of the map on Explore are coloured by: the choice of it, and the colours."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from fsat_core.charts.sound_map import MOST_COLOURED, Groups, Scale, group, group_by_class
from fsat_core.embedding import EmbeddingStore
from fsat_core.errors import FsatError, LabelError
from fsat_core.evaluation.by_ear import rank_by_ear
from fsat_core.evaluation.diagnosis import mistaken_for
from fsat_core.evaluation.label_quality import rank
from fsat_core.labels.own_names import read_own_names
from fsat_core.listing import UNDECIDED
from fsat_core.runs import Run
from fsat_core.text import readable
from ui.evaluate.results import judged_run, oof
from ui.shared import state
from ui.shared.label_store import label_store
from ui.shared.runs import best_usable, usable_runs
from ui.shared.texts import plain, show_error
from ui.shared.truth import decisions_in_use, look_for_decisions

CLASS, SPLIT, SUSPICION, DECISION, MISTAKES = "class", "split", "suspicion", "decision", "mistakes"
_NAMES = {CLASS: "Class", SPLIT: "Split", SUSPICION: "Suspicion", DECISION: "Decision", MISTAKES: "Mistakes"}
_EAR = "yamnet"  # what rates labels, where it is no run
_NOT_RATED, _NOT_SCORED = "Not rated", "Not scored"
_RIGHT, _WRONG = "Right", "Wrong"
_VIEWS = {"right": "Right or wrong", "which": "Taken for"}
_BLUE, _ORANGE = 3, 1  # colours of the theme, from 0
_STATUS_COLOURS = {"accepted": 5, "relabelled": _BLUE, "removed": _ORANGE, "unsure": 6, "disputed": 4}
_MOST_WRONG = 10  # classes, for which clips are taken, that have a colour


def choose_colours(clips: pd.DataFrame, store: EmbeddingStore) -> Groups | Scale:
    """Widgets to choose by what, and the colours of these clips: columns `clip_id, labels, split`."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.segmented_control(
            "Colour",
            list(_NAMES),
            default=CLASS,
            required=True,
            format_func=_NAMES.__getitem__,
            key="explore_map_colour",
            bind="query-params",
            wrap=True,
        )
        return _COLOURINGS[by](clips, store)


def _by_class(clips: pd.DataFrame, store: EmbeddingStore) -> Groups:
    classes = state.dataset().classes
    st.session_state["explore_map_classes"] = [
        name for name in st.session_state.get("explore_map_classes", []) if name in classes
    ]
    chosen = st.multiselect(
        "Classes",
        classes,
        key="explore_map_classes",
        max_selections=MOST_COLOURED,
        placeholder="Colour these classes only",
        label_visibility="collapsed",
        bind="query-params",
        width=360,
    )
    return group_by_class(clips["labels"].tolist(), classes, chosen)


def _by_split(clips: pd.DataFrame, store: EmbeddingStore) -> Groups:
    colours = {split.capitalize(): place for place, split in enumerate(state.splits())}
    return group(clips["split"].str.capitalize(), colours, "")


def _by_suspicion(clips: pd.DataFrame, store: EmbeddingStore) -> Scale:
    runs = usable_runs()
    by = st.selectbox(
        "By",
        [_EAR, *runs],
        format_func=lambda name: "By what YAMNet hears" if name == _EAR else f"By {plain(name)}",
        key="explore_map_rated_by",
        label_visibility="collapsed",
        bind="query-params",
        width=360,
        help="What says how far a clip's label is in doubt: all other clips by ear, or a run that did not "
        "learn from the clip.",
    )
    ranked = _try(partial(_rated_by_ear, store) if by == _EAR else partial(_rated_by_run, runs[by]))
    quality = pd.Series(dtype="float64") if ranked is None else ranked.set_index("clip_id")["score"]
    values = 1 - clips["clip_id"].map(quality).to_numpy(dtype="float64")
    return Scale("Suspicion", values, "Label fits", "Label in doubt", _NOT_RATED)


def _by_decision(clips: pd.DataFrame, store: EmbeddingStore) -> Groups:
    look_for_decisions()
    status = decisions_in_use().set_index("clip_id")["status"]
    colours = {name.capitalize(): colour for name, colour in _STATUS_COLOURS.items()}
    known = clips["clip_id"].map(status).astype(object).fillna(UNDECIDED)
    return group(known.str.capitalize(), colours, UNDECIDED.capitalize())


def _by_mistakes(clips: pd.DataFrame, store: EmbeddingStore) -> Groups:
    runs = usable_runs()
    if not runs:
        st.caption("No finished run of this data set yet: its mistakes would have a colour here.")
        return group(pd.Series(_NOT_SCORED, index=clips.index), {}, _NOT_SCORED)
    if st.session_state.get("explore_map_run") not in runs:
        st.session_state["explore_map_run"] = best_usable(runs)
    run_id = st.selectbox(
        "Run",
        list(runs),
        format_func=plain,
        key="explore_map_run",
        label_visibility="collapsed",
        bind="query-params",
        width=300,
        help="By its out-of-fold predictions, and the labels that the sidebar says.",
    )
    view = st.segmented_control(
        "Mistakes",
        list(_VIEWS),
        default="right",
        required=True,
        format_func=_VIEWS.__getitem__,
        key="explore_map_mistakes",
        label_visibility="collapsed",
        bind="query-params",
    )
    found = _try(partial(_mistakes, runs[run_id]))
    taken = clips["clip_id"].map(pd.Series(dtype="object") if found is None else found)
    if view == "right":
        names = taken.map(lambda name: _WRONG if name else _RIGHT, na_action="ignore")
        return group(names.fillna(_NOT_SCORED), {_RIGHT: _BLUE, _WRONG: _ORANGE}, _NOT_SCORED)
    return _group_taken_for(taken)


def _group_taken_for(taken: pd.Series) -> Groups:
    """Clips by the class for which they are taken: the most frequent ones have a colour."""
    wrong = taken[taken.notna() & (taken != "")].value_counts().index[:_MOST_WRONG]
    names = taken.map(lambda name: f"Taken for {name}" if name else _RIGHT, na_action="ignore")
    colours = {f"Taken for {name}": place for place, name in enumerate(wrong)}
    return group(names.fillna(_NOT_SCORED), colours, "Right, not scored, or rarely taken for")


_COLOURINGS: dict[str, Callable[[pd.DataFrame, EmbeddingStore], Groups | Scale]] = {
    CLASS: _by_class,
    SPLIT: _by_split,
    SUSPICION: _by_suspicion,
    DECISION: _by_decision,
    MISTAKES: _by_mistakes,
}


def value_of(colours: Groups | Scale) -> pd.Series:
    """What colours each clip, in words or as a number."""
    if isinstance(colours, Scale):
        return pd.Series(colours.numbers)
    return pd.Series(np.array(colours.names, dtype=object)[colours.codes])


def _try(find: Callable[[], pd.DataFrame | pd.Series]) -> pd.DataFrame | pd.Series | None:
    try:
        return find()
    except FsatError as error:
        show_error(error)
        return None


def _rated_by_ear(store: EmbeddingStore) -> pd.DataFrame:
    try:
        own_names = read_own_names(label_store())
    except LabelError:  # a database that is away is said elsewhere
        own_names = {}
    return _ranked_by_ear(readable(str(store.folder)), state.labels_in_use().key, own_names, store)


@st.cache_resource(max_entries=4, show_spinner="Looking for labels in doubt")
def _ranked_by_ear(
    folder: str, key: str, own_names: dict[str, list[str]], _store: EmbeddingStore
) -> pd.DataFrame:
    return rank_by_ear(_store, state.labelled().frame(), state.dataset().classes, own_names)


@judged_run(max_entries=4, show_spinner="Looking for labels in doubt")
def _rated_by_run(run: Run) -> pd.DataFrame:
    return rank(run, state.labels_in_use().table)


@judged_run(max_entries=4)
def _mistakes(run: Run) -> pd.Series:
    return mistaken_for(oof(run))
