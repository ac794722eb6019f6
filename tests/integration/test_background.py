"""Workers as processes of their own: started, waiting in line, stopped, killed and resumed."""

import os
import signal
from collections.abc import Callable, Iterator

import pandas as pd
import pytest

from fsat_core.runs import Run, kill, launch, resume, stop
from fsat_core.runs.runner import NICENESS
from fsat_core.settings import Settings

NewRun = Callable[..., Run]


@pytest.fixture
def start(new_run: NewRun, settings: Settings) -> Iterator[NewRun]:
    """Creates a run and launches its worker; whatever is left of it at the end is killed."""
    runs: list[Run] = []

    def start(**overrides: object) -> Run:
        runs.append(new_run("mfcc_dummy", **overrides))
        launch(runs[-1], settings)
        return runs[-1]

    yield start
    for run in runs:
        kill(run)


def test_one_run_at_a_time_and_a_stop_then_one_killed_lost_and_resumed_where_it_was(
    start: NewRun, settings: Settings, wait_until: Callable
) -> None:
    """A run with no end in sight holds the device; the next one waits until it is stopped, and is killed."""
    endless = start(max_epochs=10_000, patience=10_000)
    wait_until(lambda: endless.state == "training")
    second = start(n_folds=3, max_epochs=1)
    wait_until(lambda: "Waiting for another run" in second.status.message)
    wait_until(lambda: len(endless.metrics()) > 2 and endless.status.clips_per_s > 0)
    assert (endless.state, second.state) == ("training", "queued")
    assert endless.status.epoch >= 1
    assert 0 < endless.status.progress < 1
    assert endless.status.eta_s is not None
    # A session of its own: neither Ctrl-C in our terminal nor its end reaches the worker.
    assert os.getsid(endless.status.pid) == endless.status.pid != os.getsid(0)
    assert os.getpriority(os.PRIO_PROCESS, endless.status.pid) == os.nice(0) + NICENESS
    assert not second.folds
    assert second.status.pid == 0, "it is no process while it waits"

    stop(endless)
    wait_until(lambda: not endless.is_active)
    assert endless.state == endless.status.state == "cancelled"
    assert endless.folds == []

    wait_until(lambda: 0 in second.folds)
    first_epoch = (second.fold_dir(0) / "metrics.csv").stat().st_mtime
    assert endless.status.finished_at < second.status.started_at < first_epoch
    pid = second.status.pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: second.state == "lost")
    assert 0 in second.folds
    assert len(second.folds) < 3
    kept = {path: path.stat().st_mtime_ns for path in second.fold_dir(0).iterdir()}
    assert (second.fold_dir(0) / "best.keras") in kept

    resume(second, settings)
    wait_until(lambda: not second.is_active)
    assert (second.state, second.status.error) == ("finished", "")
    assert second.status.pid != pid
    assert second.folds == [0, 1, 2]
    assert {path: path.stat().st_mtime_ns for path in second.fold_dir(0).iterdir()} == kept
    assert second.scores is not None
    assert len(pd.read_parquet(second.path / "oof.parquet")) == 12
    assert "Out-of-fold lwlrap" in second.log_tail()
    assert "Traceback" not in endless.log_tail() + second.log_tail()
