"""What pages cost the server, measured without a browser: a visitor who speaks the app's protocol.

On a set as large as FSDKaggle2019 and on one of a million clips, which the app opens as any other. Each
answer is timed from the question to the last message, after every page has been opened once; bytes are those
of messages with charts, pictures and tables, before compression.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

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
from benchmarks.targets.viewer import Answer, Viewer

NAME = "targets.server"
ROUNDS = 5
LIVE_S = 15

PAGES = ("", "clips", "train", "evaluate", "predict")
LARGE = ("", "clips")  # the pages that are about the whole catalogue
TABS = ("Classes", "Lengths", "Labels per clip", "Rows")
# Keys of widgets, and what they are set to, by the field of Streamlit's WidgetState.
EXPLORE: list[tuple[str, dict[str, Any]]] = [
    *(("tab", {"string_value": tab}) for tab in (*TABS[1:], TABS[0])),
    ("explore_splits", {"string_array_value": {"data": ["Curated", "Test"]}}),
    ("explore_splits", {"string_array_value": {"data": ["Curated", "Noisy", "Test"]}}),
    *(("explore_label_kind", {"string_array_value": {"data": [kind]}}) for kind in ("One", "Several", "Any")),
]
CLIPS: list[tuple[str, dict[str, Any]]] = [
    *(
        ("clips_show", {"string_array_value": {"data": [show]}})
        for show in ("Long", "Short", "Same length", "All")
    ),
    *(("clips_label", {"string_value": label}) for label in ("Bark", "Bus")),
    *(("clips_find", {"string_value": text}) for text in ("a7", "")),
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where a target is missed."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(folder: Path) -> Iterator[Figure]:
    """All figures of the server."""
    with serve(folder / "usual", ROWS) as server, Viewer(server.url) as viewer:
        yield from answers(viewer, PAGES, ROWS, PAGE_MS, FILTER_MS)
        sizes = weigh_pages(viewer)
        name = max(sizes, key=lambda page: sizes[page])
        yield Figure(f"charts of the largest page, {name}", sizes[name] / 1e3, "kB", CHARTS_KB, at_most=True)
        yield live_curves(server, partial(watch, server.url))
    with serve(folder / "many", MANY_ROWS) as server, Viewer(server.url) as viewer:
        yield from answers(viewer, LARGE, MANY_ROWS, MANY_MS, MANY_MS)
        yield memory_of(server)


def answers(
    viewer: Viewer,
    pages: Sequence[str],
    num_rows: int,
    page_ms: float,
    filter_ms: float,
    rounds: int = ROUNDS,
) -> Iterator[Figure]:
    """How long page changes, and filters on Explore and Clips, take the server."""
    changes = [viewer.open(page) for _ in range(rounds + 1) for page in pages][len(pages) :]
    filters = []
    for page, choices in (("", EXPLORE), ("clips", CLIPS)):
        viewer.open(page)
        filters += [viewer.choose(key, **value) for _ in range(rounds) for key, value in choices]
    where = f"at {num_rows:,} rows, without a browser"
    yield Figure(f"page change {where}, p95", p95_ms(changes), "ms", page_ms, at_most=True)
    yield Figure(f"filter {where}, p95", p95_ms(filters), "ms", filter_ms, at_most=True)


def weigh_pages(viewer: Viewer) -> dict[str, int]:
    """The bytes of the charts, pictures and tables of each page, and of each tab of Explore."""
    pages = {page.capitalize(): viewer.open(page) for page in PAGES if page}
    tabs = {f"Explore: {tab}": viewer.open("", f"tab={tab}") for tab in TABS}
    return {name: answer.charts_bytes for name, answer in (pages | tabs).items()}


def watch(url: str, begin: Callable[[], None], seconds: float = LIVE_S) -> None:
    """Several viewers on Train, for a while after `begin` is called."""
    with ExitStack() as stack:
        viewers = [stack.enter_context(Viewer(url)) for _ in range(NUM_VIEWERS)]
        for viewer in viewers:
            viewer.open("train")
        begin()
        with ThreadPoolExecutor(NUM_VIEWERS) as pool:
            list(pool.map(lambda viewer: viewer.stay(seconds), viewers))


def p95_ms(found: Sequence[Answer]) -> float:
    """The milliseconds that 95 % of the answers do not exceed."""
    return 1000 * float(np.percentile([answer.seconds for answer in found], 95))


if __name__ == "__main__":
    raise SystemExit(main())
