"""Whether the app keeps more and more memory: 30 visitors come and go, filter, look and decide on labels.

Each visitor speaks the app's protocol, stays for a while, and leaves; another comes. The slope is that of the
memory of the server after the first two minutes. Decisions are counted afterwards.
"""

import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import numpy as np

from benchmarks.common import FAILURE, OK, run_script, script_parser
from benchmarks.figures import Figure, figure_table
from benchmarks.serving import process_of
from benchmarks.sets.sample_runs import write_finished_run
from benchmarks.targets.server import CLIPS, EXPLORE
from benchmarks.targets.viewer import Answer, Viewer
from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import LabelStore, Queue, build_queue, save_queue
from tools.app_server import AppServer

NAME = "targets.load"
NUM_VISITORS = 30
MINUTES, WARM_MINUTES = 10.0, 2.0
SLOPE = 2  # % an hour
PAGES = ("", "clips", "label", "train", "evaluate", "predict")
STAY = 15  # things that a visitor does before leaving
THINK_S = (0.5, 3.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where a target is missed."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("--json", action="store_true", help="a list instead of a table")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"default: {MINUTES:g}")
    parser.add_argument("--visitors", type=int, default=NUM_VISITORS, help=f"default: {NUM_VISITORS}")
    options = parser.parse_args(arguments)

    def work() -> int:
        with tempfile.TemporaryDirectory(prefix="fsat-load-") as folder:
            figures = list(measure(Path(folder), options.minutes, options.visitors))
        rows = [figure.to_json() for figure in figures]
        print(json.dumps(rows, indent=2) if options.json else figure_table(rows))
        return OK if all(row["met"] for row in rows) else FAILURE

    return run_script(NAME, work)


def measure(folder: Path, minutes: float, num_visitors: int) -> Iterator[Figure]:
    """Memory under load and after it, errors, and decisions that were lost or doubled."""
    (folder / "app").mkdir()
    server = AppServer(folder / "app")
    write_finished_run(server.settings)
    queue = make_queue(server)
    server.start()
    try:
        crowd = Crowd(server.url, queue)
        samples = crowd.visit(num_visitors, 60 * minutes, lambda: process_of(server).memory_info().rss / 1e6)
        yield from memory_figures(samples, num_visitors, minutes)
    finally:
        server.stop()
    with LabelStore.open(server.settings.database_url) as store:
        tokens = store.decisions()["token"].tolist()
    yield Figure("uncaught errors", len(crowd.faults), "", 0, at_most=True)
    yield Figure(
        f"decisions lost or doubled, of {len(crowd.tokens)}", differing(tokens, crowd.tokens), "", 0, True
    )


def at_once(
    act: Callable[[int], None], num: int, seconds: float, end: threading.Event, sample: Callable[[], float]
) -> list[tuple[float, float]]:
    """Have so many people act, each with a number, until `end` is set after so many seconds.

    Returns a sample each second, with its time.
    """
    samples, start = [], time.monotonic()
    with ThreadPoolExecutor(num) as pool:
        people = [pool.submit(act, number) for number in range(num)]
        while (now := time.monotonic() - start) < seconds:
            samples.append((now, sample()))
            time.sleep(1)
        end.set()
        for person in people:
            person.result()
    return samples


class Crowd:
    """Visitors who come and go, and what became of what they did."""

    def __init__(self, url: str, queue: Queue) -> None:
        self.url, self.queue = url, queue
        self.tokens: list[str] = []
        self.faults: list[str] = []
        self._stop = threading.Event()

    def visit(
        self, num_visitors: int, seconds: float, sample: Callable[[], float]
    ) -> list[tuple[float, float]]:
        """Have so many visitors for so many seconds; returns a sample each second, with its time."""
        return at_once(self._come_and_go, num_visitors, seconds, self._stop, sample)

    def _come_and_go(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self._stop.is_set():
            with Viewer(self.url) as viewer:
                viewer.open()
                for _ in range(STAY):
                    self._note(self._act(viewer, chance))
                    if self._stop.wait(chance.uniform(*THINK_S)):
                        return

    def _act(self, viewer: Viewer, chance: random.Random) -> Answer:
        page = chance.choice(PAGES)
        answer = viewer.open(page)
        if page in ("", "clips") and not answer.faults:
            key, value = chance.choice(EXPLORE if page == "" else CLIPS[:4])
            return viewer.choose(key, **value)
        return self._decide(viewer, chance) if page == "label" else answer

    def _decide(self, viewer: Viewer, chance: random.Random) -> Answer:
        token, name = uuid4().hex, f"visitor {chance.randrange(100)}"
        kept = {"kept": {"asked": True, "name": name}}
        self._note(viewer.choose("label_name_memory", json_value=json.dumps(kept)))
        at = chance.randrange(len(self.queue.clips))
        op = {
            **{"token": token, "queue": self.queue.queue_id, "annotator": name, "at": at, "action": "unsure"},
            **{
                "clip_id": self.queue.clips["clip_id"].iloc[at],
                "labels": "",
                "previous": "",
                "run": "",
                "batch": "",
            },
        }
        post = {
            "n": 1,
            "queue": self.queue.queue_id,
            "at": at,
            "want": [at],
            "held": [],
            "heard": [],
            "ops": [op],
        }
        self.tokens.append(token)
        return viewer.choose("label_board", json_value=json.dumps({"post": post}))

    def _note(self, answer: Answer) -> None:
        self.faults += answer.faults


def memory_figures(
    samples: Sequence[tuple[float, float]], num_visitors: int, minutes: float
) -> Iterator[Figure]:
    """The slope and the most of memory in MB, by samples with their times in seconds."""
    times, megabytes = np.array(samples).T
    warm = times > min(60 * WARM_MINUTES, 0.4 * times[-1])
    slope, _ = np.polyfit(times[warm] / 3600, megabytes[warm], 1)
    item = f"memory of the app, {num_visitors} visitors for {minutes:g} minutes, slope"
    percent = 100 * float(slope / megabytes[warm].mean())
    yield Figure(item, percent, "% an hour", SLOPE, at_most=True)
    yield Figure("the same, at most", float(megabytes.max()), "MB", 2_000, at_most=True)


def make_queue(server: AppServer) -> Queue:
    """A saved queue of 500 clips of a server's data set, or of all that there are."""
    catalogue = scan(open_dataset(server.data_dir), server.cache_dir)
    with LabelStore.open(server.settings.database_url) as store:
        return save_queue(store, build_queue("random", catalogue, limit=500))


def differing(stored: Sequence[str], sent: Sequence[str]) -> int:
    """How many tokens are lost, doubled or of nobody's sending."""
    return len(set(sent) ^ set(stored)) + len(stored) - len(set(stored))


if __name__ == "__main__":
    raise SystemExit(main())
