"""The board: a component in the browser that shows clips and takes decisions, and Python's side of it.

The browser decides and shows the next clip at once. What it tells the server is in its state `post`; messages
and answers are described in `fsat_core.labels.board.protocol`.
"""

import hashlib
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from fsat_core.audio.packing import file_stamp
from fsat_core.audio.spectrogram import Style
from fsat_core.dataset import clip_path
from fsat_core.dataset.families import group_by_family
from fsat_core.errors import AudioError, FsatError
from fsat_core.labels.board import window
from fsat_core.labels.board.inbox import Inbox, Receipt
from fsat_core.labels.board.protocol import Answer, ClipInfo, Post, read_post
from fsat_core.labels.board.suggestions import HeardSuggestions
from fsat_core.labels.board.window import View
from fsat_core.labels.queues.progress import progress_of
from fsat_core.text import readable
from ui.label import desk
from ui.label.counters import show_counters
from ui.label.history import show_history
from ui.label.packed_clip import PackedClip, pack_clip, sound_key
from ui.shared import access, spectrogram, state
from ui.shared.clip_cache import ClipCache
from ui.shared.label_store import decision_log, label_store
from ui.shared.modules import make_component
from ui.shared.sign_in import signed_in_as
from ui.shared.texts import plain, without_folders
from ui.similar.panel import show_similar

KEY = "label_board"
_SESSION = "label_session"
_SOUNDS = "label-sounds"
_MOST_CLIPS = 512  # that are kept as the board shows them: what 20 people have before them
_WAIT_S = 0.3  # clips that take longer to read come with the next answer


_mount = make_component("fsat_label_board", Path(__file__).parent, "board")


@st.fragment
def show_board(view: View) -> None:
    """Counters, the board and the history of the clip in view. A decision reruns nothing else of the page."""
    posted = _posted()
    decisions, receipt = _take(posted)
    heard = view.suggestions if isinstance(view.suggestions, HeardSuggestions) and not view.blind else None
    is_learned = heard is None or heard.learn(decisions)
    own = window.own_decisions(view, decisions)
    letters = window.marks(view, own)
    done = progress_of(view.queue, own)
    start = done.next_index if done.left else 0
    show_counters(view, done, own)
    positions = window.wanted(posted, view.queue, start, letters)
    described = view if is_learned else replace(view, suggestions=None)
    infos = window.describe(described, positions, _rows(view, positions), own, decisions)
    held, sounds = (set(posted.held), set(posted.heard)) if _is_asked(posted, view) else (set(), set())
    # The first answer holds only the clip to start with, so that the page is drawn sooner.
    packed = _fetch(infos if _is_asked(posted, view) else {start: infos[start]}, held & sounds)
    _read_ahead(_rows(view, [*positions, *window.coming(positions, letters)]))
    answer: Answer = {
        **_identify(view),  # type: ignore[typeddict-item]
        "n": posted.n,
        "start": start,
        "marks": letters,
        "undo": window.undoable(view, own),
        "infos": {at: info | {"sound": sound_key(info["clip_id"])} for at, info in infos.items()},
        "clips": {infos[at]["clip_id"]: packed[at].pictures for at in packed if at not in held},
        "stored": receipt.stored,
        "refused": receipt.refused,
        "error": receipt.error,
        "families": list(group_by_family(state.dataset().classes).items()),
        "fixed": desk.fixed_keys(view.annotator, is_new=posted.brings_keys),
    }
    _mount(key=KEY, data=answer, on_post_change=_nothing)
    st.caption(plain(view.queue.explanation))
    if heard is not None and not is_learned:
        _await_suggestions(heard)
    clip_id = _clip_in_view(view, posted, start)
    show_history(view, clip_id, decisions)
    if not view.blind:  # labels of others that sound alike would say what this one is taken for
        show_similar(clip_id)
    _put_sounds({infos[at]["clip_id"]: packed[at] for at in packed if at not in sounds})


