"""Ending the process of a worker, with its children, and starting one again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from fsat_core.errors import RunError
from fsat_core.runs import Run, RunStatus, kill, resume, stop
from fsat_core.runs.process import prepare_resume
from fsat_core.settings import Settings

NewRun = Callable[..., Run]


@pytest.fixture
def run(new_run: NewRun) -> Run:
    return new_run()


def status_of(pid: int, state: str = "training", **values: Any) -> RunStatus:
    """The status that process `pid` would write."""
    return RunStatus(state=state, pid=pid, create_time=psutil.Process(pid).create_time(), **values)


def write_status(run: Run, status: RunStatus) -> None:
    status.save(run.path / "status.json")


def test_kill_ends_the_worker_and_its_children(run: Run) -> None:
    code = (
        "import subprocess, sys; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True); p.wait()"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        child = psutil.Process(int(worker.stdout.readline()))
        write_status(run, status_of(worker.pid))
        kill(run)
        assert worker.wait() == -signal.SIGKILL
    child.wait(timeout=30)
    assert run.state == "cancelled"


def test_kill_spares_whoever_called_a_foreground_training(run: Run) -> None:
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])  # in our own group
    try:
        write_status(run, status_of(worker.pid))
        kill(run)
        assert worker.wait(timeout=60) == -signal.SIGKILL
    finally:
        worker.kill()
        worker.wait()


def test_kill_does_nothing_without_a_worker(run: Run) -> None:
    write_status(run, RunStatus(state="training", pid=os.getpid(), create_time=1.0))
    kill(run)
    assert run.state == "lost"


def test_kill_reaches_no_other_host(run: Run) -> None:
    status = RunStatus(state="training", pid=os.getpid(), host="elsewhere", heartbeat=time.time())
    write_status(run, status)
    with pytest.raises(RunError, match="trains on elsewhere"):
        kill(run)


@pytest.mark.parametrize("state", ["failed", "cancelled", "training"])
def test_a_run_to_be_resumed_is_as_before_its_start(run: Run, state: str) -> None:
    write_status(run, RunStatus(state=state, pid=os.getpid(), create_time=1.0, error="was ill"))
    stop(run)
    prepare_resume(run)
    assert not run.stop_requested
    assert (run.state, run.status.error) == ("queued", "")


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("queued", "It needs no resuming"),
        ("training", "It needs no resuming"),
        ("finished", "Start a new run"),
    ],
)
def test_an_active_or_finished_run_is_not_resumed(
    run: Run, settings: Settings, state: str, advice: str
) -> None:
    write_status(run, status_of(os.getpid(), state))
    with pytest.raises(RunError, match=f"is {state}: expected a lost, failed or cancelled run. {advice}"):
        resume(run, settings)
    assert run.state == state
