"""What YAMNet hears in the data set in use, and the line that offers to let it listen where it has not."""

import subprocess

import streamlit as st

from fsat_core.embedding import YAMNET, EmbeddingStore, Place, listening, locate
from fsat_core.errors import FsatError
from fsat_core.lock import is_held
from fsat_core.text import readable
from ui.shared import access, state
from ui.shared.texts import explain, show_error

_ERROR = "listening_error"


class _NotHeardError(Exception):
    """Not all clips of a set have been heard."""


def heard_clips() -> EmbeddingStore | None:
    """The store of the data set in use, shared by all visitors; None until all clips have been heard."""
    place = _place(state.version())
    try:
        return _complete(readable(str(place.folder)), place)
    except _NotHeardError:
        return None


def is_yamnet_here() -> bool:
    """Whether YAMNet can hear something new; what has been heard needs it no more."""
    return YAMNET.is_here(state.settings().cache_dir)


def offer_listening(reason: str, needs_weights: bool = False) -> None:
    """Draw one line that says what is missing, with a button to get it; nothing where nothing is missing.

    Parameters
    ----------
    reason : str
        What listening is good for here, as Markdown: the line begins with it.
    needs_weights : bool
        Whether YAMNet has to be here, too, to hear something else than the clips of the set.
    """
    is_heard = heard_clips() is not None
    if is_heard and (is_yamnet_here() or not needs_weights):
        return
    place = _place(state.version())
    if _is_listening(place):
        _follow(place, reason)
        return
    _say_why_not(place)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{reason} {_what_it_takes(place)}", width="stretch")
        begun = place.open()
        go_on = "Go on listening" if begun and begun.num_done else "Let YAMNet listen"
        label = "Bring YAMNet" if is_heard else go_on
        st.button(
            label,
            icon=":material/hearing:",
            key=f"listen-{reason}",
            disabled=not access.may("train"),
            help=access.hint("train"),
            on_click=_launch,
            args=(place,),
        )


def offer_drawing() -> None:
    """Draw a button that has a process draw the map of the set, all of which has been heard.

    The whole page is drawn again when the process has ended.
    """
    place = _place(state.version())
    if _is_listening(place):
        _await_map(place)
        return
    _say_why_not(place)
    st.button(
        "Draw the map",
        icon=":material/scatter_plot:",
        key="explore_map_draw",
        disabled=not access.may("train"),
        help=access.hint("train"),
        on_click=_launch,
        args=(place, False),
    )


def _what_it_takes(place: Place) -> str:
    begun, num_clips = place.open(), f"{len(place.clips):,}"
    if begun and begun.is_complete:
        return "YAMNet has heard all clips, but is no longer in the cache folder: 32 MB to download."
    if begun and begun.num_done:
        return f"YAMNet has heard {begun.num_done:,} of {num_clips} clips."
    weights = "" if is_yamnet_here() else ", with 32 MB to download"
    return f"For that YAMNet, a network trained on AudioSet, has to hear all {num_clips} clips{weights}."


@st.fragment(run_every=1.0)
def _await_map(place: Place) -> None:
    """Progress, and a stop; the whole page is drawn again at the end."""
    if not _is_listening(place):
        st.rerun()
    share = listening.drawn_share(place)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, text="Drawing the map: half a minute for 5,000 clips, some minutes for 28,000")
        _offer_stop(place, "stop-drawing")


@st.fragment(run_every=1.0)
def _follow(place: Place, reason: str) -> None:
    """Progress, and a stop; the whole page is drawn again at the end."""
    store = place.open()
    is_all = store is not None and store.is_complete and is_yamnet_here()  # the process may draw the map now
    if is_all or not _is_listening(place):
        st.rerun()
    done = store.num_done if store and not store.is_complete else 0
    with st.container(horizontal=True, vertical_alignment="center"):
        if done:
            text = f"Listening: {done:,} of {len(place.clips):,} clips"
        else:
            text = explain(listening.last_words(place)) or "Beginning to listen"
        st.progress(done / max(len(place.clips), 1), text=text)
        _offer_stop(place, f"stop-listening-{reason}")


def _offer_stop(place: Place, key: str) -> None:
    is_theirs = access.may("train")
    if st.button("Stop", icon=":material/stop:", key=key, disabled=not is_theirs, help=access.hint("train")):
        access.check("train")
        listening.stop(place)


def _say_why_not(place: Place) -> None:
    """Why the last attempt of this visitor, or of this server, came to nothing."""
    if error := st.session_state.pop(_ERROR, None):
        show_error(error)
    process = _processes().get(str(place.folder))
    if process is not None and process.poll() not in (None, 0) and not listening.stop_path(place).exists():
        show_error(listening.last_words(place) or "Listening ended without a word.")


@access.needs("train")
def _launch(place: Place, bring: bool = True) -> None:
    if _is_listening(place):  # another visitor was quicker
        return
    try:
        _processes()[str(place.folder)] = listening.launch(place, state.settings(), bring)
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
    return locate(state.dataset(), state.catalogue().frame(), state.settings().cache_dir, YAMNET)


@st.cache_resource(max_entries=4, show_spinner=False)
def _complete(folder: str, _place: Place) -> EmbeddingStore:
    """A complete store, in which nothing changes any more; nothing is kept of one that is not."""
    store = _place.open()
    if store is None or not store.is_complete:
        raise _NotHeardError
    return store
