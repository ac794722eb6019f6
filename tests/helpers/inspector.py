"""A browser's visitor who has axe-core judge what is on a page, in both themes."""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.helpers.browsers import settle
from tools.app_server import REPOSITORY

AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
# What Streamlit draws and this app cannot change: the rule, the element that breaks it, and what it is.
FOREIGN = {
    ("empty-table-header", "[data-testid=stDataFrame] th"): "head of the column of check boxes of a table",
    (
        "color-contrast",
        "[data-testid=stWidgetLabel][disabled] p",
    ): "what a field that is switched off is called",
    ("presentation-role-conflict", "[data-testid=stFileUploaderDropzone]"): "where files are dropped",
}
NOT_EVERYWHERE = {("empty-table-header", "[data-testid=stDataFrame] th")}  # not in every version of Chromium
# Of all faults those that are not foreign, in words, and the numbers of the foreign ones that were met.
JUDGE = """async (foreign) => {
  const rules = { "label-content-name-mismatch": { enabled: true } };
  const { violations } = await axe.run(document, { elementRef: true, resultTypes: ["violations"], rules });
  const nodes = violations.flatMap(({ id, nodes }) => nodes.map((node) => ({ id, ...node })));
  const place = ({ id, element }) =>
    foreign.findIndex(([rule, selector]) => id === rule && element.matches(selector));
  const words = ({ id, element, failureSummary }) =>
    [id, element.outerHTML.slice(0, 200), failureSummary.replaceAll("\\n", " ")].join(" | ");
  return {
    met: nodes.map(place).filter((at) => at >= 0),
    faults: nodes.filter((node) => place(node) < 0).map(words),
  };
}"""
IS_STILL = """(theme) =>
  getComputedStyle(document.querySelector("[data-testid=stApp]")).colorScheme === theme &&
  document.querySelector("[data-test-script-state=notRunning]") &&
  !document.querySelector("[data-testid=stStatusWidget], [data-testid=stSkeleton], [data-stale=true]") &&
  document.getAnimations().every(({ playState }) => playState !== "running")"""


class Inspector:
    """Goes through the pages and keeps what it finds."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.found: dict[str, list[str]] = {}
        self.met: set[int] = set()
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, address: str, title: str) -> None:
        """Open a page, and wait until it is drawn."""
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self.page.goto(f"{self.url}/{address}")
        expect(self.page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
        settle(self.page)
        expect(self.page.locator("[data-testid=stException]")).to_have_count(0)
        expect(self.page.get_by_text("Demo data").first).to_be_visible()

    def inspect(self, view: str) -> None:
        """Judge what is on the page in both themes."""
        self.page.mouse.move(0, 0)  # no tooltip is part of a view
        for theme in ("light", "dark"):
            self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            self.page.wait_for_function(IS_STILL, arg=theme)
            self.judge(f"{view}, {theme}")
        expect(self.page.locator("h1")).to_have_count(1)

    def judge(self, view: str) -> None:
        """Judge what is on the page as it is drawn now."""
        answer = self.page.evaluate(JUDGE, [list(pair) for pair in FOREIGN])
        self.met.update(answer["met"])
        if answer["faults"]:
            self.found[view] = answer["faults"]

    def open_tab(self, name: str, wait: Callable[[Locator], None]) -> None:
        """Open a tab and wait for what it draws."""
        self.page.get_by_role("tab", name=name).click()
        wait(self.page.get_by_role("tabpanel", name=name))

    def press(self, name: str) -> None:
        """Press the button of this name."""
        self.page.get_by_role("button", name=name, exact=True).click()


def axe_script() -> str:
    """axe-core, for a page to run before its own scripts; the test is skipped where it is not installed."""
    if AXE.exists():
        return AXE.read_text()
    message = "No node_modules/axe-core: `npm ci` installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
