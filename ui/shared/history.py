"""The browser's history: Back leads to where somebody was."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.shared.modules import join_modules

_mount = st.components.v2.component(
    "fsat_history", html="<span></span>", js=join_modules(Path(__file__).parent / "history.js")
)


def keep_history() -> None:
    """Let no change of the address that nobody asked for be an entry of the browser's history."""
    _mount(key="history", width=1)


def went_back() -> bool:
    """Whether the page is drawn because somebody pressed Back or Forward in the browser."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
