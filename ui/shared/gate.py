"""Where people sign in, keeps pages, sounds, downloads and all else that the app serves for members.

It stands before Streamlit. What is open when a role is taken away is for `ui.shared.admission` to see to.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import auth_util

from fsat_core.access import Audit, may, note
from fsat_core.errors import ConfigError, LabelError
from ui.shared import access, sign_in
from ui.shared.texts import without_folders

log = logging.getLogger(__name__)
_SIGN_IN = "sign-in"
_CLOSED = "Nobody can sign in"
# What Streamlit has for signing in and out, and what says that the server is there.
_FREE = ("auth/login", "auth/logout", "oauth2callback", "_stcore/health")
_PAGE = Template((Path(__file__).parent / "sign_in.html").read_text("utf-8"))
_ICON = (Path(__file__).parents[1] / "icon.svg").read_text("utf-8")
_CLOSED_TO_STRANGERS = 1008  # a WebSocket's code for a breach of policy
_MOST_NOTED, _AGAIN_S = 1_000, 30.0


@dataclass(frozen=True)
class _Refusal:
    """Why somebody is not let in, and what they can do: addresses and the words on them."""

    status: int
    title: str
    text: str
    links: Sequence[tuple[str, str]] = ()


class MembersOnly:
    """Passes on what members ask for; everybody else gets the page on which one signs in, or no answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_asking = scope["type"] in ("http", "websocket") and sign_in.is_configured()
        path = _path_in_app(scope["path"]) if is_asking else ""
        if not is_asking or path in _FREE:
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        if path == _SIGN_IN:
            await _to_provider(asked.query_params.get("with", ""))(scope, receive, send)
        elif (refusal := await run_in_threadpool(_refuse, asked)) is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _CLOSED_TO_STRANGERS})
        else:
            is_browser = "text/html" in asked.headers.get("accept", "")
            answer = _page(refusal) if is_browser else PlainTextResponse(refusal.text, refusal.status)
            await answer(scope, receive, send)


def _path_in_app(path: str) -> str:
    return f"{path.strip('/')}/".removeprefix(_base()).strip("/")


def _address(path: str) -> str:
    return f"/{_base()}{path}"


def _base() -> str:
    """What the app's own addresses begin with, and a slash; "" where that is nothing."""
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"{base}/" if base else ""


def _refuse(asked: HTTPConnection) -> _Refusal | None:
    """Why whoever asks is not let in; None where they are a member."""
    try:
        providers = sign_in.providers()
    except ConfigError as error:
        return _Refusal(503, _CLOSED, without_folders(str(error)))
    claims = sign_in.claims_in(asked.cookies)
    if claims is None:
        text = "Sign in to listen, label and train."
        return _Refusal(401, "Freesound audio tagging", text, _links(providers))
    other = [(_address("auth/logout"), "Sign in as somebody else")]
    address = sign_in.address_of(claims)
    if address is None:
        text = "Your provider names no e-mail address that it has verified."
        return _Refusal(403, "No address", text, other)
    try:
        role = access.role_at(address)
    except LabelError as error:
        log.warning("%s", error)
        return _Refusal(503, _CLOSED, "The list of members cannot be read now. Try again later.")
    _sign_ins.write_down(address, "sign in" if role else "turned away", str(claims.get("iat", "")))
    if may(role, "look"):
        return None
    text = f"{address} has no role here. Ask an owner of this app for one."
    if not access.has_members():
        text = (
            f"Nobody has a role yet. On the server, `fsat users give {address} owner` makes the first owner."
        )
    return _Refusal(403, "Not a member", text, other)


class _SignIns:
    """What has been written down of sign-ins, by this server."""

    def __init__(self) -> None:
        self._done: dict[str, None] = {}  # the oldest first
        self._again_at = 0.0

    def write_down(self, address: str, act: str, issued: str) -> None:
        """Note a sign-in once, however much is asked for after it: the provider says when it was."""
        token = f"{act} {address} {issued}"
        if token in self._done or time.monotonic() < self._again_at:
            return
        try:
            note(access.members_store(), Audit(address, act, token=token))
        except LabelError as error:  # members may do what they could before, and it is noted later
            self._again_at = time.monotonic() + _AGAIN_S
            log.warning("%s", error)
            return
        self._done[token] = None
        if len(self._done) > _MOST_NOTED:
            del self._done[next(iter(self._done))]


_sign_ins = _SignIns()


def _links(providers: Sequence[str]) -> list[tuple[str, str]]:
    return [
        (f"{_address(_SIGN_IN)}?with={name}", f"Sign in with {name.capitalize()}" if name else "Sign in")
        for name in providers
    ]


def _to_provider(name: str) -> Response:
    """On to a provider, by way of Streamlit, which wants to know that we send somebody there just now."""
    try:
        providers = sign_in.providers()
    except ConfigError as error:
        return _page(_Refusal(503, _CLOSED, without_folders(str(error))))
    if name not in providers:
        return _page(_Refusal(400, "Another provider", "Choose one of these.", _links(providers)))
    token = auth_util.encode_provider_token(name or "default")
    return RedirectResponse(f"{_address('auth/login')}?provider={token}", 302)


def _page(refusal: _Refusal) -> HTMLResponse:
    links = "\n".join(f'<a href="{escape(address)}">{escape(words)}</a>' for address, words in refusal.links)
    page = _PAGE.substitute(
        icon=_ICON,
        title=escape(refusal.title),
        text=escape(refusal.text),
        links=links,
        # Who is sent away from a page is led back to it, once they have signed in.
        keep="true" if refusal.status == 401 else "false",
    )
    return HTMLResponse(page, refusal.status, {"Cache-Control": "no-store"})
