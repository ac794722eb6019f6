"""The board of the page Label in a browser, for browser tests and benchmarks."""

from playwright.sync_api import Page, expect

from fsat_core.labels import Queue
from tools.app_server import AppServer

LONG_MS = 120_000


class Board:
    """The board on a page: presses its keys and reads its state."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_test_id("label-board")
        self.press = page.keyboard.press

    def open(self, server: AppServer, queue: Queue, name: str, playable: str = "true") -> None:
        """Open a queue, and give a name if the browser does not have one."""
        self.page.goto(f"{server.url}/label?queue={queue.queue_id}", wait_until="commit")
        field = self.page.get_by_role("textbox", name="Your name")
        expect(field.or_(self.root)).to_be_visible(timeout=LONG_MS)
        if field.is_visible():
            field.focus()
            self.page.keyboard.type(name)
            self.press("Enter")
        self.wait(playable=playable)

    def wait(self, **values: object) -> None:
        """Wait until the board says so: `wait(at=3, pending=0)`."""
        for name, value in values.items():
            expect(self.root).to_have_attribute(f"data-{name}", str(value), timeout=LONG_MS)

    def says(self, name: str) -> str:
        return self.root.get_attribute(f"data-{name}") or ""

    @property
    def labels(self) -> list[str]:
        return [name for name in self.says("labels").split(",") if name]

    def choose(self, name: str, *, instead: bool = False) -> None:
        """Give the clip a class by typing, besides those that it has or instead of them."""
        self.press("r")
        for _ in range(len(self.labels) if instead else 0):
            self.press("Backspace")
        self.page.keyboard.type(name.replace("_", " ").lower())
        self.press("Enter")
        self.press("Enter")
