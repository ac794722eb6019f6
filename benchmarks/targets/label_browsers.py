"""People at the page Label, each in a browser of their own, while the app is killed and started again."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from playwright.sync_api import sync_playwright

from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import LabelStore, build_queue, save_queue
from tools.app_server import CHROMIUM, CHROMIUM_FLAGS, AppServer
from tools.label_board import Board

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
            # A context each: with one, they would share what the browser keeps for a page.
            boards = {f"browser_{n}": Board(browser.new_context().new_page()) for n in range(num_browsers)}
            for name, board in boards.items():
                board.open(server, queue, name)
            pressed = _decide(boards, server)
            browser.close()
    finally:
        server.stop()
    return pressed


def _decide(boards: Mapping[str, Board], server: AppServer) -> dict[str, list[tuple[str, str]]]:
    pressed: dict[str, list[tuple[str, str]]] = {name: [] for name in boards}
    is_away = False
    for at in range(NUM_CLIPS):
        if at == NUM_CLIPS // 2:
            server.kill()
            is_away = True
        if is_away and (at == NUM_CLIPS // 2 + MOST_WHILE_AWAY or not _all_playable(boards)):
            server.start()
            is_away = False
            _wait_until_stored(boards)  # a key that is pressed while the page comes back does nothing
        for number, (name, board) in enumerate(boards.items()):
            board.wait(at=at, playable="true")
            key = list(KEYS)[(at + number) % len(KEYS)]
            pressed[name].append((board.says("clip"), KEYS[key]))
            board.press(key)
    _wait_until_stored(boards)
    return pressed


def _all_playable(boards: Mapping[str, Board]) -> bool:
    return all(board.says("playable") == "true" for board in boards.values())


def _wait_until_stored(boards: Mapping[str, Board]) -> None:
    for board in boards.values():
        board.wait(pending=0)


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
