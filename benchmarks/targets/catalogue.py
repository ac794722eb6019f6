"""How fast the pages about the catalogue are with ten million clips, and what the app then takes of memory.

Writes the set first, of links to a few files, which takes minutes and some gigabytes; with `--work DIR` it is
kept there and used again. Opening it is no part of the figures. Needs Chromium and Playwright.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.common import FAILURE, OK, run_script, script_parser
from benchmarks.figures import Figure, figure_table
from benchmarks.serving import process_of
from benchmarks.sets.large_sets import write_large_set
from benchmarks.targets.browser import chromium
from benchmarks.targets.pages import DRAWN, LARGE, Watched, change_pages, filter_and_pick, p95, weigh_pages
from tools.app_server import AppServer

NAME = "targets.catalogue"
ROWS = 10_000_000
PAGE_MS, FILTER_MS, MEMORY_MB = 1_000, 1_000, 2_000
_OPENED_MS = 3_600_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where a target is missed."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("--rows", type=int, default=ROWS, metavar="N")
    parser.add_argument("--work", type=Path, metavar="DIR", help="where the set is kept")
    parser.add_argument("--json", action="store_true", help="a list instead of a table")
    options = parser.parse_args(arguments)

    def work() -> int:
        with ExitStack() as stack:
            folder = options.work or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            figures = [figure.to_json() for figure in measure(folder.absolute(), options.rows)]
        print(json.dumps(figures, indent=2) if options.json else figure_table(figures))
        return OK if all(row["met"] for row in figures) else FAILURE

    return run_script(NAME, work)


def measure(folder: Path, num_rows: int) -> Iterator[Figure]:
    """All figures, on the set in a folder; it is written where there is none."""
    app = folder / "app"
    app.mkdir(parents=True, exist_ok=True)
    server = AppServer(app, folder / "set")
    if not server.data_dir.exists():
        write_large_set(server.data_dir, num_rows, server.cache_dir)
    server.start()
    try:
        with chromium() as browser:
            tab = Watched(browser)
            tab.page.set_default_timeout(_OPENED_MS)
            tab.open(server.url, DRAWN["Explore"])
            weigh_pages(tab, server, LARGE)
            changes, times = change_pages(tab, LARGE), filter_and_pick(tab)
        where = f"at {num_rows:,} rows"
        yield Figure(f"page change {where}, p95 of {len(changes)}", p95(changes), "ms", PAGE_MS, at_most=True)
        yield Figure(
            f"filter or clip pick {where}, p95 of {len(times)}", p95(times), "ms", FILTER_MS, at_most=True
        )
        print(f"page changes: {sorted(map(round, changes))}", file=sys.stderr)
        print(f"filters and picks, in turn: {list(map(round, times))}", file=sys.stderr)
        memory = process_of(server).memory_info()
        yield Figure(f"memory of the app {where}", memory.rss / 1e6, "MB", MEMORY_MB, at_most=True)
    finally:
        server.stop()


if __name__ == "__main__":
    raise SystemExit(main())
