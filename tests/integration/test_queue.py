"""Runs that wait for the device: one at a time, in the order of their start, and stoppable there."""

import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from filelock import FileLock

from fsat_core.errors import RunError
from fsat_core.runs import Run, RunStatus, stop
from fsat_core.runs.device import detect_device
from fsat_core.settings import Settings
from fsat_core.training.worker import _Worker, run_worker

NewRun = Callable[..., Run]


@pytest.fixture
def waiting_room(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Run], list[str]]]:
    """Starts a worker in a thread: `waiting_room(run)` returns the messages it reports, growing.

    It never trains: once it has the device it is finished. Whatever still waits at the end is stopped.
    """
    monkeypatch.setattr(_Worker, "prepare", lambda self: self.report(state="preparing", message="In"))
    monkeypatch.setattr(_Worker, "train", lambda self: None)
    monkeypatch.setattr(_Worker, "finish", lambda self: self.end("finished", message="Finished"))
    started: list[tuple[Run, threading.Thread]] = []

    def start(run: Run) -> list[str]:
        messages: list[str] = []
        thread = threading.Thread(
            target=run_worker, args=(run, settings, lambda status: messages.append(status.message))
        )
        thread.start()
        started.append((run, thread))
        return messages

    yield start
    for run, thread in started:
        stop(run)
        thread.join()


def has_waited(messages: list[str]) -> bool:
    return sum(message.startswith("Waiting for another run on") for message in messages) >= 2


def test_a_run_waits_for_the_device_and_can_be_stopped_there(
    settings: Settings, new_run: NewRun, waiting_room: Callable[[Run], list[str]], wait_until: Callable
) -> None:
    lock = settings.cache_dir / "locks" / f"{detect_device().name}.lock"
    lock.parent.mkdir(parents=True)
    first, second = new_run(), new_run()
    with FileLock(lock):
        messages = [waiting_room(run) for run in (first, second)]
        wait_until(lambda: all(has_waited(each) for each in messages))
        assert (first.state, second.state) == ("queued", "queued")
        stop(first)
        wait_until(lambda: first.state == "cancelled")
    wait_until(lambda: second.state == "finished")
    assert "In" not in messages[0]


def test_an_older_run_goes_first(
    settings: Settings, new_run: NewRun, waiting_room: Callable[[Run], list[str]], wait_until: Callable
) -> None:
    older, newer = sorted((new_run(), new_run()), key=lambda run: run.run_id)
    status = RunStatus(pid=psutil.Process().pid, create_time=psutil.Process().create_time())
    status.device = detect_device().description
    status.save(older.path / "status.json")
    messages = waiting_room(newer)
    wait_until(lambda: has_waited(messages))  # though nobody holds the lock
    status.state = "cancelled"
    status.save(older.path / "status.json")
    wait_until(lambda: newer.state == "finished")


@pytest.mark.parametrize("place", [{"host": "elsewhere"}, {"device": "GPU 7"}])
def test_an_older_run_on_another_host_or_device_is_not_waited_for(
    place: dict, new_run: NewRun, waiting_room: Callable[[Run], list[str]], wait_until: Callable
) -> None:
    older, newer = sorted((new_run(), new_run()), key=lambda run: run.run_id)
    own = {"pid": psutil.Process().pid, "create_time": psutil.Process().create_time()}
    own["heartbeat"] = time.time()
    RunStatus(**{**own, "device": detect_device().description, **place}).save(older.path / "status.json")
    assert older.state == "queued"
    messages = waiting_room(newer)
    wait_until(lambda: newer.state == "finished")
    assert not has_waited(messages)


def test_a_run_has_one_worker(
    settings: Settings, new_run: NewRun, waiting_room: Callable[[Run], list[str]], wait_until: Callable
) -> None:
    run = new_run()
    with FileLock(settings.cache_dir / "locks" / f"{detect_device().name}.lock"):
        waiting = waiting_room(run)
        wait_until(lambda: has_waited(waiting))
        before = run.status
        with pytest.raises(RunError, match="has a worker already"):
            run_worker(run, settings)
        assert run.status.state == before.state == "queued"
    wait_until(lambda: run.state == "finished")
