"""How fast the map on Explore is in a browser, with a dot for each of 28,000 clips.

The browser measures from the click or key until the frame in which the dots are drawn anew; the outline of a
choice counts from the moment at which it ends. What YAMNet would hear is made up. Needs Chromium.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Locator

from benchmarks.figures import Figure, run_figures
from benchmarks.serving import PAGE_MS, ROWS, serve
from benchmarks.sets.heard_set import write_heard_set
from benchmarks.targets.browser import Watched, chromium
from benchmarks.targets.pages import CHART, SETTLE_MS, choice, p95
from fsat_core.dataset import open_dataset, scan

NAME = "targets.sound_map"
NUM_ROUNDS = 10
MAP = ".st-key-explore_map [data-testid=stBidiComponentIsolated] >>> .map"
KEYS = ("+", "+", "Shift+ArrowLeft", "Shift+ArrowUp", "-", "0")
COLOUR_KB = 150  # whole numbers of two bytes, as text, and the component itself


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where a target is missed."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(folder: Path) -> Iterator[Figure]:
    """All figures of the map."""
    with serve(folder / "usual", ROWS) as server, chromium() as browser:
        dataset = open_dataset(server.data_dir)
        write_heard_set(dataset, scan(dataset, server.cache_dir), server.settings)
        tab = Watched(browser)
        tab.open(f"{server.url}/?tab=Map", [f"{MAP}[data-drawn]"])
        tab.page.wait_for_timeout(SETTLE_MS)
        for what, times, limit_ms in (
            ("opened", open_map(tab), PAGE_MS),
            ("coloured otherwise", change_colour(tab), PAGE_MS),
            ("moved or zoomed", move(tab), PAGE_MS),
            ("clips chosen with a lasso", draw_around(tab), PAGE_MS),
        ):
            yield Figure(f"map: {what}, p95 of {len(times)}", p95(times), "ms", limit_ms, at_most=True)
        yield weigh_colour(tab)


def open_map(tab: Watched) -> list[float]:
    """Milliseconds from a click on the tab to the map."""
    times = []
    for _ in range(NUM_ROUNDS):
        tab.time(tab.page.get_by_role("tab", name="Classes"), [CHART])
        tab.page.wait_for_timeout(SETTLE_MS)
        times.append(tab.time(tab.page.get_by_role("tab", name="Map"), [f"{MAP}[data-drawn]"]))
        tab.page.wait_for_timeout(SETTLE_MS)
    return times


def change_colour(tab: Watched) -> list[float]:
    """Milliseconds from a choice of colour to the map in it."""
    for name in ("Suspicion", "Mistakes"):  # worked out once
        tab.time(choice(tab, "explore_map_colour", name), [drawn_anew(tab)])
    times = []
    for name in ("Split", "Suspicion", "Decision", "Mistakes", "Class") * (NUM_ROUNDS // 2):
        times.append(tab.time(choice(tab, "explore_map_colour", name), [drawn_anew(tab)]))
        tab.page.wait_for_timeout(SETTLE_MS)
    return times


def move(tab: Watched) -> list[float]:
    """Milliseconds from a key to the map in another place or size."""
    stage(tab).focus()
    return [tab.press(key, [drawn_anew(tab)]) for _ in range(NUM_ROUNDS) for key in KEYS]


def draw_around(tab: Watched) -> list[float]:
    """Milliseconds from the end of a lasso to the choice, and the buttons that lead on with it."""
    box = stage(tab).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    times = []
    for round_ in range(NUM_ROUNDS):
        reach = box["height"] * (0.25 + 0.015 * round_)  # never the same clips
        tab.page.mouse.move(x - reach, y - reach)
        tab.page.mouse.down()
        for dx, dy in ((1, -1), (1, 1), (-1, 1), (-1, -0.9)):
            tab.page.mouse.move(x + dx * reach, y + dy * reach, steps=30)
        tab.page.evaluate(
            "wanted => drawn.expect(...wanted)", [[drawn_anew(tab), ".st-key-explore_map_open"], []]
        )
        tab.page.mouse.up()
        times.append(float(tab.page.evaluate("drawn.wait()")))
        tab.page.wait_for_timeout(SETTLE_MS)
    return times


def weigh_colour(tab: Watched) -> Figure:
    """The bytes that come for another colour: places and names do not come again."""
    tab.weigh(True)
    tab.time(choice(tab, "explore_map_colour", "Split"), [drawn_anew(tab)])
    return Figure("map: messages for another colour", tab.num_bytes / 1e3, "kB", COLOUR_KB, at_most=True)


def stage(tab: Watched) -> Locator:
    """Where the dots are."""
    return tab.page.get_by_test_id("map-stage")


def drawn_anew(tab: Watched) -> str:
    """What only a map has that is drawn in another way than now."""
    before = tab.page.get_by_test_id("sound-map").get_attribute("data-drawn")
    return f'{MAP}:not([data-drawn="{before}"])'


if __name__ == "__main__":
    sys.exit(main())
