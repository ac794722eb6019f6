"""The list on the page Clips in a real browser: going from clip to clip, by hand and by key."""

import csv
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.helpers.browsers import PATIENCE_MS, expect_list, expect_player
from tests.helpers.player import Player
from tools.app_server import AppServer


class ClipList:
    """The list above the player, and what it says about itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_test_id("clip-list")
        self.view = page.get_by_test_id("clip-rows")
        self.place = page.get_by_test_id("clip-place")
        self.picked = self.view.locator("[role=row][aria-selected=true]")
        self.player = Player(page)

    def row(self, number: int) -> Locator:
        """A row by its number, which begins with 1."""
        return self.view.locator(f"[data-at='{number - 1}']")

    def files(self) -> list[str]:
        """The file names in view."""
        return self.view.locator(".row .file").all_inner_texts()

    def expect_picked(self, number: int) -> str:
        """That row is picked, in view and below; its file name is returned."""
        expect(self.picked).to_have_attribute("data-at", str(number - 1))
        expect(self.picked).to_be_in_viewport()
        expect(self.picked.locator(".file")).not_to_have_text("…")
        name = self.picked.locator(".file").inner_text()
        expect(self.page.get_by_test_id("stMain").locator("h2")).to_have_text(name)
        shown = re.compile(f"/{re.escape(name)}$")
        expect(self.player.root).to_have_attribute("data-clip", shown)
        return name


@pytest.fixture
def clips(app_server: AppServer, page: Page) -> ClipList:
    """The list of all clips of the demo set, by name, 1280 x 800, with no clip picked yet."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{app_server.url}/clips?show=all&order=name")
    expect_list(page)
    expect_player(page)
    return ClipList(page)


def test_list_and_player_are_in_one_view(clips: ClipList) -> None:
    for part in (clips.view, clips.page.get_by_test_id("player-play")):
        expect(part).to_be_in_viewport(ratio=1)
    expect(clips.player.stage).to_be_in_viewport(ratio=0.6)
    expect(clips.row(5)).to_be_in_viewport(ratio=1)


def test_a_click_counts_though_the_list_is_drawn_while_the_button_is_down(clips: ClipList) -> None:
    clips.expect_picked(1)
    clips.row(3).locator(".file").hover()
    clips.page.mouse.down()
    clips.view.evaluate("view => view.dispatchEvent(new Event('scroll'))")  # as where rows arrive
    clips.page.mouse.up()
    clips.expect_picked(3)


def test_the_list_stays_where_it_was_scrolled_to(clips: ClipList) -> None:
    clips.expect_picked(1)
    places = clips.view.evaluate(
        """async view => {
            const places = [];
            view.addEventListener("scroll", () => places.push(view.scrollTop));
            view.scrollTop = 40;
            for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
            view.scrollTop = 160;
            for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
            return places;
        }"""
    )
    assert places == [40, 160]


def test_any_row_can_be_gone_to_on_a_fresh_page_and_after_a_click(clips: ClipList) -> None:
    first = clips.expect_picked(1)
    clips.place.fill("100")
    clips.place.press("Enter")
    far = clips.expect_picked(100)
    expect(clips.row(101).locator(".file")).not_to_have_text("…")
    clips.row(101).click()
    clicked = clips.expect_picked(101)
    clips.place.fill("20")
    clips.place.press("Enter")
    assert first < clips.expect_picked(20) < far < clicked
    clips.view.focus()
    clips.page.keyboard.press("End")
    expect(clips.place).to_have_value("204")
    clips.expect_picked(204)
    assert "clip=" in clips.page.url


# Presses a head twice and goes on to the next clip, all before the list can have come.
TWICE_AND_ON = """head => {
  head.click();
  head.click();
  head.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true, composed: true }));
}"""


def test_heads_sort_all_rows_and_are_not_covered(clips: ClipList) -> None:
    clips.page.get_by_role("button", name="Duration").click()
    expect(clips.row(1)).to_contain_text("57.571 s")
    clips.page.get_by_role("button", name="Duration").click()
    expect(clips.row(2)).to_contain_text("0.391 s")  # the first cannot be read
    clips.page.get_by_role("button", name="File").click()
    expect(clips.page.get_by_role("columnheader", name="File")).to_have_attribute("aria-sort", "ascending")
    ascending = clips.files()
    clips.page.get_by_role("button", name="File").click()
    expect(clips.page.get_by_role("columnheader", name="File")).to_have_attribute("aria-sort", "descending")
    assert ascending == sorted(ascending)
    assert clips.files() == sorted(clips.files(), reverse=True)
    assert clips.files()[0] > ascending[-1]
    expect(clips.page).to_have_url(re.compile("order=name_down"))
    clips.page.get_by_role("button", name="File").click()
    clips.expect_picked(1)
    labels = clips.view.get_by_role("button", name="Labels")
    labels.focus()
    labels.evaluate(TWICE_AND_ON)
    expect(clips.page.get_by_role("columnheader", name="Labels")).to_have_attribute(
        "aria-sort", "descending", timeout=PATIENCE_MS
    )
    expect(labels).to_be_focused()
    expect(clips.page).to_have_url(re.compile("order=label_down"))
    expect(clips.page.get_by_test_id("stMain").locator("h2")).to_have_text(ascending[1])


def test_a_row_that_is_no_number_goes_nowhere(clips: ClipList) -> None:
    clips.place.fill("50")
    clips.place.press("Enter")
    clips.expect_picked(50)
    clips.place.fill("")
    clips.place.press("Enter")
    expect(clips.place).to_have_value("50")
    clips.expect_picked(50)


