"""Makes sure that app.py draws every page, whichever address a visit begins with.

Streamlit takes a folder named pages/ for an app without a router, until app.py first calls
`st.navigation`. A visit to /clips right after the server's start therefore runs pages/clips.py alone: no
data set is open, no sidebar is drawn. The guard ends that mode and starts the visit again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

_APP_FILE = "app.py"
_inside_app: ContextVar[bool] = ContextVar("inside_app", default=False)


@contextmanager
def inside_app() -> Iterator[None]:
    """Marks the page that runs within as one that app.py draws."""
    token = _inside_app.set(True)
    try:
        yield
    finally:
        _inside_app.reset(token)


def require_app(page_file: str) -> None:
    """Begin each page with this call: `require_app(__file__)`.

    Does nothing on a page that app.py draws. Otherwise the visit starts again at app.py, which goes to the
    page that was asked for; query parameters are kept.
    """
    if _inside_app.get():
        return
    # From this call on Streamlit runs app.py. The page is listed so that its address is known until then.
    st.navigation([st.Page(_APP_FILE, default=True), st.Page(page_file)], position="hidden")
    st.rerun()
