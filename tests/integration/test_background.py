"""Workers as processes of their own: started, waiting in line, stopped, killed and resumed."""

import os
import signal
from collections.abc import Callable, Iterator

import pandas as pd
import pytest

from fsat_core.runs import Run, kill, launch, resume, stop
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


def test_one_run_at_a_time_and_a_stop(start: NewRun, wait_until: Callable) -> None:
    """A run with no end in sight holds the device; the next one waits until it is stopped."""
    endless = start(max_epochs=10_000, patience=10_000)
    wait_until(lambda: endless.state == "training")
    second = start(max_epochs=1)
    wait_until(lambda: "Waiting for another run" in second.status.message)
    wait_until(lambda: len(endless.metrics()) > 2 and endless.status.clips_per_s > 0)
    assert (endless.state, second.state) == ("training", "queued")
    assert endless.status.epoch >= 1
    assert 0 < endless.status.progress < 1
    assert endless.status.eta_s is not None
    # A session of its own: neither Ctrl-C in our terminal nor its end reaches the worker.
    assert os.getsid(endless.status.pid) == endless.status.pid != os.getsid(0)
    assert not second.folds
    assert second.status.pid == 0, "it is no process while it waits"

    stop(endless)
    wait_until(lambda: not endless.is_active)
    assert endless.state == endless.status.state == "cancelled"
    assert endless.folds == []

    wait_until(lambda: not second.is_active)
    assert (second.state, second.status.error) == ("finished", "")
    assert second.folds == [0, 1]
    assert second.scores is not None
    first_epoch = (second.fold_dir(0) / "metrics.csv").stat().st_mtime
    assert endless.status.finished_at < second.status.started_at < first_epoch
    assert "Out-of-fold lwlrap" in second.log_tail()
    assert "Traceback" not in endless.log_tail() + second.log_tail()


def test_killed_then_lost_then_resumed_where_it_was(
    start: NewRun, settings: Settings, wait_until: Callable
) -> None:
    run = start(n_folds=3, max_epochs=1)
    wait_until(lambda: 0 in run.folds)
    pid = run.status.pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: run.state == "lost")
    assert 0 in run.folds
    assert len(run.folds) < 3
    kept = {path: path.stat().st_mtime_ns for path in run.fold_dir(0).iterdir()}
    assert (run.fold_dir(0) / "best.keras") in kept

    resume(run, settings)
    wait_until(lambda: not run.is_active)

    assert (run.state, run.status.error) == ("finished", "")
    assert run.status.pid != pid
    assert run.folds == [0, 1, 2]
    assert {path: path.stat().st_mtime_ns for path in run.fold_dir(0).iterdir()} == kept
    assert len(pd.read_parquet(run.path / "oof.parquet")) == 12
