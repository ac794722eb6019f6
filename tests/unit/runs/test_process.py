"""Ending the process of a worker, with its children, and starting one again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from fsat_core.errors import RunError
from fsat_core.runs import Run, RunStatus, delete_run, kill, launch, line, resume, runner, stop
from fsat_core.runs.lock import hold
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


@pytest.fixture
def runner_starts(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of runners that would have been started; none is."""
    commands: list[list[str]] = []

    def note(command: list[str], **_: object) -> Any:
        commands.append(command)
        return SimpleNamespace(pid=0, wait=lambda: 0)

    monkeypatch.setattr(line.subprocess, "Popen", note)
    return commands


@pytest.mark.parametrize("state", ["failed", "cancelled", "training"])
def test_a_resumed_run_is_as_before_its_start(
    run: Run, settings: Settings, runner_starts: list[list[str]], state: str
) -> None:
    write_status(run, status_of(os.getpid(), state, error="was ill"))
    run.lock_path.touch()  # which nobody holds: the pid in the status says nothing any more
    run.stop_flag.touch()
    resume(run, settings)
    assert not run.stop_requested
    assert (run.state, run.status.error, run.status.message) == ("queued", "", "Waiting for another run")
    assert len(runner_starts) == 1


def test_a_run_whose_lock_is_held_is_neither_resumed_nor_deleted(
    run: Run, settings: Settings, runner_starts: list[list[str]]
) -> None:
    """Whatever the clock and the status say: somebody holds the lock."""
    status = status_of(os.getpid())
    status.create_time -= 100
    write_status(run, status)
    with hold(run.lock_path):
        assert run.state == "training"
        for action in (lambda: resume(run, settings), lambda: delete_run(run)):
            with pytest.raises(RunError, match="is training: expected"):
                action()
    assert run.state == "lost"
    assert runner_starts == []
    delete_run(run)


def test_a_worker_whose_clock_was_set_is_ended_all_the_same(run: Run) -> None:
    code = "import fcntl, sys, time; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX);"
    code += "print(1, flush=True); time.sleep(600)"
    command = [sys.executable, "-c", code, str(run.lock_path)]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        status = status_of(worker.pid)
        status.create_time += 3_600
        write_status(run, status)
        kill(run)
        assert worker.wait() == -signal.SIGKILL
    assert run.state == "cancelled"


def test_no_other_process_is_ended_in_place_of_the_worker(run: Run) -> None:
    write_status(run, RunStatus(state="training", pid=os.getppid(), create_time=1.0))
    with hold(run.lock_path), pytest.raises(RunError, match="has not said yet which process it is"):
        kill(run)


def test_a_run_in_line_is_stopped_without_a_worker(
    run: Run, settings: Settings, runner_starts: list[list[str]]
) -> None:
    launch(run, settings)
    assert (run.state, run.is_active) == ("queued", True)
    stop(run)
    assert (run.state, run.status.message) == ("cancelled", "Stopped on request")
    assert not (run.path / "queued").exists()


def test_a_run_in_line_is_lost_when_nobody_starts_it(
    run: Run, settings: Settings, runner_starts: list[list[str]]
) -> None:
    launch(run, settings)
    os.utime(run.path / "queued", (1_000, 1_000))
    assert run.state == "lost"
    assert "before its turn came" in run.reason
    name = (run.path / "queued").read_text().strip()
    with hold(runner.lock_path(run.path.parent, name)):
        assert run.state == "queued"


def test_a_run_that_is_gone_is_not_stopped_nor_brought_back(run: Run) -> None:
    shutil.rmtree(run.path)
    with pytest.raises(RunError, match="its folder is gone"):
        stop(run)
    assert not run.path.exists()


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("queued", "It needs no resuming"),
        ("training", "It needs no resuming"),
    ],
)
def test_an_active_run_is_not_resumed(run: Run, settings: Settings, state: str, advice: str) -> None:
    write_status(run, status_of(os.getpid(), state))
    with pytest.raises(RunError, match=f"is {state}: expected a lost, failed or cancelled run. {advice}"):
        resume(run, settings)
    assert run.state == state


def test_a_finished_run_is_resumed_only_where_a_result_is_damaged(
    finished_runs: dict[str, Run], settings: Settings, runner_starts: list[list[str]]
) -> None:
    source = finished_runs["mfcc_dummy"].path
    run = Run(Path(shutil.copytree(source, settings.runs_dir / source.name)))
    with pytest.raises(
        RunError, match=r"is finished: expected a lost, failed or cancelled run\. Start a new run"
    ):
        resume(run, settings)
    assert run.state == "finished"
    (run.path / "scores.json").write_text('{"lwlrap": "high"}')
    resume(run, settings)
    assert run.state == "queued"
    assert len(runner_starts) == 1
