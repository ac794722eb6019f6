"""Which queue to work on: an earlier one, or a new one."""

from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fsat_core.dataset import deep_scan
from fsat_core.errors import FsatError
from fsat_core.labels import KINDS, DecidedAs, Queue, QueueKind, build_queue, count_done, standing
from fsat_core.listing import STATUS_CHOICES, UNDECIDED
from fsat_core.runs import Run
from ui.label import desk, queue_changes
from ui.label.own_names import edited_names
from ui.label.queue_changes import CHOSEN
from ui.shared import state
from ui.shared.ears import heard_clips, offer_listening
from ui.shared.label_store import all_decisions
from ui.shared.links import read_number
from ui.shared.runs import best_usable, usable_runs
from ui.shared.scroll import scroll_to
from ui.shared.texts import show_error

SCROLL = "label_scroll"  # whether the queue in use is to be brought into view
_FORM = "label_form"  # whether the form for a new queue is open
_ADDRESS = "queue"  # its query parameter
_LIMIT = 200
_TELL_EVERY = 50  # clips


def choose_queue(annotator: str, picker: DeltaGenerator) -> Queue | None:
    """The queue that was chosen, or the newest one; None where there is none yet.

    Parameters
    ----------
    annotator : str
    picker : DeltaGenerator
        The container of the list of queues; the buttons are drawn where this is called.
    """
    queues = desk.queues()
    ids = queues["queue_id"].tolist()
    _follow_address(ids)
    if queues.empty:
        queue_changes.offer_undo()
        _invite(annotator)
        return None
    chosen = picker.selectbox(
        "Queue",
        ids,
        key=CHOSEN,
        format_func=_names(queues, annotator).__getitem__,
        label_visibility="collapsed",
        on_change=queue_changes.forget_missing,
    )
    if st.session_state.pop(SCROLL, False):
        scroll_to(CHOSEN)
    st.query_params[_ADDRESS] = str(chosen)  # so that a reload or a link opens this queue again
    queue_changes.offer_changes(queues.set_index("queue_id").loc[chosen])
    st.button("New queue", icon=":material/playlist_add:", on_click=_open_form, key="label_new")
    if st.session_state.get(_FORM):
        _show_form(annotator)
    return desk.queue(chosen)


def open_queue(queue: Queue) -> dict[str, str]:
    """Save a queue, and work on it from now on; returns the query parameters of the page's address."""
    queue_id = desk.save(queue).queue_id
    st.session_state[CHOSEN] = queue_id
    return {_ADDRESS: str(queue_id)}


def make_queue(kind: str, annotator: str, **given: Any) -> Queue:
    """A queue from the catalogue and all decisions; see `build_queue` for what it can be given.

    Raises
    ------
    FsatError
        If it cannot be made so.
    """
    needs = KINDS[kind].needs
    if "heard" in needs:
        given |= {
            "heard": heard_clips(),
            "classes": state.dataset().classes,
            "own_names": edited_names(),
        }
    if "deep" in needs:
        clips = _measured()
    elif "clips" in needs:
        clips = state.catalogue().rows_of(given["clip_ids"])
    else:
        clips = state.catalogue().frame()
    return build_queue(kind, clips, decisions=all_decisions(), created_by=annotator, **given)


def _follow_address(ids: list[int]) -> None:
    asked = read_number(st.query_params.get(_ADDRESS, ""))
    wanted = st.session_state.get(CHOSEN) or asked
    if wanted is not None and wanted not in ids:
        queue_changes.note_missing(wanted)
    st.session_state[CHOSEN] = wanted if wanted in ids else next(iter(ids), None)


def _names(queues: pd.DataFrame, annotator: str) -> dict[int, str]:
    """Each queue with this annotator's progress, except the one in use, whose board shows it."""
    num_done = count_done(all_decisions(), annotator)
    return {
        row.queue_id: row.title
        if row.queue_id == st.session_state[CHOSEN]
        else f"{row.title} ({num_done.get(row.name, 0):,} of {row.num_clips:,} done)"
        for row in queues.itertuples(index=False)
    }


def _invite(annotator: str) -> None:
    st.info(
        "A queue says which clips to decide on, and in which order: the ones most likely to be wrong, those "
        "of abnormal length, a random sample. Make the first one.",
        icon=":material/playlist_add:",
    )
    st.button(
        "New queue", type="primary", icon=":material/playlist_add:", on_click=_open_form, key="label_new"
    )
    if st.session_state.get(_FORM):
        _show_form(annotator)


