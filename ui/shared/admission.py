"""Who the visitor is: asked again at each drawing of a page, and shown in the sidebar with a way out."""

from pathlib import Path

import streamlit as st

from fsat_core.access import ACTS, may
from fsat_core.errors import AccessError, FsatError
from ui.shared import access, sign_in
from ui.shared.modules import join_modules
from ui.shared.texts import plain, show_error

_go_on = st.components.v2.component(
    "fsat_wanted", html="<span></span>", js=join_modules(Path(__file__).parent / "wanted.js")
)


def admit() -> bool:
    """Whether the visitor may see pages; where not, because a role was taken away, say so."""
    try:
        if sign_in.is_configured() and not st.user.get("is_logged_in"):
            raise AccessError(
                "Nobody knows you by this address of the app; expected you to come by "
                f"{sign_in.origin()}. Open it there."
            )
        access.check("look")
    except FsatError as error:
        show_error(error, ":material/lock:")
        if isinstance(error, AccessError):
            st.button(
                "Sign in as somebody else", icon=":material/logout:", on_click=st.logout, key="sign_out"
            )
        return False
    return True


def show_visitor() -> None:
    """Who is signed in, what they may do, and a way out; nothing where nobody signs in."""
    if not sign_in.is_configured():
        return
    role = access.role()
    with st.container(gap=None):
        with st.popover(plain(sign_in.signed_in_as()), icon=":material/account_circle:", type="tertiary"):
            st.markdown(f"**{plain(str(role).capitalize())}**")
            for act, (_, what) in ACTS.items():
                if may(role, act):
                    st.caption(f"{what}.")
            st.button("Sign out", icon=":material/logout:", on_click=st.logout, key="sign_out")
        _go_on(key="wanted", width=1)


def say_open() -> None:
    """One line where nobody signs in."""
    if not sign_in.is_configured():
        st.caption(":material/lock_open: Nobody signs in: whoever reaches this app may do anything in it.")
