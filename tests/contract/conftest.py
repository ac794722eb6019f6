"""The two label databases, for the suites that run on both."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.postgres_server import PostgresServer, postgres_server, why_no_server


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    if reason := why_no_server():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with postgres_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that nobody has opened yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'labels.db'}"
    return request.getfixturevalue("server").new_database()
