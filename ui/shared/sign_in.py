"""Sign-in by OpenID Connect, which Streamlit does: whether it is configured, and whom a visit is of.

`.streamlit/secrets.toml` configures it; `.streamlit/secrets.toml.example` says how. What is configured
wrongly lets nobody in.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import auth_util
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from fsat_core.access.members import tidy
from fsat_core.errors import ConfigError

_OF_APP = ("redirect_uri", "cookie_secret")
_OF_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
_LEAST_SECRET = 32  # characters
_EXAMPLE = "See .streamlit/secrets.toml.example."

_configured: set[bool] = set()  # whether it ever was; no cache, which any visitor can have emptied


def is_configured() -> bool:
    """Whether people have to sign in; so it stays while this server runs, also where the file gets lost."""
    if _section() or _is_broken():
        _configured.add(True)
    return bool(_configured)


def providers() -> list[str]:
    """The providers to choose from, by their names in the configuration; "" for the only one.

    Raises
    ------
    ConfigError
        If nobody could sign in as it is configured, or anybody could.
    """
    section = _section()
    if not section:
        raise ConfigError(
            "Sign-in: .streamlit/secrets.toml is broken or lost; expected a section [auth]. Mend it. "
            f"{_EXAMPLE}"
        )
    _check_there(section, _OF_APP, "[auth]")
    if not str(section["redirect_uri"]).endswith("/oauth2callback"):
        raise ConfigError(
            "Sign-in: the redirect_uri is another than the app answers to; expected the address of the app, "
            f"then /oauth2callback. Correct it. {_EXAMPLE}"
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
    named = {name: part for name, part in section.items() if isinstance(part, Mapping)}
    for name, part in (named or {"": section}).items():
        _check_there(part, _OF_PROVIDER, f"[auth.{name}]" if name else "[auth]")
    return list(named) or [""]


def address_of(claims: Mapping[str, Any]) -> str | None:
    """Somebody's address by what the provider says of them; None where it has not verified one."""
    address = tidy(str(claims.get("email") or ""))
    is_denied = str(claims.get("email_verified", True)).lower() in ("false", "0")
    return None if is_denied or "@" not in address else address


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
    is_ours = claims.get("is_logged_in") and claims.get("origin") == auth_util.get_origin_from_redirect_uri()
    return claims if is_ours else None


def signed_in_as() -> str | None:
    """The address of the visitor; None where nobody signs in, or this one has no address."""
    return address_of(st.user) if is_configured() and st.user.get("is_logged_in") else None


def _check_there(section: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    for name in names:
        if not str(section.get(name, "")).strip():
            raise ConfigError(f"Sign-in: no {name} under {where}; expected one. Add it. {_EXAMPLE}")


def _section() -> Mapping[str, Any]:
    section = auth_util.get_secrets_auth_section()
    return section if isinstance(section, Mapping) else {}


def _is_broken() -> bool:
    """Whether there are secrets that cannot be read, so that nobody knows whether people have to sign in."""
    files = st.get_option("secrets.files")
    return not secrets_singleton.load_if_toml_exists() and any(Path(file).exists() for file in files)
