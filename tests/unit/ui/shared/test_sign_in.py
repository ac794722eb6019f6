"""Sign-in: what is configured wrongly lets nobody in, and who somebody is by what a provider says."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.secrets import secrets_singleton

from fsat_core.errors import ConfigError
from tests.helpers.messages import refuses
from ui.shared import sign_in

WHOLE = """
[auth]
redirect_uri = "http://localhost:8501/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "app"
client_secret = "s"
server_metadata_url = "https://example.org/.well-known/openid-configuration"
"""
UNVERIFIED: tuple[object, ...] = ("no", "", None, [], 0, "x")
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes the file of secrets that is in use."""
    path = tmp_path / "secrets.toml"
    monkeypatch.setattr(sign_in, "_configured", set())
    monkeypatch.setattr(sign_in, "_LOOK_EVERY_S", 0.0)
    options = {"secrets.files": [str(path)], "server.fileWatcherType": "none"}
    before = {name: st.get_option(name) for name in options}
    _use(options)

    def write_file(text: str) -> Path:
        path.write_text(text)
        secrets_singleton._reset()
        return path

    yield write_file
    _use(before)


def _use(options: Mapping[str, Any]) -> None:
    for name, value in options.items():
        st.config.set_option(name, value)
    secrets_singleton._reset()


def test_without_secrets_nobody_signs_in(write: Write) -> None:
    assert not sign_in.is_configured()
    write('[database]\nurl = "x"\n')
    assert not sign_in.is_configured()


def test_a_file_that_comes_later_counts(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not sign_in.is_configured()
    write(WHOLE)
    monkeypatch.setattr(sign_in, "_LOOK_EVERY_S", 600.0)
    assert not sign_in.is_configured(), "it is not looked for with every question"
    monkeypatch.setattr(sign_in, "_LOOK_EVERY_S", 0.0)
    assert sign_in.is_configured()


def test_a_whole_configuration(write: Write) -> None:
    write(WHOLE)
    assert sign_in.is_configured()
    assert sign_in.providers() == [""]


def test_several_providers_go_by_their_names(write: Write) -> None:
    head, _, rest = WHOLE.partition("client_id")
    write(f"{head}[auth.google]\nclient_id{rest}[auth.campus]\nclient_id{rest}")
    assert sign_in.providers() == ["google", "campus"]


@pytest.mark.parametrize(
    ("was", "then", "said"),
    [
        ('cookie_secret = "0123456789abcdef0123456789abcdef"', 'cookie_secret = "short"', "could be guessed"),
        ('cookie_secret = "0123456789abcdef0123456789abcdef"', "", r"no cookie_secret under \[auth\]"),
        ('"http://localhost:8501/oauth2callback"', '""', r"no redirect_uri under \[auth\]"),
        ("8501/oauth2callback", "8501/", "the redirect_uri is another"),
        ('client_id = "app"', "", r"no client_id under \[auth\]"),
        ('client_secret = "s"', 'client_secret = " "', r"no client_secret under \[auth\]"),
        ("server_metadata_url", "metadata_url", r"no server_metadata_url under \[auth\]"),
        ("[auth]", "[auth", "broken or lost"),
        ("[auth]", "[Auth]", "broken or lost"),
        ("[auth]", "[oauth]", "broken or lost"),
        ("[auth]", "", "broken or lost"),
        ("http://localhost:8501", "localhost:8501", "the redirect_uri is another"),
        ("http://localhost:8501", "http://", "the redirect_uri is another"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_gets_in(write: Write, was: str, then: str, said: str) -> None:
    write(WHOLE.replace(was, then))
    assert sign_in.is_configured()
    with refuses(ConfigError, said):
        sign_in.providers()


@pytest.mark.parametrize("text", ["[auth]\n# redirect_uri to come\n", 'auth = "x"\n', "auth = {}\n"])
def test_what_is_begun_closes_the_app(write: Write, text: str) -> None:
    write(text)
    assert sign_in.is_configured()
    with refuses(ConfigError, "broken or lost, or has no section"):
        sign_in.providers()


def test_a_provider_that_streamlit_would_not_find_is_refused(write: Write) -> None:
    head, _, rest = WHOLE.partition("client_id")
    write(f"{head}[auth.my_campus]\nclient_id{rest}")
    with refuses(ConfigError, "the provider my_campus has a _ in its name"):
        sign_in.providers()


def test_options_of_the_only_provider_are_no_provider(write: Write) -> None:
    write(f'{WHOLE}\n[auth.client_kwargs]\nprompt = "login"\n')
    assert sign_in.providers() == [""]


def test_secrets_that_get_lost_do_not_open_the_app(write: Write) -> None:
    path = write(WHOLE)
    assert sign_in.is_configured()
    path.unlink()
    secrets_singleton._reset()
    assert sign_in.is_configured()
    with refuses(ConfigError, "broken or lost"):
        sign_in.providers()


@pytest.mark.parametrize(
    ("claims", "address"),
    [
        ({"email": "Ada@Example.org"}, "ada@example.org"),
        ({"email": "ada@example.org", "email_verified": True}, "ada@example.org"),
        ({"email": "ada@example.org", "email_verified": "true"}, "ada@example.org"),
        ({"email": "ada@example.org", "email_verified": False}, None),
        ({"email": "ada@example.org", "email_verified": "False"}, None),
        *[({"email": "ada@example.org", "email_verified": no}, None) for no in UNVERIFIED],
        ({"email": ["ada@example.org"]}, None),
        ({"email": "\u212aarl@example.org"}, None),
        ({"email": "@example.org"}, None),
        ({"email": "x@evil.org@example.org"}, None),
        ({"email": "a\nb@example.org"}, None),
        ({"email": "a" * 6000 + "@example.org"}, None),
        ({"email": None, "name": "ada@example.org"}, None),
        ({"email": "ada"}, None),
        ({}, None),
    ],
)
def test_somebody_is_their_verified_address(claims: Mapping[str, object], address: str | None) -> None:
    assert sign_in.address_of(claims) == address


@pytest.mark.parametrize("value", ["", "x", "é", "a" * 5000, "eyJhIjoxfQ.x.y", "\u2603"])
def test_a_cookie_that_is_not_signed_is_of_nobody(write: Write, value: str) -> None:
    write(WHOLE)
    assert sign_in.claims_in({"_streamlit_user": value}) is None
