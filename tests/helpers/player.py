"""The player on a page in a real browser, for tests that use it."""

import time
from collections.abc import Callable
from functools import partial

from playwright.sync_api import Locator, Page, expect

from tests.helpers.browsers import PATIENCE_MS

DURATION_S = 2_538_889 / 44_100  # of the demo set's longest clip, which the page opens on


class Player:
    """The player on a page, and what it says about itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_test_id("player")
        self.stage = page.get_by_test_id("player-stage")

    @property
    def audio(self) -> Locator:
        """The sound of the clip that is shown: those beside it have theirs, too."""
        return self.page.locator(f"audio[aria-label='{self.root.get_attribute('data-clip')}']")

    def number(self, name: str) -> float:
        """One of the numbers that the player publishes, in seconds or pixels."""
        return float(self.root.get_attribute(f"data-{name}") or "nan")

    @property
    def span_s(self) -> float:
        """How much time is in view."""
        return self.number("view-stop") - self.number("view-start")

    def is_shorter_than(self, span_s: float) -> bool:
        """Less time is in view than that."""
        return self.span_s < span_s

    def point(self, share: float) -> tuple[float, float]:
        """Where on the page a share of the view lies, on the waveform."""
        self.stage.scroll_into_view_if_needed()
        box = self.stage.bounding_box()
        assert box is not None
        gutter = self.number("gutter")
        return box["x"] + gutter + share * (box["width"] - gutter - 10), box["y"] + 60

    def scroll(self, share: float, delta: float) -> None:
        """Turn the wheel with the pointer at a share of the view."""
        self.page.mouse.move(*self.point(share))
        self.page.mouse.wheel(0, delta)

    def zoom(self, share: float, delta: float) -> None:
        """Turn the wheel with Ctrl."""
        self.page.keyboard.down("Control")
        self.scroll(share, delta)
        self.page.keyboard.up("Control")

    def wait_until(self, is_met: Callable[[], bool]) -> None:
        """Wait for something that the browser changes by itself."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not is_met():
            assert time.monotonic() < deadline, self.root.evaluate("root => ({...root.dataset})")
            self.page.wait_for_timeout(50)

    def expect_whole(self) -> None:
        """The whole of the longest clip is in view."""
        expect(self.root).to_have_attribute("data-view-start", "0.000000")
        expect(self.root).to_have_attribute("data-view-stop", f"{DURATION_S:.6f}")

    def zoom_to_samples(self) -> None:
        """Zoom in until samples are told apart, at three quarters of the clip."""
        while self.span_s > 0.001:
            shorter = partial(self.is_shorter_than, self.span_s)
            self.zoom(0.75, -400)
            self.wait_until(shorter)
        expect(self.root).to_have_attribute("data-resolved", "true")
