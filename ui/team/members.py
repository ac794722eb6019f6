"""The members and their roles, on the page Team: added, changed and taken off the list."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from fsat_core.access import ACTS, ROLES, Member, Role, give_role, read_members, take_role
from fsat_core.errors import FsatError
from ui.shared import access
from ui.shared.sign_in import signed_in_as
from ui.shared.texts import plain, show_error

_ADDRESS, _ROLE, _ERROR, _DONE = "team_address", "team_role", "team_error", "team_done"
_HINT = "An e-mail address, or @example.org for everybody there."


def show_members() -> None:
    """A form for a new member, and a row for each that there is."""
    _show_form()
    if _ERROR in st.session_state:
        show_error(st.session_state.pop(_ERROR))
    for member in read_members(access.members_store()):
        _show_row(member)
    with st.expander("What each role may do", icon=":material/help:"):
        _show_roles()


def _show_form() -> None:
    with st.form("team_add", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("New member", key=_ADDRESS, placeholder="somebody@example.org", help=_HINT, width=320)
        st.selectbox("Role", ROLES, key=_ROLE, format_func=_title, width=160)
        st.form_submit_button("Add", icon=":material/person_add:", on_click=_add)


def _show_row(member: Member) -> None:
    is_self = member.address == signed_in_as()
    role_key = f"team_role_{member.address}"
    st.session_state[role_key] = member.role
    row = f"team_row_{member.address}"
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=row):
        st.markdown(f"**{plain(member.address)}**" + (" (you)" if is_self else ""), width="stretch")
        st.selectbox(
            f"Role of {plain(member.address)}",
            ROLES,
            index=None,
            placeholder="No role",
            key=role_key,
            format_func=_title,
            label_visibility="collapsed",
            width=160,
            on_change=_take_choice,
            args=(member.address, role_key),
        )
        st.button(
            "Remove",
            icon=":material/person_remove:",
            key=f"team_remove_{member.address}",
            help=f"Since {member.given_at:%d %b %Y}, by {plain(member.given_by)}. Their decisions stay.",
            disabled=member.role is None,
            on_click=_take,
            args=(member.address,),
        )


def _show_roles() -> None:
    for role, what in ACTS.values():
        st.markdown(f"**{plain(role.capitalize())}**: {plain(what[0].lower() + what[1:])}.")
    st.caption("Each may also do what those above it may. A change holds within seconds, also on open pages.")


def _title(role: Role) -> str:
    return role.capitalize()


def _take_choice(address: str, key: str) -> None:
    _give(address, st.session_state[key])


def _add() -> None:
    if _give(st.session_state[_ADDRESS], st.session_state[_ROLE]):
        st.session_state[_ADDRESS] = ""


@access.needs("manage")
def _give(address: str, role: str) -> bool:
    return _change(give_role, address, role)


@access.needs("manage")
def _take(address: str) -> None:
    _change(take_role, address)


def _change(change: Callable[..., None], *what: Any) -> bool:
    """Change the list in the name of the visitor; whether it could be."""
    try:
        change(access.members_store(), *what, by=signed_in_as() or "")
    except FsatError as error:
        st.session_state[_ERROR] = str(error)
        return False
    access.forget_members()
    return True
