"""What the visitor may do: everything where nobody signs in, else what their role allows.

Roles are looked up in the label database as it was configured, whatever data set is in use.
"""

import threading
import time
from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from fsat_core.access import ACTS, Act, Audit, Member, Role, check_may, note, read_members, role_of
from fsat_core.access import may as role_may
from fsat_core.errors import LabelError
from fsat_core.labels import LabelStore
from ui.shared import sign_in, state

P = ParamSpec("P")
T = TypeVar("T")

_WAIT_S = 5.0  # for a database that is busy: after this a page looks dead
_FRESH_S = 2.0  # a role that was changed holds everywhere after so long
_PATIENCE_S = 300.0  # while the database is away, the roles of before hold for so long


def role() -> Role | None:
    """The role of the visitor; None for a stranger, and where nobody signs in."""
    address = sign_in.signed_in_as()
    return None if address is None else role_at(address)


def role_at(address: str) -> Role | None:
    """The role of an address now; a LabelError where the database has been away for long."""
    return role_of(_members(state.configured().database_url).read(), address)


def may(act: Act) -> bool:
    """Whether the visitor may do it, for what a page offers; an act itself is checked by `needs`."""
    return not sign_in.is_configured() or role_may(role(), act)


def is_owner() -> bool:
    """Whether the visitor is an owner; nobody is where nobody signs in."""
    return sign_in.is_configured() and may("manage")


def check(act: Act) -> None:
    """Raise an AccessError unless the visitor may do it."""
    if sign_in.is_configured():
        check_may(role(), act)


def needs(act: Act) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate a function that does something, so that it does so only for those who may."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def checked(*arguments: P.args, **named: P.kwargs) -> T:
            check(act)
            return function(*arguments, **named)

        return checked

    return decorate


def hint(act: Act, otherwise: str | None = None) -> str | None:
    """The help of a button: that it is for another role, or what it does for those who may."""
    return otherwise if may(act) else f"For the role {ACTS[act][0]}; yours is {role()}."


def guarded(act: Act, make: Callable[[], T], done: str, subject: str = "") -> Callable[[], T]:
    """What a download makes when it is clicked, for this visitor: who may not has an AccessError instead.

    Streamlit calls it outside of any page. `done` and `subject` go into the audit.
    """
    if not sign_in.is_configured():
        return make
    address = sign_in.signed_in_as() or ""

    def checked() -> T:
        check_may(role_at(address), act)
        made = make()
        note(members_store(), Audit(address, done, subject))
        return made

    return checked


def write_down(act: str, subject: str = "", token: str | None = None) -> None:
    """Add a row to the audit, where people sign in."""
    if (address := sign_in.signed_in_as()) is not None:
        note(members_store(), Audit(address, act, subject, token))


def members_store() -> LabelStore:
    """The database that has the roles."""
    return _open(state.configured().database_url)


def forget_members() -> None:
    """Have roles looked up again, as they have just changed."""
    _members.cache_clear()


class _Members:
    """The members as last read, for all visitors."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._read_at = -_PATIENCE_S
        self._members: Sequence[Member] = ()

    def read(self) -> Sequence[Member]:
        with self._lock:
            age_s = time.monotonic() - self._read_at
            if age_s >= _FRESH_S:
                try:
                    self._members, self._read_at = read_members(_open(self._url)), time.monotonic()
                except LabelError:
                    if age_s >= _PATIENCE_S:
                        raise
            return self._members


# Not caches of Streamlit's: requests are answered outside of any page, where these would warn.
@cache
def _members(url: str) -> _Members:
    return _Members(url)


@cache
def _open(url: str) -> LabelStore:
    return LabelStore.open(url, patience_s=_WAIT_S)
