"""Where people sign in, keeps pages, sounds, downloads and all else that the app serves for members.

It stands before Streamlit. What is open when a role is taken away is for `ui.shared.admission` to see to.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import auth_util

from fsat_core.access import Audit, may, note
from fsat_core.errors import ConfigError, FsatError
from ui.shared import access, sign_in
from ui.shared.texts import without_folders

log = logging.getLogger(__name__)
_SIGN_IN = "sign-in"
# What Streamlit has for signing in and out, and what says that the server is there.
_FREE = ("auth/login", "auth/logout", "oauth2callback", "_stcore/health")
_PAGE = (Path(__file__).parent / "sign_in.html").read_text("utf-8")
_ICON = (Path(__file__).parents[1] / "icon.svg").read_text("utf-8")
_CLOSED_TO_STRANGERS = 1008  # a WebSocket's code for a breach of policy


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
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return path.strip("/").removeprefix(base).strip("/")


def _address(path: str) -> str:
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}/{path}" if base else f"/{path}"


def _refuse(asked: HTTPConnection) -> _Refusal | None:
    """Why whoever asks is not let in; None where they are a member."""
    try:
        providers = sign_in.providers()
        claims = sign_in.claims_in(asked.cookies)
        if claims is None:
            return _Refusal(
                401, "Freesound audio tagging", "Sign in to listen, label and train.", _links(providers)
            )
        address = sign_in.address_of(claims)
        role = access.role_at(address) if address else None
    except FsatError as error:
        return _Refusal(503, "Nobody can sign in", without_folders(str(error)))
    if address and asked.scope["type"] == "http":
        _write_down(address, "sign in" if role else "turned away", claims)
    if may(role, "look"):
        return None
    other = [(_address("auth/logout"), "Sign in as somebody else")]
    if address is None:
        return _Refusal(
            403, "No address", "Your provider has named no e-mail address that it has verified.", other
        )
    return _Refusal(
        403, "Not a member", f"{address} has no role here. Ask an owner of this app for one.", other
    )


def _write_down(address: str, act: str, claims: Mapping[str, Any]) -> None:
    try:
        _note(address, act, str(claims.get("iat", "")))
    except FsatError as error:  # members still see and hear what they could before, and it is noted later
        log.warning("%s", error)


@lru_cache(maxsize=1000)
def _note(address: str, act: str, issued: str) -> None:
    """Note a sign-in once, however much is asked for after it: the provider says when it was."""
    note(access.members_store(), Audit(address, act, token=f"{act} {address} {issued}"))


def _links(providers: Sequence[str]) -> list[tuple[str, str]]:
    return [
        (f"{_address(_SIGN_IN)}?with={name}", f"Sign in with {name.capitalize()}" if name else "Sign in")
        for name in providers
    ]


def _to_provider(name: str) -> Response:
    """On to a provider, by way of Streamlit, which wants to know that we send somebody there just now."""
    try:
        if name not in sign_in.providers():
            raise ConfigError(
                f"No provider '{name}': expected one of those to choose from. Go back, and choose one."
            )
    except ConfigError as error:
        return _page(_Refusal(400, "Nobody can sign in", str(error)))
    token = auth_util.encode_provider_token(name or "default")
    return RedirectResponse(f"{_address('auth/login')}?provider={token}", 302)


def _page(refusal: _Refusal) -> HTMLResponse:
    links = "\n".join(f'<a href="{escape(address)}">{escape(words)}</a>' for address, words in refusal.links)
    parts = {"icon": _ICON, "title": escape(refusal.title), "text": escape(refusal.text), "links": links}
    page = _PAGE
    for name, part in parts.items():
        page = page.replace(f"{{{name}}}", part)
    return HTMLResponse(page, refusal.status, {"Cache-Control": "no-store"})
