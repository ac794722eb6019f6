"""What the two scripts about pages share: their targets, and the app on a set of a given size."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.figures import Figure
from benchmarks.sets.large_sets import write_large_set
from benchmarks.sets.sample_runs import growing_run, write_finished_run
from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import LabelStore, build_queue, save_queue
from tools.app_server import AppServer

ROWS, MANY_ROWS = 28_000, 1_000_000
PAGE_MS, FILTER_MS, CHARTS_KB = 400, 250, 300
MANY_MS, MANY_MB = 1_500, 1_500
LIVE_SHARE = 5  # % of a core
NUM_VIEWERS = 4
_QUEUE_SIZE = 500
_SEEN_S = 3.0  # after so long the app has found a new run


@contextmanager
def serve(folder: Path, num_rows: int) -> Iterator[AppServer]:
    """The app on a set of `num_rows` rows; up to the usual size it has a finished run and a queue, too."""
    (folder / "app").mkdir(parents=True)
    server = AppServer(folder / "app", folder / "set")
    write_large_set(server.data_dir, num_rows, server.cache_dir)
    if num_rows <= ROWS:
        write_finished_run(server.settings)
        catalogue = scan(open_dataset(server.data_dir), server.cache_dir)
        with LabelStore.open(server.settings.database_url) as store:
            save_queue(store, build_queue("random", catalogue, limit=_QUEUE_SIZE))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def live_curves(server: AppServer, watch: Callable[[Callable[[], None]], None]) -> Figure:
    """What a viewer of growing curves costs the server.

    Parameters
    ----------
    server : AppServer
    watch : callable
        Opens Train for `NUM_VIEWERS` viewers, calls what it is given, stays for a while, and returns.
    """
    process = process_of(server)
    begun: list[tuple[float, float]] = []
    with growing_run(server.settings):
        time.sleep(_SEEN_S)
        watch(lambda: begun.append((time.monotonic(), _cpu_s(process))))
        start, used = begun[0]
        share = (_cpu_s(process) - used) / (time.monotonic() - start) / NUM_VIEWERS
    item = f"live curves, per viewer of {NUM_VIEWERS}"
    return Figure(item, 100 * share, "% of a core", LIVE_SHARE, at_most=True)


def memory_of(server: AppServer) -> Figure:
    """What the app holds in memory now, on a set of `MANY_ROWS`."""
    megabytes = process_of(server).memory_info().rss / 1e6
    return Figure(f"memory of the app at {MANY_ROWS:,} rows", megabytes, "MB", MANY_MB, at_most=True)


def process_of(server: AppServer) -> psutil.Process:
    """The process that serves the app."""
    return psutil.Process(server.pid)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
