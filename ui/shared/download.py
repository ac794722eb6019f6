"""FSDKaggle2019 into the folder that the operator has configured, where that is still empty."""

import time

import streamlit as st

from fsat_core.background import last_words, launch_command
from fsat_core.download.following import LOG, WORK, ask_to_stop, is_downloading, read_progress
from fsat_core.download.record import PARTS
from fsat_core.settings import Settings
from fsat_core.text import rough_duration, size_text
from ui.shared import access, state
from ui.shared.texts import explain, show_error

_PARTS, _ERROR = "download_parts", "download_error"
_NAMES = {"meta": "Tables", "curated": "Curated", "noisy": "Noisy", "test": "Test", "doc": "Documentation"}


def show_download() -> bool:
    """How far the download into the data folder is; False, and nothing, where none runs."""
    if is_running := is_downloading(state.settings().data_dir):
        _follow_download()
    return is_running


def offer_download() -> None:
    """A choice of parts and a button; nothing where the folder has something."""
    in_use = state.settings()
    if in_use.uses_demo or not _is_empty(in_use):
        return
    _say_why_not(in_use)
    st.markdown(
        "Its folder is empty. FSDKaggle2019 can be brought there from Zenodo, if the disk has room for it."
    )
    st.pills(
        "Parts",
        list(PARTS),
        selection_mode="multi",
        default=list(PARTS),
        key=_PARTS,
        format_func=_NAMES.__getitem__,
    )
    st.button(
        "Download",
        type="primary",
        icon=":material/download:",
        key="download_start",
        disabled=not access.may("train") or not st.session_state[_PARTS],
        help=access.hint("train", "It goes on when this page is closed, and where it stopped."),
        on_click=_start,
    )


@st.fragment(run_every=1.0)
def _follow_download() -> None:
    """How far the download is, how long it takes and a stop; the whole page is drawn again at its end."""
    folder = state.settings().data_dir
    if not is_downloading(folder):
        state.rescan()
        st.rerun()
    progress = read_progress(folder)
    with st.container(horizontal=True, vertical_alignment="center"):
        if progress is None:
            st.progress(0.0, text="Asking what there is")
        else:
            left = "" if progress.left_s is None else f", about {rough_duration(progress.left_s)} left"
            size = f"{size_text(progress.done)} of {size_text(progress.total)}"
            share = progress.done / max(progress.total, 1)
            st.progress(min(share, 1.0), text=f"{explain(progress.step)}: {size}{left}")
        is_theirs = access.may("train")
        st.button(
            "Stop",
            icon=":material/stop:",
            key="download_stop",
            disabled=not is_theirs,
            help=access.hint("train", "What has come is kept."),
            on_click=_stop,
        )


def _is_empty(in_use: Settings) -> bool:
    """Whether there is nothing in the data folder but what an earlier download has kept for the next one."""
    try:
        return all(path.name == WORK for path in in_use.data_dir.iterdir())
    except FileNotFoundError:
        return in_use.data_dir.parent.is_dir()
    except OSError:
        return False


@access.needs("train")
def _start() -> None:
    in_use, parts = state.settings(), st.session_state[_PARTS]
    work = in_use.data_dir / WORK
    access.write_down("download the data set", ", ".join(parts))
    words = ["download", str(in_use.data_dir), *(word for part in parts for word in ("--part", part))]
    try:
        work.mkdir(parents=True, exist_ok=True)
        process = launch_command(words, in_use, work / LOG)
    except OSError as error:
        st.session_state[_ERROR] = (
            f"The download cannot be started ({error.strerror or error}): expected a folder that can be "
            "written. Mend that, and try again."
        )
        return
    while process.poll() is None and not is_downloading(in_use.data_dir):  # it has yet to take its lock
        time.sleep(0.05)


@access.needs("train")
def _stop() -> None:
    ask_to_stop(state.settings().data_dir)


def _say_why_not(in_use: Settings) -> None:
    """Why the last download came to nothing."""
    if error := st.session_state.pop(_ERROR, None) or last_words(in_use.data_dir / WORK / LOG):
        show_error(error)
