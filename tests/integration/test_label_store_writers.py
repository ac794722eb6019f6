"""Eight writer processes, one of them killed, and a reader: what was answered for is there, once."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.targets.label_writers import open_database, rehearse
from tools.postgres_server import why_no_server

NUM_DECISIONS, NUM_WRITERS = 2_000, 8


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that nobody has opened yet."""
    if request.param == "postgresql" and (reason := why_no_server()):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with open_database(request.param, tmp_path) as address:
        yield address


def test_writers_at_once_with_one_killed(url: str, tmp_path: Path) -> None:
    figures = rehearse(url, tmp_path, NUM_DECISIONS, NUM_WRITERS)
    assert 0 < figures["again"] < NUM_DECISIONS // NUM_WRITERS  # it was killed in the middle
    assert {name: figures[name] for name in ("lost", "doubled", "unseen")} == {
        "lost": 0,
        "doubled": 0,
        "unseen": 0,
    }
    assert figures["num_decisions"] == NUM_DECISIONS
