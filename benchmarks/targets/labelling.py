"""How long after a decision can the next clip be played? In a browser, on a set as large as FSDKaggle2019.

Links the curated clips of SET under as many names as it takes, fills the label database with decisions by
somebody else, opens the page Label on a queue of random clips, and presses A for each, after a pause in which
somebody would listen. The browser measures from the key press until the next clip is drawn and its player can
play. Prints one JSON object.
"""

import itertools
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import sync_playwright

from benchmarks.common import FAILURE, OK, run_script, script_parser
from benchmarks.sets.folders import claim_folder
from benchmarks.sets.kaggle_set import write_set
from fsat_core.dataset import Dataset, clip_path, open_dataset, scan
from fsat_core.errors import DatasetError
from fsat_core.labels import Decision, LabelStore, Queue, build_queue, save_queue
from tools.app_server import CHROMIUM, CHROMIUM_FLAGS, AppServer
from tools.label_board import Board

NAME = "targets.labelling"
GOAL_MS = 250


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where the goal is missed."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("source", type=Path, metavar="SET", help="a set with curated clips")
    parser.add_argument("--rows", type=int, default=28_000, metavar="N", help="default: 28000")
    parser.add_argument("--decisions", type=int, default=9_000, metavar="N", help="default: 9000")
    parser.add_argument("--clips", type=int, default=50, metavar="N", help="default: 50")
    parser.add_argument("--pause", type=float, default=0.5, metavar="SECONDS", help="default: 0.5")
    options = parser.parse_args(arguments)

    def work() -> int:
        with tempfile.TemporaryDirectory(
            dir=options.source.resolve().parent
        ) as folder:  # links stay on one disk
            out = Path(folder)
            write_many(open_dataset(options.source), out / "set", options.rows)
            figures = measure(out, options.decisions, options.clips, options.pause)
        print(json.dumps(figures | {"rows": options.rows, "decisions": options.decisions}, indent=2))
        return OK if figures["p95_ms"] <= GOAL_MS else FAILURE

    return run_script(NAME, work)


def write_many(source: Dataset, out: Path, num_rows: int) -> None:
    """A set of `num_rows` curated rows, whose audio is linked from the curated clips of another set.

    Raises
    ------
    DatasetError
        If that has no curated clips.
    """
    rows = source.table[source.table["split"] == "curated"]
    if rows.empty:
        raise DatasetError(f"{source.root} has no curated clips: expected some. Choose another set.")
    claim_folder(out, NAME, source.root, rows=num_rows)
    chosen = list(itertools.islice(itertools.cycle(rows.to_dict("records")), num_rows))
    table = pd.DataFrame(
        {
            "split": "curated",
            "fname": [f"{number:05d}{Path(row['fname']).suffix}" for number, row in enumerate(chosen)],
            "labels": [row["labels"] for row in chosen],
        }
    )
    write_set(out, table, (clip_path(source, f"curated/{row['fname']}") for row in chosen))


def measure(folder: Path, num_decisions: int, num_clips: int, pause_s: float) -> dict[str, Any]:
    """What the browser measured: `p50_ms, p95_ms, max_ms` over `clips`; `open_s` until the first of all."""
    server = AppServer(folder / "app", folder / "set")
    catalogue = scan(open_dataset(server.data_dir), server.cache_dir)
    with LabelStore.open(server.settings.database_url) as store:
        fill(store, catalogue, num_decisions)
        queue = save_queue(store, build_queue("random", catalogue, limit=500))
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
            board = Board(browser.new_page())
            open_s = open_queue(board, server, queue)
            times = decide(board, num_clips, pause_s)
            browser.close()
    finally:
        server.stop()
    p50, p95, most = np.percentile(times, [50, 95, 100])
    return {
        "p50_ms": round(p50, 1),
        "p95_ms": round(p95, 1),
        "max_ms": round(most, 1),
        "clips": len(times),
        "pause_s": pause_s,
        "open_s": round(open_s, 1),
    }


def fill(store: LabelStore, catalogue: pd.DataFrame, num_decisions: int) -> None:
    """Decisions by somebody else, on the first clips."""
    rows = catalogue[["clip_id", "labels"]].head(num_decisions).to_dict("records")
    store.add_many([Decision(row["clip_id"], "somebody", "accept", row["labels"]) for row in rows])


def open_queue(board: Board, server: AppServer, queue: Queue) -> float:
    """Open the page as an annotator who returns; gives the seconds until the first clip can be played."""
    board.page.add_init_script("localStorage.setItem('fsat-label-annotator', 'benchmark')")
    board.open(server, queue, "benchmark")
    return float(board.page.evaluate("performance.now()")) / 1000


def decide(board: Board, num_clips: int, pause_s: float) -> list[float]:
    """Milliseconds from each press of A until the next clip could be played, for `num_clips` clips."""
    for at in range(num_clips):
        board.page.wait_for_timeout(1000 * pause_s)
        board.press("a")
        board.wait(at=at + 1, playable="true")
    board.wait(pending=0)
    return board.page.evaluate(
        "performance.getEntriesByName('label-playable').map((entry) => entry.duration)"
    )


if __name__ == "__main__":
    raise SystemExit(main())
