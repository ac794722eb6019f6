"""The app in Chromium, watched: how long after a click something is drawn, and how many bytes came for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tools.app_server import CHROMIUM, CHROMIUM_FLAGS

SCRIPT = Path(__file__).with_name("drawn.js")
WAIT_MS = 300_000
_VIEW = {"width": 1280, "height": 1000}


class Watched:
    """A tab of the browser.

    Parameters
    ----------
    browser : Browser
    annotator : str
        The name that the page Label knows.
    """

    def __init__(self, browser: Browser, annotator: str = "benchmark") -> None:
        self.page: Page = browser.new_page(viewport=_VIEW)  # type: ignore[arg-type]
        self.page.set_default_timeout(WAIT_MS)
        self.page.add_init_script(path=SCRIPT)
        self.page.add_init_script(f"localStorage.setItem('fsat-label-annotator', '{annotator}')")
        self.num_bytes = 0.0
        self._session = self.page.context.new_cdp_session(self.page)
        self._session.on("Network.webSocketFrameReceived", self._count)

    def weigh(self, on: bool) -> None:
        """Count the bytes of messages from now on, or no longer: handing them over costs the browser time."""
        self._session.send("Network.enable" if on else "Network.disable")

    def open(self, url: str, present: Sequence[str]) -> None:
        """Go to an address, and wait until this is there."""
        self.page.goto(url)
        for selector in present:
            self.page.locator(selector.replace(" >>> ", " ")).first.wait_for()

    def time(
        self,
        target: Locator,
        present: Sequence[str] = (),
        changed: Sequence[str] = (),
        position: tuple[int, int] | None = None,
    ) -> float:
        """Milliseconds from a click on `target` until all is drawn; `num_bytes` came for it, if weighed.

        Parameters
        ----------
        target : Locator
        present : sequence of str
            Selectors of what only the finished page has.
        changed : sequence of str
            Selectors of what must read differently.
        position : (int, int), optional
            Where in the target to click, in pixels.
        """
        target.scroll_into_view_if_needed()
        self._expect(present, changed)
        target.click(position={"x": position[0], "y": position[1]} if position else None)
        return float(self.page.evaluate("drawn.wait()"))

    def press(self, key: str, present: Sequence[str] = (), changed: Sequence[str] = ()) -> float:
        """As `time`, from a key."""
        self._expect(present, changed)
        self.page.keyboard.press(key)
        return float(self.page.evaluate("drawn.wait()"))

    def _expect(self, present: Sequence[str], changed: Sequence[str]) -> None:
        self.num_bytes = 0.0
        self.page.evaluate("wanted => drawn.expect(...wanted)", [list(present), list(changed)])

    def _count(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        # A binary frame is handed over in base64.
        self.num_bytes += len(frame["payloadData"]) * (3 / 4 if frame["opcode"] == 2 else 1)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()
