"""The map on Explore in a real browser: it is drawn, coloured, and what is drawn around leads on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.sets.heard_set import write_heard_set
from fsat_core.dataset import open_dataset, scan
from tests.helpers.browsers import expect_player, new_context
from tests.helpers.inspector import Inspector, axe_script
from tools.app_server import AppServer


@pytest.fixture
def url(browser: Browser, kaggle_set: Path, tmp_path: Path) -> Iterator[str]:
    """The app on a set of 22 clips that have been heard. First the browser, or the test is skipped."""
    (tmp_path / "app").mkdir()
    server = AppServer(tmp_path / "app", kaggle_set)
    dataset = open_dataset(kaggle_set)
    write_heard_set(dataset, scan(dataset, server.cache_dir), server.settings)
    server.start()
    yield server.url
    server.stop()


def test_clips_are_coloured_and_what_is_drawn_around_leads_on(url: str, page: Page) -> None:
    page.goto(f"{url}/?tab=Map")
    sound_map, legend = page.get_by_test_id("sound-map"), page.get_by_test_id("map-legend")
    expect(sound_map).to_have_attribute("data-clips", "22")
    expect(legend.get_by_role("button", name="Bark")).to_be_visible()
    for colour, group in (("Split", "Curated"), ("Class", "Bark")):
        before = sound_map.get_attribute("data-drawn") or ""
        page.get_by_role("radio", name=colour, exact=True).click()
        expect(legend.get_by_role("button", name=group)).to_be_visible()
        expect(sound_map).not_to_have_attribute("data-drawn", before)

    draw_around(page)
    expect(page.get_by_test_id("map-count")).to_have_text("22 clips chosen")
    page.get_by_role("button", name="Open in Clips").click()
    expect(page.get_by_text("22 of 22 clips")).to_be_visible()
    page.go_back()

    expect(sound_map).to_have_attribute("data-clips", "22")
    stage = page.get_by_test_id("map-stage")
    stage.focus()
    for key in ("ArrowRight", "Space", "ArrowRight", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_test_id("map-card")).to_contain_text(".wav")
    expect(page.get_by_test_id("map-count")).to_have_text("1 clip chosen")
    expect(page.get_by_test_id("player-stage")).to_be_visible()
    page.get_by_role("button", name="Label these").click()
    expect(page.get_by_role("heading", name="Label", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("queue="))


def test_the_map_has_no_fault_in_either_theme(url: str, browser: Browser) -> None:
    context = new_context(browser)
    context.add_init_script(axe_script())
    page = context.new_page()
    inspector = Inspector(page, url)
    page.goto(f"{url}/?tab=Map")
    expect(page.get_by_test_id("sound-map")).to_have_attribute("data-clips", "22")
    inspector.inspect("Map")
    draw_around(page)
    expect(page.get_by_test_id("map-count")).to_have_text("22 clips chosen")
    inspector.inspect("Map, chosen")
    page.get_by_test_id("map-stage").focus()
    for key in ("ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect_player(page)
    inspector.inspect("Map, a clip")
    context.close()
    assert inspector.errors == []
    assert inspector.found == {}


def draw_around(page: Page) -> None:
    """Draw a lasso around the whole map."""
    stage = page.get_by_test_id("map-stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    left, top = box["x"] + 3, box["y"] + 3
    right, bottom = left + box["width"] - 6, top + box["height"] - 6
    page.mouse.move(left, top)
    page.mouse.down()
    for place in ((right, top), (right, bottom), (left, bottom), (left, top + 5)):
        page.mouse.move(*place, steps=5)
    page.mouse.up()
