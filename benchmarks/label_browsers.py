"""People at the page Label, each in a browser of their own, while the app is killed and started again."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.labelling import WAIT_MS, open_queue
from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import LabelStore, build_queue, save_queue
from tools.app_server import CHROMIUM, CHROMIUM_FLAGS, AppServer

NUM_CLIPS = 100  # that each of them decides on
MOST_WHILE_AWAY = 3  # clips to decide on while there is no app, as far as the browsers have them already
KEYS = {"a": "accept", "x": "remove", "u": "unsure"}


def label_in_browsers(url: str, folder: Path, num_browsers: int) -> dict[str, list[tuple[str, str]]]:
    """Let people decide on the same queue at once, by keys; the app is killed (SIGKILL) half way.

    Parameters
    ----------
    url : str
        Of the label database.
    folder : Path
        For the app's files.
    num_browsers : int
        How many people there are.

    Returns
    -------
    dict of str to list of (clip_id, action)
        What each of them pressed, in that order, by annotator. Their browsers have heard of every decision
        that it is stored.
    """
    folder.mkdir()
    server = AppServer(folder, database_url=url)
    with LabelStore.open(url) as store:
        catalogue = scan(open_dataset(server.data_dir), server.cache_dir)
        queue = save_queue(store, build_queue("random", catalogue, limit=NUM_CLIPS))
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
            pages = {f"browser_{number}": _new_page(browser) for number in range(num_browsers)}
            for name, page in pages.items():
                open_queue(page, server, queue, name)
            pressed = _decide(pages, server)
            browser.close()
    finally:
        server.stop()
    return pressed


def _new_page(browser: Browser) -> Page:
    return browser.new_context().new_page()


def _decide(pages: Mapping[str, Page], server: AppServer) -> dict[str, list[tuple[str, str]]]:
    pressed: dict[str, list[tuple[str, str]]] = {name: [] for name in pages}
    is_away = False
    for at in range(NUM_CLIPS):
        if at == NUM_CLIPS // 2:
            server.kill()
            is_away = True
        if is_away and (at == NUM_CLIPS // 2 + MOST_WHILE_AWAY or not all(map(_is_playable, pages.values()))):
            server.start()
            is_away = False
        for number, (name, page) in enumerate(pages.items()):
            board = page.get_by_test_id("label-board")
            expect(board).to_have_attribute("data-at", str(at), timeout=WAIT_MS)
            expect(board).to_have_attribute("data-playable", "true", timeout=WAIT_MS)
            key = list(KEYS)[(at + number) % len(KEYS)]
            pressed[name].append((board.get_attribute("data-clip") or "", KEYS[key]))
            page.keyboard.press(key)
    for page in pages.values():
        expect(page.get_by_test_id("label-board")).to_have_attribute("data-pending", "0", timeout=WAIT_MS)
    return pressed


def _is_playable(page: Page) -> bool:
    return page.get_by_test_id("label-board").get_attribute("data-playable") == "true"


def compare_pressed(pressed: Mapping[str, list[tuple[str, str]]], stored: pd.DataFrame) -> dict[str, int]:
    """`browser_decisions`: how many were pressed; `browser_faults`: how many stored rows differ from them."""
    faults = 0
    for name, decisions in pressed.items():
        rows = stored[stored["annotator"] == name]
        found = list(zip(rows["clip_id"], rows["action"], strict=True))
        # Row by row in the order of the keys: a lost or doubled one shifts all that follow.
        faults += sum(a != b for a, b in zip(decisions, found, strict=False))
        faults += abs(len(found) - len(decisions))
    return {"browser_decisions": sum(map(len, pressed.values())), "browser_faults": faults}
