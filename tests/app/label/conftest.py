"""A label database with a queue, and the page Label opened under a name."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import (
    LabelStore,
    Queue,
    build_queue,
    save_queue,
)
from fsat_core.settings import Settings
from tests.helpers.label_page import remember

OpenApp = Callable[..., AppTest]


@pytest.fixture
def store(demo_settings: Settings) -> Any:
    with LabelStore.open(demo_settings.database_url) as opened:
        yield opened


@pytest.fixture
def catalogue(demo_settings: Settings) -> pd.DataFrame:
    return scan(open_dataset(demo_settings.data_dir), demo_settings.cache_dir)


@pytest.fixture
def queue(store: LabelStore, catalogue: pd.DataFrame) -> Queue:
    """A saved queue of 20 clips in random order."""
    return save_queue(store, build_queue("random", catalogue, limit=20, created_by="ada"))


@pytest.fixture
def open_label(open_app: OpenApp) -> Callable[..., AppTest]:
    """Opens the page in a browser that remembers a name: `open_label("ada")`."""

    def open_page(name: str = "ada", **query: str) -> AppTest:
        app = open_app("label", **query)
        return remember(app, name)

    return open_page
