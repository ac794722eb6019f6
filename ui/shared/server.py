"""What the app's server does beside running pages: it knows its names, and bounds what visitors leave here.

Streamlit's own limit on uploads is for one file. What was uploaded stays in memory when its page is left, and
a visitor who has gone stays with all that is theirs until another one comes.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fsat_core.access import Role
from fsat_core.errors import FsatError
from ui.shared import access, sign_in
from ui.shared.delivery import deliver_whole
from ui.shared.gate import MembersOnly
from ui.shared.memory import give_back_memory, share_arenas
from ui.shared.texts import show_error

log = logging.getLogger(__name__)
_UPLOAD = "/_stcore/upload_file/"
_SHARES = 3  # all visitors together may have so many times what one may
_LOOK_S = 2.0
_PAGE = "page_of_uploads"

_visitors: set[str] = set()  # the ids of their sessions
_roles: dict[str, tuple[str, Role | None]] = {}  # by the same id: address and role as the page was drawn with


class KnownHosts:
    """Refuses requests by other names than `server.allowedHosts`, as Streamlit does for its WebSocket alone.

    Else a page of another site could let its own name point to this machine, and read what is here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_known(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
            return
        refusal = PlainTextResponse(
            "This app does not answer to this name. To serve it under the name, add that to "
            "server.allowedHosts in .streamlit/config.toml.",
            status_code=400,
        )
        await refusal(scope, receive, send)


class BoundedUploads:
    """Refuses an upload beyond what one visitor, or all of them, may have here at a time."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._arriving: Counter[str] = Counter()  # bytes, by visitor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT" or _UPLOAD not in scope["path"]:
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdecimal():
            await PlainTextResponse("Expected a Content-Length.", status_code=411)(scope, receive, send)
            return
        visitor = scope["path"].partition(_UPLOAD)[2].partition("/")[0]
        num_bytes = int(length[:15])
        if not self._fits(visitor, num_bytes):
            await PlainTextResponse("Too much in all.", status_code=413)(scope, receive, send)
            return
        self._arriving[visitor] += num_bytes
        try:
            await self._app(scope, receive, send)
        finally:
            self._arriving[visitor] -= num_bytes
            self._arriving += Counter()  # forgets who has nothing on its way

    def _fits(self, visitor: str, num_bytes: int) -> bool:
        held, most = uploaded_bytes() + self._arriving, upload_limit()
        return held[visitor] + num_bytes <= most and held.total() + num_bytes <= _SHARES * most


MIDDLEWARE = [Middleware(KnownHosts), Middleware(MembersOnly), Middleware(BoundedUploads)]


def upload_limit() -> int:
    """The bytes that one visitor may have uploaded at a time: `server.maxUploadSize`."""
    return int(st.get_option("server.maxUploadSize")) * 1024 * 1024


def uploaded_bytes() -> Counter[str]:
    """The bytes that each visitor has uploaded, by the id of the session."""
    held = list(_uploads().file_storage.items())
    return Counter({visitor: sum(len(file.data) for file in list(files.values())) for visitor, files in held})


def enter(page: str) -> None:
    """Note that a visitor is here, and forget what was uploaded on another page: it is out of reach there."""
    if (context := get_script_run_ctx()) is None:
        return
    _visitors.add(context.session_id)
    if (address := sign_in.signed_in_as()) is not None:
        with suppress(FsatError):  # nobody knows: a page says so
            _roles[context.session_id] = address, access.role()
    if st.session_state.get(_PAGE, page) != page:
        _uploads().remove_session_files(context.session_id)
    st.session_state[_PAGE] = page


@asynccontextmanager
async def keep_house(_app: st.App) -> AsyncIterator[None]:
    """While the app is served, visitors who have gone are forgotten, with all that they have uploaded."""
    share_arenas()
    deliver_whole()
    tasks = [asyncio.create_task(work) for work in (_forget_the_gone(), _follow_roles())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


def show_uncaught(error: Exception) -> bool:
    """Show what a visitor can mend in one line, wherever it comes from; whether it was that."""
    if isinstance(error, FsatError):
        show_error(error)
    return isinstance(error, FsatError)


async def _forget_the_gone() -> None:
    left: dict[str, float] = {}  # since when each visitor has been away, who may come back for a while
    while True:
        await asyncio.sleep(_LOOK_S)
        now, server = time.monotonic(), runtime.get_instance()
        away = {visitor for visitor in list(_visitors) if not server.is_active_session(visitor)}
        left = {visitor: left.get(visitor, now) for visitor in away}
        # Shortly before Streamlit would take them for expired: then it lets nobody close them any more.
        patience_s = st.get_option("server.disconnectedSessionTTL") - 3 * _LOOK_S
        gone = [visitor for visitor, since in left.items() if now - since >= patience_s]
        for visitor in gone:
            server.close_session(visitor)
            _uploads().remove_session_files(visitor)
            _visitors.discard(visitor)
            _roles.pop(visitor, None)
        if gone:
            await asyncio.to_thread(give_back_memory)


async def _follow_roles() -> None:
    """Have pages drawn again whose visitors have another role than when they were drawn.

    Parts of a page can be drawn alone, again and again, without the app asking who the visitor is.
    """
    while True:
        await asyncio.sleep(_LOOK_S)
        if _roles and sign_in.is_configured():
            try:
                for visitor in await asyncio.to_thread(_of_new_role):
                    _roles.pop(visitor, None)
                    if (found := runtime.get_instance()._session_mgr.get_session_info(visitor)) is not None:
                        found.session.request_rerun(None)
            except Exception:  # or nobody's role would be followed any more
                log.exception("Following the roles of visitors")


def _of_new_role() -> list[str]:
    try:
        drawn = list(_roles.items())
        return [visitor for visitor, (address, role) in drawn if access.role_at(address) != role]
    except FsatError:  # the database is away: nobody's role is known
        return [visitor for visitor, (_, role) in drawn if role is not None]


def _is_known(host: str) -> bool:
    names = [name.strip().lower() for name in st.get_option("server.allowedHosts")]
    try:
        parts = urlsplit(f"//{host}")
        name = (parts.hostname or "").rstrip(".") if parts.port != 0 else ""
    except ValueError:
        return False
    is_name = parts.netloc == host and "@" not in host  # and nothing else
    return not names or (is_name and any(fnmatchcase(name, known) for known in names))


def _uploads() -> Any:
    """Streamlit's store of uploads, by session and file."""
    return runtime.get_instance().uploaded_file_mgr
