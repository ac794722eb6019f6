"""The player on the page Clips in a real browser: the sound plays, and the view follows hand and sound."""

import time
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tools.app_server import AppServer

DURATION_S = 2_538_889 / 44_100  # of the demo set's longest clip, which the page opens on
PATIENCE_S = 30.0
ROW_HEIGHT = 35  # of the table, in pixels


class Player:
    """The player on a page, and what it says about itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_test_id("player")
        self.stage = page.get_by_test_id("player-stage")
        self.audio = page.locator("audio")

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

    def wait_until(self, is_met: Callable[[], bool]) -> None:
        """Wait for something that the browser changes by itself."""
        deadline = time.monotonic() + PATIENCE_S
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
            self.scroll(0.75, -400)
            self.wait_until(shorter)
        expect(self.root).to_have_attribute("data-resolved", "true")


@pytest.fixture
def player(app_server: AppServer, page: Page) -> Player:
    """The player on the longest clip of the demo set, ready to play."""
    page.goto(f"{app_server.url}/clips")
    player = Player(page)
    expect(player.stage).to_be_visible(timeout=1000 * PATIENCE_S)
    player.expect_whole()
    page.wait_for_function("document.querySelector('audio').readyState >= 3")
    return player


def test_space_plays_and_pauses(player: Player) -> None:
    player.stage.focus()
    player.page.keyboard.press("Space")
    expect(player.root).to_have_attribute("data-playing", "true")
    player.wait_until(lambda: player.audio.evaluate("audio => audio.currentTime") > 0.5)
    player.wait_until(lambda: player.number("playhead") > 0.5)
    player.page.keyboard.press("Space")
    expect(player.root).to_have_attribute("data-playing", "false")
    assert player.audio.evaluate("audio => audio.paused")


def test_the_playhead_follows_the_browsers_own_controls(player: Player) -> None:
    player.audio.evaluate("audio => { audio.currentTime = 30; return audio.play(); }")
    expect(player.root).to_have_attribute("data-playing", "true")
    player.wait_until(lambda: player.number("playhead") > 30.3)


def test_a_click_seeks(player: Player) -> None:
    player.page.mouse.click(*player.point(0.5))
    assert player.audio.evaluate("audio => audio.currentTime") == pytest.approx(DURATION_S / 2, abs=0.1)
    assert player.number("playhead") == pytest.approx(DURATION_S / 2, abs=0.1)


def test_the_wheel_zooms_to_samples_and_a_double_click_resets(player: Player) -> None:
    expect(player.root).to_have_attribute("data-drawn", "envelope")
    player.zoom_to_samples()
    expect(player.root).to_have_attribute("data-drawn", "samples")
    assert player.number("view-start") == pytest.approx(0.75 * DURATION_S, abs=0.1)
    player.page.mouse.dblclick(*player.point(0.3))
    player.expect_whole()
    expect(player.root).to_have_attribute("data-drawn", "envelope")
    assert player.number("playhead") == 0


def test_the_samples_drawn_are_those_of_the_file(player: Player) -> None:
    """The browser decodes the sound by itself: where the drawn line is must be what it hears."""
    player.zoom_to_samples()
    drawn, heard = player.root.evaluate(
        """async (root, shares) => {
            const response = await fetch(document.querySelector("audio").currentSrc);
            const context = new OfflineAudioContext(1, 1, 44100);
            const sound = (await context.decodeAudioData(await response.arrayBuffer())).getChannelData(0);
            const [start, stop] = [Number(root.dataset.viewStart), Number(root.dataset.viewStop)];
            const canvas = root.querySelector("canvas.drawing");
            const gutter = Number(root.dataset.gutter);
            const width = canvas.clientWidth - gutter - 10;
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, 152).data;
            const ink = (x, y) => pixels[4 * (y * canvas.width + x) + 3] > 200 &&
                pixels[4 * (y * canvas.width + x)] < 100;
            const first = Math.ceil(start * 44100);
            const indices = Array.from({length: Math.floor(stop * 44100) - first}, (_, i) => first + i);
            const middle = (i) => {
                const x = Math.round(gutter + ((i / 44100 - start) / (stop - start)) * width);
                const rows = Array.from({length: 132}, (_, y) => y + 20).filter((y) => ink(x, y));
                return rows.reduce((sum, y) => sum + y, 0) / rows.length;
            };
            return [indices.map((i) => -middle(i)), indices.map((i) => sound[i])];
        }"""
    )
    assert len(drawn) > 10
    mean_drawn, mean_heard = sum(drawn) / len(drawn), sum(heard) / len(heard)
    offsets = [(d - mean_drawn, h - mean_heard) for d, h in zip(drawn, heard, strict=True)]
    covariance = sum(d * h for d, h in offsets)
    correlation = covariance / (sum(d * d for d, _ in offsets) * sum(h * h for _, h in offsets)) ** 0.5
    assert correlation > 0.98


def test_zooming_sends_only_the_part_in_view(player: Player) -> None:
    sizes: list[int] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: sizes.append(len(frame)))

    player.page.on("websocket", listen)
    player.page.reload()
    player.expect_whole()
    player.wait_until(lambda: max(sizes, default=0) > 100_000)  # the whole clip, with its pictures
    sizes.clear()
    player.zoom_to_samples()
    assert 0 < max(sizes) < 60_000


def test_buttons_and_keys_zoom_and_move(player: Player) -> None:
    player.page.get_by_test_id("player-zoom-in").click()
    player.wait_until(lambda: player.span_s == pytest.approx(DURATION_S / 2))
    player.page.get_by_test_id("player-zoom-out").click()
    player.expect_whole()
    player.stage.focus()
    player.page.keyboard.press("+")
    player.page.keyboard.press("+")
    player.wait_until(lambda: player.span_s == pytest.approx(DURATION_S / 4))
    before = player.number("view-start")
    player.page.keyboard.press("ArrowRight")
    player.wait_until(lambda: player.number("view-start") == pytest.approx(before + 0.05 * DURATION_S))
    player.page.keyboard.press("0")
    player.expect_whole()


def test_dragging_moves_the_view_and_does_not_seek(player: Player) -> None:
    player.scroll(0.5, -700)
    player.wait_until(lambda: player.span_s < DURATION_S / 2)
    start, span = player.number("view-start"), player.span_s
    player.page.mouse.move(*player.point(0.8))
    player.page.mouse.down()
    player.page.mouse.move(*player.point(0.3), steps=5)
    player.page.mouse.up()
    player.wait_until(lambda: player.number("view-start") == pytest.approx(start + 0.5 * span, rel=0.02))
    assert player.span_s == pytest.approx(span)
    assert player.number("playhead") == 0


def test_the_page_scrolls_where_there_is_nothing_to_zoom_out(player: Player) -> None:
    player.page.set_viewport_size({"width": 1280, "height": 700})
    top = player.point(0.5)[1]
    player.scroll(0.5, 200)
    player.wait_until(lambda: (player.stage.bounding_box() or {"y": top})["y"] < top - 10)
    player.expect_whole()


def test_a_click_on_a_row_shows_that_clip(player: Player) -> None:
    source = player.audio.evaluate("audio => audio.currentSrc")
    table = player.page.get_by_test_id("stDataFrame")
    table.click(position={"x": 120, "y": 2.5 * ROW_HEIGHT})
    player.wait_until(lambda: player.audio.evaluate("audio => audio.currentSrc") != source)
    expect(player.root).not_to_have_attribute("data-view-stop", f"{DURATION_S:.6f}")
    expect(player.page.get_by_text("2 of ", exact=False)).to_be_visible()
    assert "clip=curated" in player.page.url
    player.page.keyboard.press("p")
    player.expect_whole()
