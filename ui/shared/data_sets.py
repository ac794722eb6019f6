"""Which data set a visitor looks at: the operator's own, or another that the operator lists.

The name of a set is in the session and, where there are several, in the address as `data`. A visitor never
names a folder.
"""

import logging

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from fsat_core.errors import ConfigError, FsatError
from fsat_core.settings import DEFAULT, DEMO
from fsat_core.text import list_some, readable
from ui.shared import state
from ui.shared.download import offer_download, show_download
from ui.shared.links import DATA_SET, set_query
from ui.shared.texts import plain, show_error

_CHOICE = "data_set_choice"
_WANTED = "data_set_wanted"  # a set that was just chosen
log = logging.getLogger(__name__)


def open_data(page: StreamlitPage) -> None:
    """Open the data set that was chosen, or that the address of a page names.

    What cannot be opened ends the run of the page with one line that says why, and ways on.
    """
    try:
        _follow(page)
        state.open_data()
    except FsatError as error:
        log.warning("%s", error)  # whole, for the one who started the app
        if isinstance(error, ConfigError):
            show_error(error, ":material/folder_off:")
        else:
            if not show_download():
                show_error(error, ":material/folder_off:")
                offer_download()
            _offer_others()
        st.stop()


def choose_data_set() -> bool:
    """A choice among the data sets; False, and nothing is drawn, where there is but one."""
    names = state.offered_sets()
    if len(names) > 1:
        st.session_state[_CHOICE] = state.settings().set_name
        st.selectbox(
            "Data set",
            names,
            format_func=_title,
            key=_CHOICE,
            on_change=lambda: _want(st.session_state[_CHOICE]),
        )
    return len(names) > 1


def _follow(page: StreamlitPage) -> None:
    """Take the data set that was chosen, or else that of the address."""
    if (wanted := st.session_state.get(_WANTED)) is not None:
        _begin_anew(wanted)
        st.switch_page(page, query_params={DATA_SET: wanted})
    known = state.configured().data_sets
    asked = st.query_params.get(DATA_SET)
    if asked is not None and asked not in known:
        raise FsatError(
            f"No data set '{asked}': expected one of {list_some(list(known))}. Open one of these."
        )
    if asked is not None and asked != state.settings().set_name:
        _begin_anew(asked)
    for name, value in set_query().items():
        if value != asked:
            st.query_params[name] = value


def _begin_anew(name: str) -> None:
    """Choose a set. Whatever else the session has is about the one before."""
    st.session_state.clear()
    st.session_state[state.CHOSEN_SET] = name


def _want(name: str) -> None:
    st.session_state[_WANTED] = name


def _offer_others() -> None:
    """Buttons that open the other sets, for this visitor."""
    failed = st.query_params.get(DATA_SET, state.settings().set_name)
    with st.container(horizontal=True):
        for name in state.configured().data_sets:
            if name != failed:
                label = "Open the demo set" if name == DEMO else f"Open {plain(_title(name))}"
                hint = "For you alone; nothing on disk changes."
                st.button(label, on_click=_want, args=(name,), key=f"data_set_open_{name}", help=hint)


def _title(name: str) -> str:
    if name == DEFAULT:
        return readable(state.configured().data_dir.name)
    return "Demo set" if name == DEMO else name