def _open_form() -> None:
    st.session_state[_FORM] = True


def _close_form() -> None:
    st.session_state[_FORM] = False


@st.dialog("New queue", width="medium", on_dismiss=_close_form)
def _show_form(annotator: str) -> None:
    kinds = [name for name, kind in KINDS.items() if "clips" not in kind.needs]
    runs = usable_runs()
    first = next(name for name in kinds if not KINDS[name].needs and (runs or not KINDS[name].needs_run))
    name = st.selectbox(
        "What to decide on",
        kinds,
        index=kinds.index(first),
        format_func=lambda kind: KINDS[kind].title,
        key="label_form_kind",
    )
    kind = KINDS[name]
    st.caption(kind.explanation)
    given = _ask_for(name, kind, runs)
    if "deep" in kind.needs:
        st.caption(
            ":material/info: Needs a deep scan: the samples of every clip are read once, which takes a while "
            "in a large set. It can be interrupted and goes on where it was."
        )
    if "heard" in kind.needs:
        offer_listening("Such a queue goes by what all clips sound like.")
    is_ready = (given.get("run") or not kind.needs_run) and (given.get("label") or "label" not in kind.needs)
    if st.button("Make the queue", type="primary", disabled=not is_ready, key="label_form_make"):
        try:
            with st.spinner("Making the queue"):
                queue = make_queue(name, annotator, **given)
        except FsatError as error:
            show_error(error)
            return
        if queue.clips.empty:
            st.warning("No clip is left for such a queue: choose another.", icon=":material/filter_alt_off:")
            return
        open_queue(queue)
        _close_form()
        st.rerun()


def _ask_for(name: str, kind: QueueKind, runs: dict[str, Run]) -> dict[str, Any]:
    """The settings of a new queue, besides data set and decisions."""
    given: dict[str, Any] = {}
    if kind.takes_run:
        run_id = st.selectbox(
            "By which run",
            list(runs),
            index=list(runs).index(best) if (best := best_usable(runs)) else None,
            placeholder="No finished run of this data set yet: train one first",
            disabled=not runs,
            key="label_form_run",
        )
        given["run"] = runs.get(run_id or "")
    if name == "decided":
        given["decided"] = _ask_what_was_decided()
    if name == "disagreement":
        others = [run_id for run_id in runs if run_id != (given["run"] and given["run"].run_id)]
        chosen = st.multiselect(
            "And which other runs",
            others,
            key="label_form_others",
            help="With others: the clips on which the runs differ out of fold. Without: the test clips on "
            "which the folds of the one run differ.",
        )
        given["others"] = [runs[run_id] for run_id in chosen]
    with st.container(horizontal=True):
        if kind.takes_label:
            given["label"] = st.selectbox(
                "Only this class" if "label" not in kind.needs else "Class",
                state.dataset().classes,
                index=None,
                placeholder="Any class" if "label" not in kind.needs else "Choose a class",
                key="label_form_label",
            )
        given["limit"] = st.number_input("At most", 1, 100_000, _LIMIT, step=50, key="label_form_limit")
    return given


def _ask_what_was_decided() -> DecidedAs:
    decisions = standing(all_decisions())
    status = st.multiselect(
        "What was decided",
        [status for status in STATUS_CHOICES if status != UNDECIDED],
        format_func=str.capitalize,
        placeholder="Anything",
        key="label_form_status",
    )
    with st.container(horizontal=True):
        by = st.selectbox(
            "By whom",
            sorted(decisions["annotator"].unique()),
            index=None,
            placeholder="Anybody",
            key="label_form_by",
        )
        since = st.date_input(
            "Since",
            value=None,
            format="YYYY-MM-DD",
            key="label_form_since",
            help="On this day (UTC) or later.",
        )
    return DecidedAs(status, by, since)


def _measured() -> pd.DataFrame:
    """The catalogue with what the deep scan adds."""
    bar = st.progress(0.0, text="Reading the samples of all clips")

    def tell(done: int, total: int) -> None:
        if done % _TELL_EVERY == 0:
            bar.progress(done / max(total, 1), text=f"Reading the samples: {done:,} of {total:,} clips")

    try:
        return deep_scan(state.dataset(), state.catalogue().frame(), state.settings().cache_dir, tell)
    finally:
        bar.empty()
