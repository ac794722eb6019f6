"""The player on the page Clips in a real browser: the sound plays, and the view follows hand and sound."""

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.helpers.browsers import expect_list, expect_player
from tests.helpers.player import DURATION_S, Player
from tools.app_server import AppServer


@pytest.fixture
def player(app_server: AppServer, page: Page) -> Player:
    """The player on the longest clip of the demo set, ready to play."""
    page.goto(f"{app_server.url}/clips")
    player = Player(page)
    expect_list(page)  # which is told of keys
    expect_player(page)
    player.expect_whole()
    player.wait_until(lambda: player.audio.evaluate("audio => audio.readyState >= 3"))
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


# How much of the drawing's height the playhead crosses, and what is written beside the spectrogram.
CROSSED = """root => {
  const [lower, upper] = root.querySelectorAll("canvas");
  const { gutter, viewStart, viewStop, playhead } = root.dataset;
  const share = (playhead - viewStart) / (viewStop - viewStart);
  const ratio = upper.width / upper.clientWidth;
  const isInked = (canvas, x, y, width, height) => canvas.getContext("2d")
    .getImageData(x * ratio, y * ratio, Math.max(width * ratio, 1), Math.max(height * ratio, 1))
    .data.some((value, i) => i % 4 === 3 && value > 0);
  const x = Number(gutter) + share * (upper.clientWidth - gutter - 10);
  const rows = Array.from({ length: upper.clientHeight }, (_, y) => isInked(upper, x, y, 1, 1));
  return [rows.filter(Boolean).length / rows.length, isInked(lower, 0, 135, gutter - 8, 90)];
}"""


def test_a_click_seeks_with_one_playhead_over_waveform_and_spectrogram(player: Player) -> None:
    player.page.mouse.click(*player.point(0.5))
    assert player.audio.evaluate("audio => audio.currentTime") == pytest.approx(DURATION_S / 2, abs=0.1)
    assert player.number("playhead") == pytest.approx(DURATION_S / 2, abs=0.1)
    share, has_frequencies = player.root.evaluate(CROSSED)
    assert share > 0.85
    assert has_frequencies


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
            const audio = document.querySelector(`audio[aria-label="${root.dataset.clip}"]`);
            const response = await fetch(audio.currentSrc);
            const context = new OfflineAudioContext(1, 1, 44100);
            const sound = (await context.decodeAudioData(await response.arrayBuffer())).getChannelData(0);
            const [start, stop] = [Number(root.dataset.viewStart), Number(root.dataset.viewStop)];
            const canvas = root.querySelector("canvas.drawing");
            const gutter = Number(root.dataset.gutter);
            const width = canvas.clientWidth - gutter - 10;
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, 96).data;
            const ink = (x, y) => pixels[4 * (y * canvas.width + x) + 3] > 200 &&
                pixels[4 * (y * canvas.width + x)] < 100;
            const first = Math.ceil(start * 44100);
            const indices = Array.from({length: Math.floor(stop * 44100) - first}, (_, i) => first + i);
            const middle = (i) => {
                const x = Math.round(gutter + ((i / 44100 - start) / (stop - start)) * width);
                const rows = Array.from({length: 76}, (_, y) => y + 20).filter((y) => ink(x, y));
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
    assert 0 < max(sizes) < 90_000  # the waveform, and a picture of what is in view


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
    player.zoom(0.5, -700)
    player.wait_until(lambda: player.span_s < DURATION_S / 2)
    start, span = player.number("view-start"), player.span_s
    player.page.mouse.move(*player.point(0.8))
    player.page.mouse.down()
    player.page.mouse.move(*player.point(0.3), steps=5)
    player.page.mouse.up()
    player.wait_until(lambda: player.number("view-start") == pytest.approx(start + 0.5 * span, rel=0.02))
    assert player.span_s == pytest.approx(span)
    assert player.number("playhead") == 0


def test_the_wheel_alone_scrolls_the_page(player: Player) -> None:
    player.page.set_viewport_size({"width": 1280, "height": 600})
    for delta in (200, -200):
        top = player.point(0.5)[1]
        player.scroll(0.5, delta)
        player.wait_until(lambda top=top: (player.stage.bounding_box() or {"y": top})["y"] + 60 != top)  # type: ignore[misc]
    player.expect_whole()
