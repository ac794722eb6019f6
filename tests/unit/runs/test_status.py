"""Which state a run is in, and how its worker is ended or started again."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from fsat_core.lock import hold, is_held
from fsat_core.runs import Run, RunStatus, line, stop


@pytest.fixture
def run(unstarted: Run) -> Run:
    return unstarted


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen]:
    """A process in a session of its own that does nothing."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def status_of(pid: int, state: str = "training", **values: Any) -> RunStatus:
    """The status that process `pid` would write."""
    return RunStatus(state=state, pid=pid, create_time=psutil.Process(pid).create_time(), **values)


def write_status(run: Run, status: RunStatus) -> None:
    status.save(run.path / "status.json")


def make_old(path: Path) -> None:
    os.utime(path, (1_000, 1_000))


def test_queued_until_the_worker_writes_a_status(run: Run) -> None:
    assert run.state == "queued"
    assert run.is_active
    status = run.status
    assert (status.state, status.message) == ("queued", "Starting")
    assert (status.num_folds, status.max_epochs) == (run.config.n_folds, run.config.max_epochs) == (2, 2)


def test_lost_when_no_worker_ever_came(run: Run) -> None:
    make_old(run.path / "config.json")
    assert run.state == "lost"
    assert not run.is_active
    assert run.reason == "Its log is empty."


def test_lost_at_once_when_the_worker_died_before_its_first_word(run: Run) -> None:
    run.log_path.write_text("Loading\n\nSegmentation fault\n\n")
    assert run.state == "lost"
    assert run.reason == "The last line of its log: Segmentation fault"


@pytest.mark.parametrize("state", ["queued", "preparing", "training"])
def test_state_of_a_live_worker_is_its_own(run: Run, state: str) -> None:
    write_status(run, status_of(os.getpid(), state))
    assert run.state == state
    assert run.is_active


def test_lost_when_the_process_is_gone(run: Run, sleeper: subprocess.Popen) -> None:
    write_status(run, status_of(sleeper.pid))
    assert run.state == "training"
    sleeper.kill()
    sleeper.wait()
    assert run.state == "lost"


def test_lost_when_another_process_has_the_pid(run: Run) -> None:
    status = status_of(os.getpid())
    status.create_time -= 100
    write_status(run, status)
    assert run.state == "lost"


def test_lost_when_another_process_got_the_pid_a_moment_later(run: Run) -> None:
    status = status_of(os.getpid())
    status.create_time -= 1.5
    write_status(run, status)
    assert run.state == "lost"
    status.create_time += 1  # clocks are read twice, and rounded
    write_status(run, status)
    assert run.state == "training"


def test_lost_when_its_worker_died_before_its_first_word(run: Run) -> None:
    run.lock_path.touch()
    assert run.state == "lost"
    assert run.is_active is False


def test_lost_when_nobody_holds_its_lock_whatever_its_status_says(run: Run) -> None:
    write_status(run, status_of(os.getpid()))
    assert run.state == "training"
    run.lock_path.touch()
    assert run.state == "lost"
    assert run.has_worker is False


def test_a_worker_that_has_said_nothing_yet_is_queued(run: Run) -> None:
    make_old(run.path / "config.json")
    with hold(run.lock_path):
        assert run.state == "queued"
        assert run.has_worker is True
    assert run.ended_state == "lost"


@pytest.mark.parametrize("ask", [lambda run: run.state == "queued", lambda run: run.is_active])
def test_a_worker_that_begins_while_somebody_looks_is_not_missed(
    run: Run, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Run], bool]
) -> None:
    def look_and_begin(path: Path) -> bool:
        held = is_held(path)
        line.leave(run.path)  # as a worker does that has come to hold its lock
        return held

    (run.path / "queued").write_text("0123456789abcdef\n")
    run.log_path.touch()
    monkeypatch.setattr("fsat_core.runs.run.is_held", look_and_begin)
    assert ask(run)


def test_a_worker_that_has_ended_is_none(run: Run) -> None:
    """Though its process goes on for a moment, or is one that trains several runs."""
    write_status(run, status_of(os.getpid(), "failed"))
    assert run.has_worker is False


def test_lost_when_the_process_is_a_zombie(run: Run, sleeper: subprocess.Popen) -> None:
    write_status(run, status_of(sleeper.pid))
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # ended, and nobody has fetched its status
    assert psutil.Process(sleeper.pid).status() == psutil.STATUS_ZOMBIE
    assert run.state == "lost"


def test_cancelled_when_a_stop_was_asked_for_before_it_ended(run: Run) -> None:
    write_status(run, RunStatus(state="training", pid=os.getpid(), create_time=1.0))
    assert run.state == "lost"
    stop(run)
    assert run.stop_requested
    assert run.state == "cancelled"


@pytest.mark.parametrize("state", ["finished", "failed", "cancelled"])
def test_terminal_states_outlive_the_worker(run: Run, state: str) -> None:
    write_status(run, RunStatus(state=state, pid=os.getpid(), create_time=1.0))
    assert run.state == state
    assert not run.is_active


@pytest.mark.parametrize(("silence_s", "state"), [(10, "training"), (1_000, "lost")])
def test_a_worker_on_another_host_is_believed_while_it_reports(
    run: Run, silence_s: float, state: str
) -> None:
    heartbeat = time.time() - silence_s
    write_status(run, RunStatus(state="training", pid=os.getpid(), host="elsewhere", heartbeat=heartbeat))
    assert run.state == state
    run.lock_path.touch()  # which may not be seen to be held from here
    assert run.state == state


def test_status_survives_the_disk_and_unknown_keys(run: Run) -> None:
    status = status_of(os.getpid(), fold=1, epoch=3, eta_s=4.5, warnings=["a", "b"], message="Büffel")
    path = run.path / "status.json"
    status.save(path)
    path.write_text(path.read_text().replace("{", '{"from_the_future": 1,', 1))
    assert run.status == status


@pytest.mark.parametrize(
    ("text", "kept"), [("C:\\users\\udo", "C:\\users\\udo"), ("m\udce8.wav", "m\\xe8.wav")]
)
def test_a_status_can_be_read_whatever_it_names(run: Run, text: str, kept: str) -> None:
    write_status(run, RunStatus(state="failed", error=text, message=text, warnings=[text]))
    status = run.status
    assert (run.state, status.error, status.message, status.warnings) == ("failed", kept, kept, [kept])


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"state": "trai',
        '{"state": "asleep"}',
        '{"pid": "1"}',
        '{"started_at": 1e999}',
        '{"progress": NaN}',
    ],
)
def test_a_damaged_status_counts_as_none_and_the_reason_names_it(run: Run, content: str) -> None:
    (run.path / "status.json").write_text(content)
    assert run.state == "lost"
    assert run.status.message == "Starting"
    assert run.reason.startswith("status.json cannot be read (")
    assert run.reason.endswith(").")


def test_a_status_does_not_bring_a_deleted_run_back(run: Run) -> None:
    shutil.rmtree(run.path)
    with pytest.raises(FileNotFoundError):
        write_status(run, RunStatus())
    assert not run.path.exists()
    assert (run.is_active, run.state) == (False, "damaged")