def test_keys_work_after_play_was_clicked_and_the_next_clip_plays_on(clips: ClipList) -> None:
    page, player = clips.page, clips.player
    page.keyboard.press("l")  # over and over, so that it still plays when the next one is asked for
    page.get_by_test_id("player-play").click()
    expect(player.root).to_have_attribute("data-playing", "true")
    page.keyboard.press("n")
    clips.expect_picked(2)
    expect(player.root).to_have_attribute("data-playing", "true")
    page.keyboard.press("Space")
    expect(player.root).to_have_attribute("data-playing", "false")
    page.keyboard.press("p")
    clips.expect_picked(1)
    expect(player.root).to_have_attribute("data-playing", "false")
    page.keyboard.press("l")


def test_keys_work_wherever_was_clicked(clips: ClipList) -> None:
    page = clips.page
    page.get_by_test_id("stButtonGroup").get_by_role("button", name="Noisy").click()
    expect(page.get_by_test_id("clip-total")).not_to_have_text("of 204")
    page.keyboard.press("n")
    clips.expect_picked(2)
    for spot in (
        page.get_by_role("heading", name="Clips"),
        page.get_by_test_id("player-zoom-in"),
        page.get_by_test_id("player-volume"),
    ):
        spot.click()
        page.keyboard.press("n")
    clips.expect_picked(5)
    page.keyboard.press("l")  # a short clip could end before anyone looks
    page.keyboard.press("Space")
    expect(clips.player.root).to_have_attribute("data-playing", "true")
    total = page.get_by_test_id("clip-total").inner_text()
    page.get_by_role("combobox", name="Label", exact=True).click()
    page.get_by_role("option", name="Bark", exact=True).click()
    expect(page.get_by_test_id("clip-total")).not_to_have_text(total)
    shown = page.get_by_test_id("stMain").locator("h2").inner_text()
    page.keyboard.press("n")  # the list of labels has the focus, and nobody types there
    expect(page.get_by_test_id("stMain").locator("h2")).not_to_have_text(shown)


def test_presses_that_come_faster_than_drawings_all_count(clips: ClipList) -> None:
    for _ in range(12):
        clips.page.keyboard.press("n")
    clips.expect_picked(13)


def test_the_next_clip_plays_although_it_has_the_same_sound(clips: ClipList, app_server: AppServer) -> None:
    page, player = clips.page, clips.player
    with (app_server.data_dir / "demo_oddities.csv").open() as file:
        (copy,) = (row for row in csv.DictReader(file) if row["kind"] == "duplicate")
    name, original = copy["fname"], copy["copy_of"]
    page.goto(f"{app_server.url}/clips?show=all&order=most_frames&clip=curated/{name}")
    expect(player.root).to_have_attribute("data-clip", f"curated/{name}")
    expect(clips.picked.locator(".file")).to_have_text(name)
    names = clips.files()
    key = "n" if names.index(name) < names.index(original) else "p"
    page.keyboard.press("l")
    page.keyboard.press("Space")
    page.keyboard.press(key)  # at once: what is wanted stays so
    for _ in range(abs(names.index(name) - names.index(original)) - 1):
        page.keyboard.press(key)
    expect(player.root).to_have_attribute("data-clip", f"curated/{original}")
    expect(player.root).to_have_attribute("data-playing", "true")
    expect(page.get_by_test_id("player-save")).to_have_attribute("download", original)
    page.keyboard.press("l")


BOTH_ARE_HERE = "sounds => sounds.length === 2 && sounds.every(sound => sound.readyState >= 3)"


def test_the_next_clip_is_heard_before_it_is_drawn(clips: ClipList) -> None:
    page, player = clips.page, clips.player
    first = clips.expect_picked(1)
    page.keyboard.press("l")
    page.keyboard.press("Space")
    page.keyboard.press("n")
    clips.expect_picked(2)
    page.keyboard.press("p")  # all three have been read by now
    clips.expect_picked(1)
    player.wait_until(lambda: page.locator("audio").evaluate_all(BOTH_ARE_HERE))
    heard = page.evaluate(
        """() => new Promise((resolve) => {
            const root = document.querySelector(".st-key-clips-player [data-testid=stBidiComponentIsolated]");
            const drawn = () => root.shadowRoot.querySelector("[data-clip]").dataset.clip;
            const first = drawn();
            document.addEventListener("playing", ({ target }) => {
                const heard = target.getAttribute("aria-label");
                if (heard !== first) resolve([heard, drawn()]); // that one plays over and over until then
            }, { capture: true });
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true }));
        })"""
    )
    second = clips.expect_picked(2)
    assert [label.rpartition("/")[2] for label in heard] == [second, first]
    expect(player.root).to_have_attribute("data-playing", "true")
    player.wait_until(lambda: player.audio.evaluate("audio => audio.currentTime") > 0)


def test_autoplay_goes_on_to_the_next_clip(clips: ClipList) -> None:
    page, playing = clips.page, ("data-playing", "true")
    page.goto(page.url.replace("order=name", "order=shortest"))
    expect_list(page)  # its first clip cannot be read, and has no player
    clips.view.focus()
    page.keyboard.press("End")
    clips.expect_picked(204)  # the longest clip, which plays for as long as anyone looks
    for key in ("o", "l"):
        page.keyboard.press(key)
    clips.row(203).get_by_role("button", name="Play").click()
    clips.expect_picked(203)
    expect(clips.player.root).to_have_attribute(*playing)
    page.keyboard.press("l")  # no longer over and over: it comes to its end
    clips.expect_picked(204)
    expect(clips.player.root).to_have_attribute(*playing)
