"""Starting, stopping and resuming the process that trains a run."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from fsat_core.errors import RunError
from fsat_core.runs.run import Run
from fsat_core.runs.status import is_alive
from fsat_core.settings import Settings

_PROJECT_DIR = Path(__file__).parents[2]


def launch(run: Run, settings: Settings) -> None:
    """Start a run's worker in a session of its own, so that it outlives whoever started it."""
    environment = {**os.environ, **settings.environment(), "PYTHONUNBUFFERED": "1"}
    run.log_path.touch()  # its time tells how long a run without a status has been starting
    with run.log_path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "fsat_core", "worker", str(run.path)],
            cwd=_PROJECT_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    # Reaps the worker when it ends, so that no zombie is left while this process lives on.
    threading.Thread(target=process.wait, name=f"reap-{run.run_id}", daemon=True).start()


def stop(run: Run) -> None:
    """Ask a run to stop; its worker does so at the next batch and keeps the folds it has finished."""
    run.stop_flag.touch()


def kill(run: Run) -> None:
    """End a run's worker at once, with its process group if it has its own.

    For a worker that does not honour `stop`.

    Raises
    ------
    RunError
        If its worker runs on another host.
    """
    status = run.status
    if not is_alive(status):
        return
    if status.host != socket.gethostname():
        raise RunError(f"Run '{run.run_id}' trains on {status.host}: expected this host. Stop it there.")
    run.stop_flag.touch()
    with suppress(ProcessLookupError):  # it has just ended
        if os.getpgid(status.pid) == status.pid:
            os.killpg(status.pid, signal.SIGKILL)
        else:  # `train` in the foreground, in the group of whoever called it
            os.kill(status.pid, signal.SIGKILL)


def resume(run: Run, settings: Settings) -> None:
    """Start a lost, failed or cancelled run again; finished folds are kept, an unfinished one starts anew.

    Raises
    ------
    RunError
        If the run is still active or has finished.
    """
    prepare_resume(run)
    launch(run, settings)


def prepare_resume(run: Run) -> None:
    """Check that a run can be resumed, and remove a stop flag, which would end it at once."""
    if (state := run.state) not in ("lost", "failed", "cancelled"):
        raise RunError(
            f"Run '{run.run_id}' is {state}: expected a lost, failed or cancelled run. "
            + ("Start a new run instead." if state == "finished" else "It needs no resuming.")
        )
    run.stop_flag.unlink(missing_ok=True)
    (run.path / "status.json").unlink(missing_ok=True)
