"""What the visitor may do: everything where nobody signs in, else what their role allows.

Roles are looked up in the label database as it was configured, whatever data set is in use.
"""

import threading
import time
from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from fsat_core.access import Act, Audit, Member, Role, check_may, note, read_members, role_of, why_not
from fsat_core.access import may as role_may
from fsat_core.errors import LabelError
from fsat_core.labels import LabelStore
from ui.shared import sign_in, state

P = ParamSpec("P")
T = TypeVar("T")

_WAIT_S = 0.5  # for a database that is busy; where it is away, the roles of before hold
_FRESH_S = 2.0  # a role that was changed holds everywhere after so long
_PATIENCE_S = 300.0  # while the database is away, the roles of before hold for so long


def role() -> Role | None:
    """The role of the visitor; None for a stranger, and where nobody signs in."""
    address = sign_in.signed_in_as()
    return None if address is None else role_at(address)


def role_at(address: str) -> Role | None:
    """The role of an address now; a LabelError where the database has been away for long."""
    return role_of(_members(state.configured().database_url).read(), address)


def has_members() -> bool:
    """Whether anybody may sign in at all."""
    return any(member.role is not None for member in _members(state.configured().database_url).read())


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
    return otherwise if may(act) else why_not(role(), act)


def guarded(act: Act, make: Callable[[], T], done: str, subject: str = "") -> Callable[[], T]:
    """What a download makes when it is clicked, for this visitor: who may not has an AccessError instead.

    Streamlit calls it outside of any page. `done` and `subject` go into the audit.
    """
    if not sign_in.is_configured():
        return make
    address = sign_in.signed_in_as() or ""

    def checked() -> T:
        check_may(role_at(address), act)
        note(members_store(), Audit(address, done, subject))
        return make()

    return checked


def write_down(act: str, subject: str) -> None:
    """Add a row to the audit, where people sign in: before it is done, or a LabelError where it cannot be."""
    if (address := sign_in.signed_in_as()) is not None:
        note(members_store(), Audit(address, act, subject))


def members_store() -> LabelStore:
    """The database that has the roles."""
    return _open(state.configured().database_url)


def forget_members() -> None:
    """Have roles looked up again, as they have just changed."""
    _members.cache_clear()


class _Members:
    """The members as last read, for all visitors. Nobody waits for a database that is away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._reading = threading.Lock()
        self._read_at = self._tried_at = -_PATIENCE_S
        self._members: Sequence[Member] = ()
        self._error: LabelError | None = None

    def read(self) -> Sequence[Member]:
        """The members, read anew where that is due; a LabelError where it has failed for long."""
        is_first = self._read_at < 0 and self._error is None
        if time.monotonic() - self._tried_at >= _FRESH_S and self._reading.acquire(blocking=is_first):
            try:
                self._refresh()
            finally:
                self._reading.release()
        if self._error is not None and time.monotonic() - self._read_at >= _PATIENCE_S:
            raise self._error
        return self._members

    def _refresh(self) -> None:
        if time.monotonic() - self._tried_at < _FRESH_S:  # somebody else has just done so
            return
        try:
            self._members, self._error = read_members(_open(self._url)), None
            self._read_at = time.monotonic()
        except LabelError as error:
            self._error = error
        self._tried_at = time.monotonic()


# Not caches of Streamlit's: requests are answered outside of any page, where these would warn.
@cache
def _members(url: str) -> _Members:
    return _Members(url)


@cache
def _open(url: str) -> LabelStore:
    return LabelStore.open(url, patience_s=_WAIT_S)
