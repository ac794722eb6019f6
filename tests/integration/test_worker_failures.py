"""What goes wrong while a run trains: a failure in one line, with what was trained before."""

import errno
import re
import shutil
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import replace

import pytest

from fsat_core.errors import RunError
from fsat_core.executors.pool import Pool
from fsat_core.files import write_json
from fsat_core.runs import Run, RunStatus
from fsat_core.settings import Settings
from fsat_core.training.worker import _Worker, run_worker

NewRun = Callable[..., Run]


def test_an_unknown_data_folder_is_one_line(settings: Settings, new_run: NewRun) -> None:
    run = new_run()
    write_json(run.path / "dataset.json", {"data_dir": "/no/such/folder", "warnings": []})
    status = run_worker(run, settings)
    assert (status.state, run.state) == ("failed", "failed")
    assert f"The data set of run '{run.run_id}' is not at /no/such/folder any more" in status.error
    assert "\n" not in status.error
    assert status.finished_at > 0


def test_a_damaged_run_fails_with_one_line(settings: Settings, new_run: NewRun) -> None:
    run = new_run()
    (run.path / "dataset.json").write_text("{")
    status = run_worker(run, settings)
    assert (status.state, run.state) == ("failed", "failed")
    assert "dataset.json cannot be read" in status.error


def test_the_end_of_a_run_is_sent_and_nobody_waits_for_who_does_not_take_it(
    settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent = []

    def refuse(urls: str, title: str, body: str) -> list[str]:
        sent.append((urls, title, body))
        return ["It was not delivered."]

    monkeypatch.setattr("fsat_core.training.worker.send", refuse)
    run = new_run()
    (run.path / "dataset.json").write_text("{")
    status = run_worker(run, replace(settings, notify_urls="json://here"))
    assert run.state == "failed"
    assert sent == [("json://here", f"Failed: {run.run_id}", status.error)]
    assert "It was not delivered." in caplog.text
    stopped = new_run()
    stopped.stop_flag.touch()
    run_worker(stopped, replace(settings, notify_urls="json://here"))
    assert sent[1][1:] == (f"Stopped: {stopped.run_id}", "0 of 2 folds saved.")
    run_worker(new_run(), settings, is_ended=lambda: True)
    assert len(sent) == 2, "nobody is told without an address"


def test_an_unexpected_error_is_one_line_and_its_traceback_is_logged(
    settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(self: _Worker) -> None:
        raise ZeroDivisionError("first line\nsecond line")

    monkeypatch.setattr(_Worker, "train", break_down)
    status = run_worker(new_run(), settings)
    assert status.state == "failed"
    assert status.error.startswith("Something unexpected ended the training")
    assert "break_down" in caplog.text
    assert "ZeroDivisionError: first line" in caplog.text


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FULL, "The disk is full"),
        (
            RuntimeError("Can't write data (errno = 28, error message = 'No space left on device')"),
            "The disk is",
        ),
        (MemoryError(), "The memory was not enough"),
        (
            BrokenProcessPool("A process in the process pool was terminated abruptly"),
            "A process that trained",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "oof.npy"),
            "A file cannot be read or written: Perm",
        ),
        (
            ModuleNotFoundError("No module named 'keras'", name="keras"),
            "The package 'keras' is not installed",
        ),
    ],
)
def test_what_fails_in_a_fold_is_a_failure_in_one_line(
    settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch, error: Exception, line: str
) -> None:
    """And not a stop, which only a user asks for."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("fsat_core.training.fold.train_fold", fail)
    run = new_run()
    status = run_worker(run, settings)
    assert (status.state, run.state) == ("failed", "failed")
    assert status.error.startswith(line)
    assert "\n" not in status.error
    assert type(error).__name__ not in status.error
    assert not run.stop_requested
    assert list(run.path.glob(".attempt-*")) == []


def test_where_not_even_the_status_can_be_written_the_run_is_lost(
    settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run()

    def fill_the_disk(self: _Worker) -> None:
        def refuse(*_: object) -> None:
            raise FULL

        monkeypatch.setattr(RunStatus, "save", refuse)
        raise FULL

    monkeypatch.setattr(_Worker, "train", fill_the_disk)
    run_worker(run, settings)
    assert run.state == "lost"


def test_nothing_of_a_run_comes_back_whose_folder_is_deleted(settings: Settings, new_run: NewRun) -> None:
    run = new_run("mfcc_dummy", max_epochs=10_000, patience=10_000)

    def delete_when_training(status: RunStatus) -> None:
        if status.epoch > 1:
            shutil.rmtree(run.path, ignore_errors=True)

    status = run_worker(run, settings, delete_when_training)
    assert (status.state, status.message) == ("cancelled", "Its folder was deleted")
    assert not run.path.exists()


class Cluster(Pool):
    """A pool whose workers die, or which is gone altogether."""

    def __init__(self, error: str = "") -> None:
        self.error, self.num_calls = error, 0

    def submit(self, *_: object, **__: object) -> Future:
        """A future whose worker has died."""
        self.num_calls += 1
        future: Future = Future()
        future.set_exception(BrokenExecutor("gone"))
        return future

    def check(self) -> None:
        """It may be gone."""
        if self.error:
            raise RunError(self.error)


def test_a_cluster_that_gives_up_is_a_failure_that_says_so(
    settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster("The cluster is gone.")
    monkeypatch.setattr("fsat_core.training.worker.open_executor", lambda *_: nullcontext(cluster))
    status = run_worker(new_run(), settings)
    assert (status.state, status.error) == ("failed", "The cluster is gone.")


def test_a_fold_whose_worker_dies_is_trained_again_but_not_for_ever(
    settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster()
    monkeypatch.setattr("fsat_core.training.worker.open_executor", lambda *_: nullcontext(cluster))
    status = run_worker(new_run(), settings)
    assert status.state == "failed"
    assert re.match(r"A process that trained fold [01] has ended 3 times, perhaps for want", status.error)
    assert cluster.num_calls >= 3
