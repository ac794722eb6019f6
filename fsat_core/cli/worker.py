"""The command worker."""

import argparse
import logging
import signal
import threading
from pathlib import Path

from fsat_core.cli.command import FAILURE, OK, Commands
from fsat_core.cli.output import print_result
from fsat_core.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add it."""
    worker = commands.add("worker", _worker, "Train a run that has been created (what the app starts)")
    worker.add_argument("run_dir", type=Path)


def _worker(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.runs import find_run
    from fsat_core.training.worker import run_worker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    path = options.run_dir.absolute()
    run = find_run(path.parent, path.name)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    state = run_worker(run, settings, is_ended=ended.is_set).state
    print_result(options, {"run_id": run.run_id, "state": state}, f"{run.run_id}: {state}")
    return OK if state == "finished" else FAILURE
