"""Sign-in by OpenID Connect, which Streamlit does: whether it is configured, and whom a visit is of.

`.streamlit/secrets.toml` configures it; `.streamlit/secrets.toml.example` says how. What is configured
wrongly lets nobody in.
"""

import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit import auth_util
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from fsat_core.access.members import check_address
from fsat_core.errors import AccessError, ConfigError
from fsat_core.text import shorten

_OF_APP = ("redirect_uri", "cookie_secret")
_OF_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
_OPTIONS = "client_kwargs"  # a section of the only provider, and no provider
_LEAST_SECRET = 32  # characters
_YES = ("true", "1")
_EXAMPLE = "See .streamlit/secrets.toml.example."

_LOOK_EVERY_S = 1.0  # where there is no file, Streamlit looks for it each time, one visitor after the other
_configured: set[bool] = set()  # whether it ever was; no cache, which any visitor can have emptied
_looked_at = [-math.inf]  # when the file was looked for


def is_configured() -> bool:
    """Whether people have to sign in; so it stays while this server runs, also where the file gets lost.

    Whatever looks as if somebody had wanted it counts: what is wrong with that is for `providers` to say. A
    file that comes later counts within a second.
    """
    now = time.monotonic()
    if not _configured and now - _looked_at[-1] >= _LOOK_EVERY_S:
        if _is_meant(_secrets()) or _is_broken():
            _configured.add(True)
        _looked_at[-1] = now
    return bool(_configured)


def providers() -> list[str]:
    """The providers to choose from, by their names in the configuration; "" for the only one.

    Raises
    ------
    ConfigError
        If nobody could sign in as it is configured, or anybody could.
    """
    section = _secrets().get("auth")
    if not isinstance(section, Mapping) or not section:
        raise ConfigError(
            "Sign-in: .streamlit/secrets.toml is broken or lost, or has no section [auth]; expected one. "
            f"Mend it. {_EXAMPLE}"
        )
    _check_there(section, _OF_APP, "[auth]")
    address = urlsplit(str(section["redirect_uri"]))
    if address.path.rpartition("/")[2] != "oauth2callback" or not (address.scheme and address.hostname):
        raise ConfigError(
            "Sign-in: the redirect_uri is another than the app answers to; expected the address of the app "
            f"with https:// or http://, then /oauth2callback. Correct it. {_EXAMPLE}"
        )
    if len(str(section["cookie_secret"])) < _LEAST_SECRET:
        raise ConfigError(
            f"Sign-in: a cookie_secret of less than {_LEAST_SECRET} characters could be guessed; expected a "
            f"random one. Make one anew. {_EXAMPLE}"
        )
    if not auth_util.is_authlib_installed():
        raise ConfigError(
            "Sign-in: the package Authlib is not installed; expected version 1.3.2 or later. "
            "`pip install -e .[sign-in]` in the app's folder brings it."
        )
    named = {name: part for name, part in section.items() if isinstance(part, Mapping) and name != _OPTIONS}
    for name, part in (named or {"": section}).items():
        if "_" in name:
            raise ConfigError(
                f"Sign-in: the provider {shorten(name)} has a _ in its name; expected none. Rename it."
            )
        _check_there(part, _OF_PROVIDER, f"[auth.{name}]" if name else "[auth]")
    return list(named) or [""]


def origin() -> str:
    """By which address people have to come, to be known."""
    return auth_util.get_origin_from_redirect_uri() or ""


def address_of(claims: Mapping[str, Any]) -> str | None:
    """Somebody's address by what the provider says of them; None where it has not verified a whole one."""
    address, verified = claims.get("email"), claims.get("email_verified", True)
    if not isinstance(address, str) or str(verified).lower() not in _YES:
        return None
    try:
        checked = check_address(address)
    except AccessError:
        return None
    return None if checked.startswith("@") else checked


def claims_in(cookies: Mapping[str, str]) -> dict[str, Any] | None:
    """What the provider has said of whoever has signed in with this browser; None where nobody has.

    Streamlit has put it into a cookie, and signed that.
    """

    def read(name: str) -> bytes | None:
        value = cookies.get(name)
        signed = value.encode("latin-1", "replace") if value else None
        return decode_signed_value(get_cookie_secret(), name, signed) if signed else None

    try:
        claims = json.loads(auth_util.get_cookie_with_chunks(read, USER_COOKIE_NAME) or b"{}")
    except ValueError:
        return None
    is_ours = claims.get("is_logged_in") and claims.get("origin") == origin()
    return claims if is_ours else None


def signed_in_as() -> str | None:
    """The address of the visitor; None where nobody signs in, or this one has no address."""
    return address_of(st.user) if is_configured() and st.user.get("is_logged_in") else None


def _check_there(section: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    for name in names:
        if not str(section.get(name, "")).strip():
            raise ConfigError(f"Sign-in: no {name} under {where}; expected one. Add it. {_EXAMPLE}")


def _secrets() -> Mapping[str, Any]:
    return secrets_singleton.to_dict() if secrets_singleton.load_if_toml_exists() else {}


def _is_meant(secrets: Mapping[str, Any]) -> bool:
    """Whether there is something about signing in, in its place or not."""
    names = {name.lower() for name in secrets}
    return bool(names & {"auth", "oauth", "oidc", *_OF_APP, *_OF_PROVIDER})


def _is_broken() -> bool:
    """Whether there are secrets that cannot be read, so that nobody knows whether people have to sign in."""
    files = st.get_option("secrets.files")
    return not secrets_singleton.load_if_toml_exists() and any(Path(file).exists() for file in files)