@st.fragment(run_every=0.5)
def _await_suggestions(heard: HeardSuggestions) -> None:
    """A line while suggestions are learned in the background; then the page is drawn again, with them."""
    if not heard.is_learning:
        st.rerun()
    st.caption(":material/hearing: Suggestions come in a moment: they learn from all labels.")


def _nothing() -> None:
    """Streamlit keeps the state of a component only under names that have a callback."""


def _identify(view: View) -> dict[str, Any]:
    """Identifies a board, so that the browser never mixes it with another view or session."""
    run_id = view.suggestions.run_id if view.suggestions and not view.blind else view.queue.run_id
    in_use = state.settings()
    scope = f"{in_use.database_url} {in_use.data_dir}"
    return {
        "session": st.session_state.setdefault(_SESSION, uuid.uuid4().hex),
        "scope": hashlib.blake2b(readable(scope).encode(), digest_size=8).hexdigest(),
        "view": f"{view.queue.queue_id} {view.annotator} {view.blind} {run_id} {spectrogram.style()}",
        "queue": view.queue.queue_id,
        "annotator": view.annotator,
        "run": run_id,
    }


def _posted() -> Post:
    return read_post(st.session_state.get(KEY, {}).get("post") or {})


def _take(posted: Post) -> tuple[pd.DataFrame, Receipt]:
    """All decisions including the posted ones, and what became of those."""
    log = decision_log()
    receipt = Receipt()
    try:
        access.check("label")
        inbox = Inbox(label_store(), desk.queue, state.dataset().classes, signed_in_as())
        receipt = inbox.take(posted.ops, log.read())
        return log.read(), receipt
    except FsatError as error:  # nothing is lost: the browser keeps what is not stored and sends it again
        receipt.error = without_folders(str(error))
        return log.last, receipt


def _rows(view: View, positions: Sequence[int]) -> pd.DataFrame:
    return desk.clips(view.queue, positions)


def _is_asked(posted: Post, view: View) -> bool:
    return posted.queue == view.queue.queue_id


def _clip_in_view(view: View, posted: Post, start: int) -> str:
    ids = view.queue.clips["clip_id"]
    return str(ids.iloc[posted.at if _is_asked(posted, view) and posted.at < len(ids) else start])


def _fetch(infos: dict[int, ClipInfo], held: set[int]) -> dict[int, PackedClip]:
    """Sound and pictures of the clips that the browser lacks, as far as they have been read.

    The first is waited for; the error of one that cannot be read goes into its description.
    """
    data = state.dataset()
    paths = {at: clip_path(data, info["clip_id"]) for at, info in infos.items() if not info["error"]}
    _clip_cache().warm(list(paths.values()))
    packed: dict[int, PackedClip] = {}
    end: float | None = None
    for at, path in paths.items():
        if at in held:
            continue
        try:
            one = _clip_cache().get(path, None if end is None else max(end - time.monotonic(), 0.0))
        except AudioError as error:
            infos[at]["error"] = without_folders(str(error))
            continue
        end = end or time.monotonic() + _WAIT_S
        if one is not None:
            packed[at] = one
    return packed


def _read_ahead(rows: pd.DataFrame) -> None:
    data = state.dataset()
    _clip_cache().warm([clip_path(data, clip_id) for clip_id in rows.loc[rows["error"] == "", "clip_id"]])


def _put_sounds(packed: Mapping[str, PackedClip]) -> None:
    """Invisible audio elements: Streamlit serves their content, and the board fetches it from there."""
    st.html(f"<style>.st-key-{_SOUNDS} {{display: none}}</style>")
    with st.container(key=_SOUNDS):
        for clip_id, one in packed.items():
            with st.container(key=sound_key(clip_id)):
                if one.content:
                    st.audio(one.content, format=one.mime, alt=clip_id)


def _clip_cache() -> ClipCache[Path, PackedClip]:
    return _clip_cache_of(spectrogram.style())


@st.cache_resource(max_entries=3, show_spinner=False)
def _clip_cache_of(style: Style) -> ClipCache[Path, PackedClip]:
    return ClipCache(partial(pack_clip, style=style), file_stamp, _MOST_CLIPS)
