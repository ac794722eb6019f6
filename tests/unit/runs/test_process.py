"""Ending the process of a worker, with its children, and starting one again."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from fsat_core.errors import RunError
from fsat_core.lock import hold
from fsat_core.runs import Run, RunStatus, delete_run, kill, launch, line, resume, runner, stop
from fsat_core.settings import Settings
from tests.helpers.messages import whole_message


@pytest.fixture
def run(unstarted: Run) -> Run:
    return unstarted


def status_of(pid: int, state: str = "training", **values: Any) -> RunStatus:
    """The status that process `pid` would write."""
    return RunStatus(state=state, pid=pid, create_time=psutil.Process(pid).create_time(), **values)


def write_status(run: Run, status: RunStatus) -> None:
    status.save(run.path / "status.json")


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts a process that tells a line, if it has an output; whatever is left at the end is killed."""
    with ExitStack() as stack:

        def start(*command: object, **options: Any) -> subprocess.Popen:
            process = stack.enter_context(subprocess.Popen(list(map(str, command)), text=True, **options))
            stack.callback(process.kill)
            return process

        yield start


def told(process: subprocess.Popen) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


APART: dict[str, Any] = {"start_new_session": True, "stdout": subprocess.PIPE}


def test_kill_ends_the_worker_and_its_children(run: Run, start: Callable) -> None:
    code = (
        "import subprocess, sys; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True); p.wait()"
    )
    worker = start(sys.executable, "-c", code, **APART)
    child = psutil.Process(int(told(worker)))
    write_status(run, status_of(worker.pid))
    kill(run)
    assert worker.wait(timeout=60) == -signal.SIGKILL
    child.wait(timeout=30)
    assert run.state == "cancelled"


def test_kill_spares_whoever_called_a_foreground_training(run: Run, start: Callable) -> None:
    worker = start("sleep", 600)  # in our own group
    write_status(run, status_of(worker.pid))
    kill(run)
    assert worker.wait(timeout=60) == -signal.SIGKILL


def test_kill_does_nothing_without_a_worker(run: Run, start: Callable) -> None:
    other = start("sleep", 600)
    write_status(run, RunStatus(state="training", pid=other.pid, create_time=1.0))
    kill(run)
    assert run.state == "lost"
    write_status(run, status_of(other.pid, "finished"))  # of a run that has just ended
    kill(run)
    assert not run.stop_requested
    assert other.poll() is None


def test_kill_waits_for_nothing_of_a_worker_that_has_just_gone(run: Run, start: Callable) -> None:
    """Its lock is held a moment longer, such as by a thread of it."""
    worker = start("sleep", 600)
    write_status(run, status_of(worker.pid))
    worker.kill()
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
    with hold(run.lock_path):
        kill(run)
        worker.wait()
        kill(run)
    assert not run.stop_requested


def test_kill_reaches_no_other_host(run: Run) -> None:
    status = RunStatus(state="training", pid=os.getpid(), host="elsewhere", heartbeat=time.time())
    write_status(run, status)
    with pytest.raises(RunError, match="trains on elsewhere"):
        kill(run)


