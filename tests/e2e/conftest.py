"""A real server on a free port and a real browser. Without Chromium these tests are skipped, except in CI."""

import os
import shutil
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.label_text import label_matrix
from fsat_core.runs import Run, RunStatus
from fsat_core.training.create import create_run
from tests.helpers.browsers import PATIENCE_MS, new_context
from tools.app_server import CHROMIUM, CHROMIUM_FLAGS, AppServer

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app on the demo set, shared by all browser tests."""
    _require_chromium()  # no browser, no reason to start a server
    server = AppServer(tmp_path_factory.mktemp("app"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium. One per module: its event loop must not outlive the browser tests."""
    _require_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def drawn_run(app_server: AppServer) -> Iterator[Run]:
    """A finished run on the demo set that was never trained: its answers are drawn, and often wrong."""
    dataset = open_dataset(app_server.data_dir)
    config = TrainConfig.from_recipe("mfcc_dummy", "quick")
    run = create_run(app_server.settings, dataset, scan(dataset, app_server.cache_dir), config)
    labels = run.labels()
    truth = label_matrix(labels["labels"], run.classes)
    values = np.random.default_rng(1).random(truth.shape) + 0.5 * truth
    oof = pd.DataFrame(values / values.sum(axis=1, keepdims=True), columns=run.classes)
    oof.insert(0, "clip_id", labels["clip_id"])
    oof.to_parquet(run.path / "oof.parquet", index=False)
    RunStatus("finished").save(run.path / "status.json")
    yield run
    shutil.rmtree(run.path)


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One per module: what its pages have in common is what the browser has fetched and compiled."""
    context = new_context(browser)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A fresh page, 1280 x 900, of a browser that remembers nothing."""
    page = context.new_page()
    yield page
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear()")
    page.close()
    context.clear_cookies()


def _require_chromium() -> None:
    if CHROMIUM.exists():
        return
    message = f"No {CHROMIUM}: browser tests need Debian's chromium package"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
