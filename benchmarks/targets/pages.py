"""How fast the pages are in a browser, on a set as large as FSDKaggle2019 and on one of a million clips.

Clicks through the navigation, the filters of Explore and Clips, and clips, after each page has been opened
once. The browser measures from the click until the frame in which all that was asked for is drawn. Bytes are
those of the messages until then, before compression. Needs Chromium and Playwright.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Locator

from benchmarks.figures import Figure, run_figures
from benchmarks.serving import (
    CHARTS_KB,
    FILTER_MS,
    MANY_MS,
    MANY_ROWS,
    NUM_VIEWERS,
    PAGE_MS,
    ROWS,
    live_curves,
    memory_of,
    serve,
)
from benchmarks.targets.browser import Watched, chromium
from tools.app_server import AppServer

NAME = "targets.pages"
NUM_ROUNDS, NUM_PICKS = 5, 7
# Label still fetches the next clips when it is drawn: without a pause they would count for the next page.
SETTLE_MS = 500
LIVE_S = 20

CHART = ".st-key-explore_classes .main-svg text"
PLAYER = ".st-key-clips-player [data-testid=stBidiComponentIsolated] >>> [data-drawn]"
LIST = ".st-key-clips_list [data-testid=stBidiComponentIsolated] >>> [data-at]"
BOARD = ".st-key-label_board [data-testid=stBidiComponentIsolated] >>> [data-testid=label-board]"
CURVES = "[class*=st-key-chart-] [data-testid=stBidiComponentIsolated] >>> .plots path"
# What only the finished page has. A tab opens on Explore, so Explore is last: a click on the page in view
# does nothing.
DRAWN = {
    "Clips": (PLAYER, LIST),
    "Classes": (".st-key-class_lengths .main-svg text",),
    "Label": (f"{BOARD}[data-playable=true]",),
    "Train": (CURVES,),
    "Evaluate": (".st-key-evaluate_classes .main-svg text",),
    "Predict": ("[data-testid=stFileUploader]", ".st-key-predict_networks"),
    "Explore": (CHART,),
}
EXPLORED = ["[data-testid=stMetricValue]", ".st-key-explore_classes .main-svg"]
LISTED = "[data-testid=stMain] [data-testid=stCaptionContainer]"
PICKED = ["[data-testid=stMain] h2", PLAYER]
LARGE = ("Clips", "Explore")  # the pages that are about the whole catalogue


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where a target is missed."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(folder: Path) -> Iterator[Figure]:
    """All figures of the pages in a browser."""
    with chromium() as browser:
        with serve(folder / "usual", ROWS) as server:
            yield from usual_size(browser, server)
            yield live_curves(server, partial(watch, browser, server.url))
        with serve(folder / "many", MANY_ROWS) as server:
            yield from million(browser, server)


def usual_size(browser: Browser, server: AppServer) -> Iterator[Figure]:
    """Page changes, filters and picks, and what pages weigh."""
    tab = Watched(browser)
    sizes = weigh_pages(tab, server, tuple(DRAWN))
    changes = change_pages(tab, tuple(DRAWN))
    yield Figure(f"page change, p95 of {len(changes)}", p95(changes), "ms", PAGE_MS, at_most=True)
    times = filter_and_pick(tab)
    yield Figure(f"filter or clip pick, p95 of {len(times)}", p95(times), "ms", FILTER_MS, at_most=True)
    name = max(sizes, key=lambda page: sizes[page])
    yield Figure(f"messages of the largest page, {name}", sizes[name] / 1e3, "kB", CHARTS_KB, at_most=True)
    tab.page.close()


def million(browser: Browser, server: AppServer) -> Iterator[Figure]:
    """The same with a million rows, on the pages about the catalogue; and the app's memory after it."""
    tab = Watched(browser)
    weigh_pages(tab, server, LARGE)
    changes = change_pages(tab, LARGE)
    times = filter_and_pick(tab)
    where = f"at {MANY_ROWS:,} rows"
    yield Figure(f"page change {where}, p95 of {len(changes)}", p95(changes), "ms", MANY_MS, at_most=True)
    yield Figure(f"filter or clip pick {where}, p95 of {len(times)}", p95(times), "ms", MANY_MS, at_most=True)
    yield memory_of(server)
    tab.page.close()


def weigh_pages(tab: Watched, server: AppServer, pages: Sequence[str]) -> dict[str, float]:
    """The bytes of the messages that come for each page, opened for the first time in this browser."""
    tab.open(server.url, DRAWN["Explore"])
    tab.weigh(True)
    sizes: dict[str, float] = {}
    for page in pages:
        tab.time(link(tab, page), DRAWN[page])
        sizes[page] = tab.num_bytes
        tab.page.wait_for_timeout(SETTLE_MS)
    tab.weigh(False)
    return sizes


def change_pages(tab: Watched, pages: Sequence[str]) -> list[float]:
    """Milliseconds of each page change, all pages in turn."""
    return [change_page(tab, page) for _ in range(NUM_ROUNDS) for page in pages]


def change_page(tab: Watched, page: str) -> float:
    """Milliseconds of one page change, after which the page is left alone for a moment."""
    taken_ms = tab.time(link(tab, page), DRAWN[page])
    tab.page.wait_for_timeout(SETTLE_MS)
    return taken_ms


def filter_and_pick(tab: Watched) -> list[float]:
    """Milliseconds of filters on Explore, then of filters and picks on Clips."""
    explore = [
        *(("explore_splits", "Noisy", EXPLORED) for _ in range(2)),
        *(("explore_label_kind", name, EXPLORED) for name in ("One", "Several", "Any")),
    ]
    clips = [
        *(("clips_show", name, [LISTED]) for name in ("Long", "Short", "Same length", "Abnormal", "All")),
        *(("clips_split", "Curated", [LISTED]) for _ in range(2)),
    ]
    tab.time(link(tab, "Explore"), DRAWN["Explore"])
    times = [tab.time(choice(tab, key, name), changed=changed) for key, name, changed in explore * NUM_ROUNDS]
    tab.time(link(tab, "Clips"), DRAWN["Clips"])
    times += [tab.time(choice(tab, key, name), changed=changed) for key, name, changed in clips]
    following = tab.page.get_by_test_id("player-next")
    times += [tab.time(following, changed=PICKED) for _ in range(NUM_PICKS)]
    table = tab.page.get_by_test_id("clip-rows")
    return times + [
        tab.time(table, changed=PICKED, position=(100, 47 + 30 * (row % 5))) for row in range(NUM_PICKS)
    ]


def choice(tab: Watched, key: str, name: str) -> Locator:
    """A button in a row of choices."""
    return tab.page.locator(f".st-key-{key} button").filter(has_text=re.compile(rf"^{name}$"))


def link(tab: Watched, page: str) -> Locator:
    """A page in the navigation."""
    return tab.page.get_by_test_id("stSidebarNavLink").filter(has_text=page)


def p95(times: Sequence[float]) -> float:
    """The time that 95 % do not exceed."""
    return float(np.percentile(times, 95))


def watch(browser: Browser, url: str, begin: Callable[[], None], seconds: float = LIVE_S) -> None:
    """Several tabs with Train, for a while after `begin` is called."""
    tabs = [Watched(browser) for _ in range(NUM_VIEWERS)]
    for tab in tabs:
        tab.open(f"{url}/train", [CURVES])
    begin()
    tabs[0].page.wait_for_timeout(1_000 * seconds)
    for tab in tabs:
        tab.page.close()


if __name__ == "__main__":
    raise SystemExit(main())
