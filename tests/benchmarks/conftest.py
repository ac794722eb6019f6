"""Marks these tests, so that `-m "not benchmarks"` leaves them out."""

from collections.abc import Sequence
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark the tests of this folder; pytest hands over all that it has collected."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("benchmarks")
