"""What browser tests share: they wait as long as a busy machine takes, until what they use is there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, expect

PATIENCE_MS = 120_000  # no limit on speed: only so that a page that hangs is a failure


def new_context(browser: Browser) -> BrowserContext:
    """A browser that remembers nothing, whose windows have 1280 x 900."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    return context


def settle(page: Page) -> None:
    """Wait until the page is drawn, as far as the server has told the browser."""
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")


# The page is marked as drawn while it is: what counts are the times at which that mark comes back.
COUNT_DRAWINGS = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  window.numDrawings = 0;
  new MutationObserver(() => {
    if (app.dataset.testScriptState === "notRunning") window.numDrawings += 1;
  }).observe(app, { attributeFilter: ["data-test-script-state"] });
}"""


@contextmanager
def drawn_anew(page: Page) -> Iterator[None]:
    """What is done in the block has the page drawn again; waits until it is."""
    page.evaluate(COUNT_DRAWINGS)
    yield
    page.wait_for_function("window.numDrawings > 0")


def expect_player(page: Page) -> None:
    """Wait until the player of a page obeys: its buttons and its stage are there before its script."""
    expect(page.get_by_test_id("player")).to_have_attribute("data-clip", re.compile("."))


def expect_list(page: Page) -> None:
    """Wait until the list of clips obeys."""
    expect(page.get_by_test_id("clip-list")).to_have_attribute("data-n", re.compile("."))
