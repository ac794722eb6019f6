"""How fast two steps are in a browser that are taken over and over, on a set as large as FSDKaggle2019.

From N on Clips until the next sound plays, and until its clip is drawn, after the one before has played for a
moment. And from a click in the navigation until Evaluate is drawn, of a run of 200 classes. Timed as in
`targets.pages`. Needs Chromium and Playwright.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figures import Figure, run_figures
from benchmarks.serving import FILTER_MS, PAGE_MS, ROWS, serve
from benchmarks.sets.sample_runs import give_many_classes, write_finished_run
from benchmarks.targets.browser import Watched, chromium
from benchmarks.targets.pages import DRAWN, PICKED, PLAYER, SETTLE_MS, change_page, p95
from tools.app_server import AppServer

NAME = "targets.steps"
NUM_STEPS = 20
NUM_CLASSES = 200  # as in FSD50K
NOTE_SOUNDS = """
const note = (facts) => Object.assign(window, facts);
addEventListener("keydown", ({ timeStamp }) => note({ pressedAt: timeStamp, heardAt: 0 }), true);
addEventListener("playing", ({ timeStamp }) => (window.heardAt ||= timeStamp), true);
"""
SINCE_KEY = "heardAt && heardAt - pressedAt"
PLAYS = PLAYER.replace("data-drawn", "data-playing=true")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where a target is missed."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(folder: Path) -> Iterator[Figure]:
    """All figures of the steps."""
    with chromium() as browser, serve(folder / "usual", ROWS) as server:
        tab = Watched(browser)
        heard, drawn = play_on(tab, server, NUM_STEPS)
        for what, times in (("next sound playing", heard), ("next clip drawn and playing", drawn)):
            item = f"key on Clips to the {what}, p95 of {len(times)}"
            yield Figure(item, p95(times), "ms", FILTER_MS, at_most=True)
        times = evaluate_many(tab, server, NUM_STEPS)
        item = f"Evaluate at {NUM_CLASSES} classes, p95 of {len(times)}"
        yield Figure(item, p95(times), "ms", PAGE_MS, at_most=True)


def play_on(tab: Watched, server: AppServer, num_steps: int) -> tuple[list[float], list[float]]:
    """Milliseconds from N on Clips until the next sound plays, and until its clip is drawn, too."""
    tab.page.add_init_script(NOTE_SOUNDS)
    tab.open(f"{server.url}/clips?show=all", DRAWN["Clips"])
    tab.page.keyboard.press("l")  # over and over: some clips are short
    tab.press("Space", [PLAYS])
    heard, drawn = [], []
    for _ in range(num_steps):
        tab.page.wait_for_timeout(SETTLE_MS)
        drawn.append(tab.press("n", [PLAYS], PICKED))
        heard.append(tab.page.wait_for_function(SINCE_KEY).json_value())
    return heard, drawn


def evaluate_many(tab: Watched, server: AppServer, num_steps: int) -> list[float]:
    """Milliseconds of changes to Evaluate, where it shows a run of many classes."""
    run = write_finished_run(server.settings)
    give_many_classes(run, NUM_CLASSES)
    tab.open(f"{server.url}/evaluate?evaluate={run.run_id}", DRAWN["Evaluate"])
    times = []
    for _ in range(num_steps):
        change_page(tab, "Explore")
        times.append(change_page(tab, "Evaluate"))
    return times


if __name__ == "__main__":
    raise SystemExit(main())