@pytest.fixture
def runner_starts(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The environments of runners that would have been started; none is."""
    environments: list[dict[str, str]] = []

    def note(command: list[str], env: dict[str, str], **_: object) -> Any:
        environments.append(env)
        return SimpleNamespace(pid=0, wait=lambda: 0)

    monkeypatch.setattr(line.subprocess, "Popen", note)
    return environments


def test_a_launched_run_gets_our_settings_and_a_log_without_delay(
    run: Run, settings: Settings, runner_starts: list[dict[str, str]]
) -> None:
    run.log_path.mkdir()  # damaged
    (run.log_path / "file").touch()
    launch(run, replace(settings, dask_scheduler="tcp://here:1"))
    (environment,) = runner_starts
    assert environment["FSAT_DASK_SCHEDULER"] == "tcp://here:1"
    assert environment["FSAT_RUNS_DIR"] == str(settings.runs_dir)
    assert environment["PATH"] == os.environ["PATH"]
    assert environment["PYTHONUNBUFFERED"] == "1"
    assert run.log_path.is_file(), "for those who look at it before its worker says something"


@pytest.mark.parametrize(
    ("action", "what"), [(launch, "started"), (lambda run, _: stop(run), "stopped"), (resume, "resumed")]
)
def test_a_disk_that_takes_nothing_is_one_line(
    run: Run,
    settings: Settings,
    runner_starts: list[dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    action: Callable,
    what: str,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    write_status(run, RunStatus(state="failed"))
    run.stop_flag.touch()
    for name in ("touch", "unlink"):
        monkeypatch.setattr(Path, name, refuse)
    with pytest.raises(RunError) as caught:
        action(run, settings)
    assert whole_message(caught) == (
        f"Run '{run.run_id}' cannot be {what} (Read-only file system): expected a folder with free space "
        "that can be written. Mend that, and try again."
    )
    assert runner_starts == []


@pytest.mark.parametrize("state", ["failed", "cancelled", "training"])
def test_a_resumed_run_is_as_before_its_start(
    run: Run, settings: Settings, runner_starts: list[dict[str, str]], state: str
) -> None:
    write_status(run, status_of(os.getpid(), state, error="was ill"))
    run.lock_path.touch()  # which nobody holds: the pid in the status says nothing any more
    run.stop_flag.touch()
    resume(run, settings)
    assert not run.stop_requested
    assert (run.state, run.status.error, run.status.message) == ("queued", "", "Waiting for another run")
    assert len(runner_starts) == 1


def test_a_run_whose_lock_is_held_is_neither_resumed_nor_deleted(
    run: Run, settings: Settings, runner_starts: list[dict[str, str]]
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


def test_a_worker_whose_clock_was_set_is_ended_all_the_same(run: Run, start: Callable) -> None:
    code = "import fcntl, sys, time; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX);"
    code += "print(1, flush=True); time.sleep(600)"
    worker = start(sys.executable, "-c", code, run.lock_path, **APART)
    told(worker)
    status = status_of(worker.pid)
    status.create_time += 3_600
    write_status(run, status)
    kill(run)
    assert worker.wait(timeout=60) == -signal.SIGKILL
    assert run.state == "cancelled"


def test_no_other_process_is_ended_in_place_of_the_worker(
    run: Run, start: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: psutil.Process) -> None:
        raise psutil.AccessDenied

    def check(pid: int) -> None:
        write_status(run, RunStatus(state="training", pid=pid, create_time=1.0))
        with hold(run.lock_path), pytest.raises(RunError, match="has not said yet which process it is"):
            kill(run)
        assert not run.stop_requested

    other = start("sleep", 600)
    check(0)
    check(other.pid)
    monkeypatch.setattr(psutil.Process, "open_files", refuse)
    check(other.pid)
    assert other.poll() is None


def test_a_run_in_line_is_stopped_without_a_worker(
    run: Run, settings: Settings, runner_starts: list[dict[str, str]]
) -> None:
    launch(run, settings)
    assert (run.state, run.is_active) == ("queued", True)
    stop(run)
    assert (run.state, run.status.message) == ("cancelled", "Stopped on request")
    assert run.status.finished_at == pytest.approx(time.time(), abs=60)
    assert not (run.path / "queued").exists()
    resume(run, settings)
    assert (run.state, len(runner_starts)) == ("queued", 2)


def test_a_run_whose_worker_has_just_begun_is_stopped_by_it(
    run: Run, settings: Settings, runner_starts: list[dict[str, str]]
) -> None:
    launch(run, settings)
    with hold(run.lock_path):
        stop(run)
        assert (run.state, run.stop_requested) == ("queued", True)
    assert not (run.path / "status.json").exists()


def test_a_run_that_trains_is_only_asked_to_stop(run: Run) -> None:
    status = status_of(os.getpid())
    write_status(run, status)
    stop(run)
    assert (run.status, run.stop_requested) == (status, True)


def test_a_run_in_line_is_lost_when_nobody_starts_it(
    run: Run, settings: Settings, runner_starts: list[dict[str, str]]
) -> None:
    launch(run, settings)
    os.utime(run.path / "queued", (1_000, 1_000))
    assert run.state == "lost"
    assert run.reason == "What starts the runs in line ended before its turn came."
    name = (run.path / "queued").read_text().strip()
    with hold(runner.lock_path(run.path.parent, name)):
        assert run.state == "queued"


def test_a_run_that_is_gone_is_not_stopped_nor_brought_back(run: Run) -> None:
    shutil.rmtree(run.path)
    with pytest.raises(RunError) as caught:
        stop(run)
    assert whole_message(caught) == (
        f"Run '{run.run_id}' cannot be stopped (its folder is gone): expected a folder with free space that "
        "can be written. Choose another run."
    )
    assert not run.path.exists()


def test_a_damaged_run_is_not_resumed(
    run: Run, settings: Settings, runner_starts: list[dict[str, str]]
) -> None:
    write_status(run, RunStatus(state="failed"))
    (run.path / "classes.json").write_text("{")
    with pytest.raises(RunError, match=r"classes\.json cannot be read"):
        resume(Run(run.path), settings)
    assert (run.status.state, runner_starts) == ("failed", [])


def test_a_run_that_a_worker_still_holds_is_not_resumed(
    run: Run, settings: Settings, runner_starts: list[dict[str, str]]
) -> None:
    write_status(run, RunStatus(state="failed", error="was ill"))
    with hold(run.lock_path), pytest.raises(RunError, match=r"is failed: .* It needs no resuming\.$"):
        resume(run, settings)
    assert (run.status.error, runner_starts) == ("was ill", [])


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
    finished_runs: dict[str, Run], settings: Settings, runner_starts: list[dict[str, str]]
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
