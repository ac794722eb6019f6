"""What YAMNet hears in the data set in use, and the line that offers to let it listen where it has not."""

import subprocess

import streamlit as st

from fsat_core.embedding import YAMNET, EmbeddingStore, Place, listening, locate
from fsat_core.embedding.pretrained import is_here
from fsat_core.errors import FsatError
from fsat_core.runs.lock import is_held
from ui.shared import state
from ui.shared.texts import explain, show_error

_ERROR = "listening_error"


def heard_clips() -> EmbeddingStore | None:
    """The store of the data set in use, shared by all visitors; None until all clips have been heard."""
    place = _place(state.version())
    kept = _complete_stores()
    if str(place.folder) not in kept:
        store = place.open()
        if store is None or not store.is_complete:
            return None
        kept[str(place.folder)] = store
    return kept[str(place.folder)]


def offer_listening(reason: str) -> None:
    """Draw one line that says what is missing, with a button to get it; nothing where nothing is missing.

    Parameters
    ----------
    reason : str
        What listening is good for here, as Markdown: the line begins with it.
    """
    if heard_clips() is not None:
        return
    place = _place(state.version())
    if _is_listening(place):
        _follow(place, reason)
        return
    _say_why_not(place)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{reason} {_what_it_takes(place)}", width="stretch")
        begun = place.open()
        label = "Go on listening" if begun and begun.num_done else "Let YAMNet listen"
        st.button(label, icon=":material/hearing:", key=f"listen-{reason}", on_click=_launch, args=(place,))


def _what_it_takes(place: Place) -> str:
    begun, num_clips = place.open(), f"{len(place.clips):,}"
    if begun and begun.num_done:
        return f"YAMNet has heard {begun.num_done:,} of {num_clips} clips."
    weights = "" if is_here(state.settings().cache_dir) else ", with 32 MB to download"
    return f"For that YAMNet, a network trained on AudioSet, has to hear all {num_clips} clips{weights}."


@st.fragment(run_every=1.0)
def _follow(place: Place, reason: str) -> None:
    """Progress, and a stop; the whole page is drawn again at the end."""
    if not _is_listening(place):
        st.rerun()
    store = place.open()
    done = store.num_done if store else 0
    with st.container(horizontal=True, vertical_alignment="center"):
        if done:
            text = f"Listening: {done:,} of {len(place.clips):,} clips"
        else:
            text = explain(listening.last_words(place)) or "Beginning to listen"
        st.progress(done / max(len(place.clips), 1), text=text)
        if st.button("Stop", icon=":material/stop:", key=f"stop-listening-{reason}"):
            listening.stop(place)


def _say_why_not(place: Place) -> None:
    """Why the last attempt of this visitor, or of this server, came to nothing."""
    if error := st.session_state.pop(_ERROR, None):
        show_error(error)
    process = _processes().get(str(place.folder))
    if process is not None and process.poll() not in (None, 0) and not listening.stop_path(place).exists():
        show_error(listening.last_words(place) or "Listening ended without a word.")


def _launch(place: Place) -> None:
    if _is_listening(place):  # another visitor was quicker
        return
    try:
        _processes()[str(place.folder)] = listening.launch(place, state.settings())
    except FsatError as error:
        st.session_state[_ERROR] = str(error)


def _is_listening(place: Place) -> bool:
    process = _processes().get(str(place.folder))
    return (process is not None and process.poll() is None) or is_held(place.lock_path)


@st.cache_resource(show_spinner=False)
def _processes() -> "dict[str, subprocess.Popen[bytes]]":
    """What this server has started, by the folder of the store."""
    return {}


@st.cache_resource(max_entries=4, show_spinner=False)
def _place(version: int) -> Place:
    return locate(state.dataset(), state.catalogue(), state.settings().cache_dir, YAMNET)


@st.cache_resource(show_spinner=False)
def _complete_stores() -> dict[str, EmbeddingStore]:
    """By their folders. Nothing in a complete store changes any more."""
    return {}
