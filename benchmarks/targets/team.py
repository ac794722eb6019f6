"""A team at work: 50 people, half of whom label, while a training runs; then two apps, one of them killed.

Everybody speaks the app's protocol over a connection of their own, and does something 2 to 8 seconds after
the last answer. Who labels sends a decision again until it is stored, as the board in a browser does. The two
apps share PostgreSQL and all folders; a proxy leads each visitor to the same one, or to the other where that
one is gone.
"""

import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import numpy as np
from websockets.exceptions import WebSocketException

from benchmarks.common import FAILURE, OK, run_command, run_script, script_parser
from benchmarks.figures import Figure, figure_table
from benchmarks.serving import process_of
from benchmarks.sets.sample_runs import write_finished_run
from benchmarks.targets.affinity_proxy import affinity_proxy
from benchmarks.targets.load import PAGES, at_once, differing, make_queue, memory_figures
from benchmarks.targets.viewer import Answer, Viewer
from fsat_core.labels import LabelStore, Queue
from fsat_core.runs import find_run, stop
from tools.app_server import AppServer
from tools.postgres_server import postgres_server

NAME = "targets.team"
NUM_PEOPLE, MINUTES = 50, 10.0
PAUSE_S = (2.0, 8.0)  # between an answer and what a person does next: alike pauses would bring all together
AGAIN_S, TIRED_S = 0.1, 60.0
PAGE_MS, BACK_S = 1_000, 5
OTHER_PAGES = tuple(page for page in PAGES if page != "label")
GONE = (OSError, WebSocketException, TimeoutError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where a target is missed."""
    parser = script_parser(NAME, __doc__)
    parser.add_argument("--json", action="store_true", help="a list instead of a table")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"of each part (default: {MINUTES:g})")
    parser.add_argument("--people", type=int, default=NUM_PEOPLE, help=f"default: {NUM_PEOPLE}")
    parser.add_argument("--parts", nargs="+", choices=tuple(PARTS), default=list(PARTS), metavar="PART")
    options = parser.parse_args(arguments)

    def work() -> int:
        figures: list[Figure] = []
        for part in options.parts:
            with tempfile.TemporaryDirectory(prefix="fsat-team-") as folder, postgres_server() as database:
                apps = make_apps(Path(folder), database.new_database())
                figures += PARTS[part](apps, options.people, 60 * options.minutes)
        rows = [figure.to_json() for figure in figures]
        print(json.dumps(rows, indent=2) if options.json else figure_table(rows))
        return OK if all(row["met"] for row in rows) else FAILURE

    return run_script(NAME, work)


def make_apps(folder: Path, database_url: str) -> tuple[AppServer, AppServer]:
    """Two apps on the same folders and the same database."""
    for name in ("one", "two"):
        (folder / name).mkdir()
    one = AppServer(folder / "one", database_url=database_url)
    two = AppServer(folder / "two", one.data_dir, database_url)
    two.settings, two.runs_dir, two.cache_dir = one.settings, one.runs_dir, one.cache_dir
    write_finished_run(one.settings)
    return one, two


def measure_one(apps: tuple[AppServer, AppServer], num_people: int, seconds: float) -> Iterator[Figure]:
    """Page times, memory, errors and lost decisions with one app, while a training runs."""
    app, _ = apps
    queue = make_queue(app)
    app.start()
    words = ("train", "--model", "mfcc_cnn", "--recipe", "strong", "--set", "max_epochs=2000", "--background")
    run_id = run_command(words, app.settings.environment()).value["run_id"]
    try:
        team = Team(app.url, queue)
        samples = team.work(num_people, seconds, lambda: process_of(app).memory_info().rss / 1e6)
        run = find_run(app.runs_dir, run_id)
        yield Figure("a training ran all the time", float(run.is_active), "", 1)
    finally:
        with suppress(Exception):
            stop(find_run(app.runs_dir, run_id))
        app.stop()
    yield from memory_figures(samples, num_people, seconds / 60)
    yield from team.figures(app)


def measure_two(apps: tuple[AppServer, AppServer], num_people: int, seconds: float) -> Iterator[Figure]:
    """The same of two apps, one of which is killed half-way."""
    queue = make_queue(apps[0])
    for app in apps:
        app.start()
    killing = threading.Timer(seconds / 2, apps[0].kill)
    try:
        with affinity_proxy([app.url for app in apps]) as url:
            team = Team(url, queue)
            killing.start()
            team.work(num_people, seconds, lambda: 0.0)
    finally:
        killing.cancel()
        for app in apps:
            app.stop()
    yield Figure("people whose app was killed under them", len(team.away_s), "", num_people / 4)
    yield Figure("they are back after, at most", max(team.away_s, default=0), "s", BACK_S, at_most=True)
    yield from team.figures(apps[1])


PARTS: dict[str, Callable[[tuple[AppServer, AppServer], int, float], Iterator[Figure]]] = {
    "one": measure_one,
    "two": measure_two,
}


class Team:
    """People who label and people who look, and what became of it."""

    def __init__(self, url: str, queue: Queue) -> None:
        self.url, self.queue = url, queue
        self.tokens: list[str] = []
        self.faults: list[str] = []
        self.page_s: list[float] = []
        self.away_s: list[float] = []
        self._end = threading.Event()

    def work(self, num_people: int, seconds: float, sample: Callable[[], float]) -> list[tuple[float, float]]:
        """Have them work for so many seconds; returns a sample each second, with its time."""
        return at_once(self._work_as, num_people, seconds, self._end, sample)

    def figures(self, app: AppServer) -> Iterator[Figure]:
        """How long pages took, and what went wrong, when all have gone."""
        p95 = 1000 * float(np.percentile(self.page_s, 95))
        yield Figure(f"page, p95 of {len(self.page_s):,}", p95, "ms", PAGE_MS, at_most=True)
        yield Figure("uncaught errors", len(self.faults), "", 0, at_most=True)
        with LabelStore.open(app.settings.database_url) as store:
            lost = differing(store.decisions()["token"].tolist(), self.tokens)
        yield Figure(f"decisions lost or doubled, of {len(self.tokens):,}", lost, "", 0, at_most=True)

    def _work_as(self, number: int) -> None:
        chance = random.Random(number)
        person = Person(self, number)
        try:
            while not self._end.wait(chance.uniform(*PAUSE_S)):
                if number % 2:
                    person.look(chance.choice(OTHER_PAGES))
                else:
                    person.decide(chance.randrange(len(self.queue.clips)))
        finally:
            person.leave()


class Person:
    """Somebody with one page open, who opens it again when it is gone."""

    def __init__(self, team: Team, number: int) -> None:
        self._team, self._name = team, f"person {number}"
        self._cookies = {"person": str(number)}
        self._viewer: Viewer | None = None

    def look(self, page: str) -> None:
        """Open a page."""
        self._insist(lambda viewer: self._timed(viewer, page))

    def decide(self, at: int) -> None:
        """Decide on a clip, and send that again where nobody knows whether it has arrived."""
        token = uuid4().hex
        self._team.tokens.append(token)
        op = {
            "token": token,
            "queue": self._team.queue.queue_id,
            "annotator": self._name,
            "clip_id": self._team.queue.clips["clip_id"].iloc[at],
            "at": at,
            "action": "unsure",
        }
        post = {"n": 1, "queue": self._team.queue.queue_id, "at": at, "want": [at], "ops": [op]}
        self._insist(lambda viewer: self._send(viewer, post))

    def leave(self) -> None:
        """Close the page."""
        if self._viewer is not None:
            with suppress(*GONE):
                self._viewer.__exit__(None, None, None)
        self._viewer = None

    def _insist(self, act: Callable[[Viewer], None]) -> None:
        """Act, on a new page where the one that was open is gone."""
        gone_at: float | None = None
        while gone_at is None or time.monotonic() - gone_at < TIRED_S:
            try:
                self._viewer = self._viewer or Viewer(self._team.url, self._cookies)
                act(self._viewer)
            except GONE:
                gone_at = gone_at or time.monotonic()
                self.leave()
                time.sleep(AGAIN_S)
                continue
            if gone_at is not None:
                self._team.away_s.append(time.monotonic() - gone_at)
            return
        self._team.faults.append(f"{self._name} gave up")

    def _timed(self, viewer: Viewer, page: str) -> None:
        answer = self._noted(viewer.open(page))
        self._team.page_s.append(answer.seconds)

    def _send(self, viewer: Viewer, post: Mapping[str, object]) -> None:
        if not viewer.shows("label_board"):
            self._timed(viewer, "label")
            kept = {"kept": {"asked": True, "name": self._name}}
            self._noted(viewer.choose("label_name_memory", json_value=json.dumps(kept)))
        self._noted(viewer.choose("label_board", json_value=json.dumps({"post": post})))

    def _noted(self, answer: Answer) -> Answer:
        self._team.faults += answer.faults
        return answer


if __name__ == "__main__":
    raise SystemExit(main())
