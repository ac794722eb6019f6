"""Starting, stopping and resuming the process that trains a run."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from fsat_core.errors import RunError
from fsat_core.files import remove
from fsat_core.lock import LockedError, hold
from fsat_core.runs import line
from fsat_core.runs.health import faults_of_results
from fsat_core.runs.run import Run
from fsat_core.runs.status import RunStatus, is_alive
from fsat_core.settings import Settings


def launch(run: Run, settings: Settings) -> None:
    """Have a run trained in the background: at once, or when those that were launched before it have ended.

    Its worker is a process in a session of its own, so that it outlives whoever started it.

    Raises
    ------
    RunError
        If the run's folder cannot be written, or no process can be started.
    """
    environment = {**os.environ, **settings.environment(), "PYTHONUNBUFFERED": "1"}
    with _one_line_of(run, "cannot be started"):
        if run.log_path.is_dir():  # damaged, and only there to be read
            remove(run.log_path)
        run.log_path.touch()
        line.join(run.path, environment)


def stop(run: Run) -> None:
    """Ask a run to stop; its worker does so at the next batch and keeps the folds it has finished.

    Raises
    ------
    RunError
        If the run's folder cannot be written.
    """
    with _one_line_of(run, "cannot be stopped"):
        if not run.path.is_dir():
            raise FileNotFoundError
        run.stop_flag.touch()
        if line.is_waiting(run.path):
            _take_out_of_line(run)


def _take_out_of_line(run: Run) -> None:
    """End a run that waits for its turn, where no worker can do so."""
    with suppress(LockedError), hold(run.lock_path):  # else its worker has just begun, and sees the flag
        line.leave(run.path)
        status = run.status
        status.state, status.message, status.finished_at = "cancelled", "Stopped on request", time.time()
        status.save(run.path / "status.json")


def kill(run: Run) -> None:
    """End a run's worker at once, with its process group if it has its own.

    For a worker that does not honour `stop`.

    Raises
    ------
    RunError
        If its worker runs on another host, or has not yet said which process it is.
    """
    if not run.has_worker:
        return
    status = run.status
    if status.host != socket.gethostname():
        raise RunError(f"Run '{run.run_id}' trains on {status.host}: expected this host. Stop it there.")
    if _has_ended(status):
        return
    if not _is_worker(run, status):
        raise RunError(
            f"Run '{run.run_id}' has a worker that has not said yet which process it is: expected its "
            "number. Try again in a moment."
        )
    run.stop_flag.touch()
    with suppress(ProcessLookupError):  # it has just ended
        if os.getpgid(status.pid) == status.pid:
            os.killpg(status.pid, signal.SIGKILL)
        else:  # `train` in the foreground, in the group of whoever called it
            os.kill(status.pid, signal.SIGKILL)


def _has_ended(status: RunStatus) -> bool:
    """Whether the process that a status names is gone, or nearly: its threads may take a moment longer."""
    try:
        return status.pid > 0 and psutil.Process(status.pid).status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True


def _is_worker(run: Run, status: RunStatus) -> bool:
    """Whether the process that a status names is the worker, also when the clock has been set since."""
    if is_alive(status):
        return True
    try:
        opened = {file.path for file in psutil.Process(status.pid).open_files()}
    except (psutil.Error, OSError):
        return False
    return str(run.lock_path.resolve()) in opened


def resume(run: Run, settings: Settings) -> None:
    """Start a run again that has not finished, or whose results are damaged; complete folds are kept.

    Raises
    ------
    RunError
        If the run is still active, is complete, or cannot be read.
    """
    if fault := run.fault:
        raise RunError(fault)
    if run.is_active:
        raise _not_to_resume(run, run.state)
    with _one_line_of(run, "cannot be resumed"), _held(run):
        state = run.ended_state
        if state not in ("lost", "failed", "cancelled") and not (
            state == "finished" and faults_of_results(run)
        ):
            raise _not_to_resume(run, state)
        remove(run.stop_flag)  # which would end it at once
        remove(run.path / "status.json")
        launch(run, settings)


def _not_to_resume(run: Run, state: str) -> RunError:
    return RunError(
        f"Run '{run.run_id}' is {state}: expected a lost, failed or cancelled run. "
        + ("Start a new run instead." if state == "finished" else "It needs no resuming.")
    )


@contextmanager
def _held(run: Run) -> Iterator[None]:
    """Hold a run's lock, so that no worker begins meanwhile."""
    try:
        with hold(run.lock_path):
            yield
    except LockedError as error:
        raise _not_to_resume(run, run.state) from error


@contextmanager
def _one_line_of(run: Run, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        gone = not run.path.is_dir()
        raise RunError(
            f"Run '{run.run_id}' {what} ({'its folder is gone' if gone else error.strerror or 'no access'}): "
            "expected a folder with free space that can be written. "
            + ("Choose another run." if gone else "Mend that, and try again.")
        ) from error
