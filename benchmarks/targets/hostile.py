"""Known attacks on everything that comes from outside: how many were tried, and how many achieved anything.

Tables of a data set, run folders, files of labels, uploads, names, messages of the board, addresses of all
pages, and requests to the server. An attack achieves something if a secret gets out, code runs, an error that
is not meant for people is shown or logged, or the next visitor is not answered. Each that does is printed.
"""

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from benchmarks.figures import Figure, run_figures
from benchmarks.hostile import attacks, siege
from benchmarks.hostile.siege import Outcome
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.demo.write import write_demo
from fsat_core.labels import LabelStore
from fsat_core.runs import Run
from fsat_core.training.create import create_run
from fsat_core.training.foreground import train_in_foreground
from tools.app_server import AppServer

NAME = "targets.hostile"
LEAST = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where an attack achieves something."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(folder: Path) -> Iterator[Figure]:
    """How many attacks were tried, and what came of them."""
    (folder / "app").mkdir()
    server = AppServer(folder / "app")
    run = _train(server)
    outcomes = Counter(bool(achieved) for _, achieved in map(_report, _tried(folder, server, run)))
    yield Figure("known attacks tried", outcomes.total(), "", LEAST)
    yield Figure("known attacks that achieved anything", outcomes[True], "", 0, at_most=True)


def _tried(folder: Path, server: AppServer, run: Run) -> Iterator[Outcome]:
    secret = folder / "secret.txt"
    secret.write_text(attacks.SECRET)
    demo, cache = folder / "demo", folder / "cache"
    write_demo(demo)
    with LabelStore.open(f"sqlite:///{folder / 'labels.db'}") as store:
        yield from siege.on_the_board(store, "curated/a.wav")
        yield from siege.in_names(folder / "runs", Run(shutil.copytree(run.path, folder / "named")), store)
    yield from chain(
        siege.in_imports(demo, cache),
        siege.in_tables(demo, cache),
        siege.in_a_run(run, folder),
        siege.in_uploads(run),
    )
    server.start()
    try:
        yield from siege.over_http(server, secret)
        yield from siege.through_the_socket(server)
        yield from siege.in_addresses(server)
    finally:
        server.stop()


def _report(outcome: Outcome) -> Outcome:
    if outcome[1]:
        print(f"{outcome[0]}: {outcome[1]}", file=sys.stderr)
    return outcome


def _train(server: AppServer) -> Run:
    dataset = open_dataset(server.data_dir)
    config = TrainConfig.from_recipe("mfcc_dummy", "quick")
    run = create_run(server.settings, dataset, scan(dataset, server.cache_dir), config)
    train_in_foreground(run, server.settings)
    return run


if __name__ == "__main__":
    raise SystemExit(main())
