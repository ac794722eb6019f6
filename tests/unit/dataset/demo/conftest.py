"""The demo set."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def demo_dir(demo_cache: Path) -> Path:
    """The whole demo set of seed 0, to be read and not changed."""
    return demo_cache / "demo"
