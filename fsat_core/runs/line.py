"""The line of runs that wait to be trained in the background, one after the other.

A run in line is no process: it has a file `queued` that names its line. One small process, `runner.py`,
starts the workers of a line in turn, and ends with the last one. Runs that were launched in different
environments, such as with another GPU, are in lines of their own, since a worker gets the environment of its
runner.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from fsat_core.files import write_atomically
from fsat_core.lock import is_held
from fsat_core.runs import runner
from fsat_core.runs.records import UnreadableError, read_bytes

_PROJECT_DIR = Path(__file__).parents[2]
_START_S = 10.0  # in which a runner, or a worker that was started, has come to hold its lock
_DECISIVE = re.compile(
    r"(FSAT|KERAS|TF|XLA|JAX|CUDA|NVIDIA|OMP|TORCH|PYTORCH|PYTHON)_?|PATH$|LD_LIBRARY_PATH$|HOME$"
)


def join(run_dir: Path, environment: Mapping[str, str]) -> None:
    """Put a run in line, and see that somebody starts the runs of this line.

    Raises
    ------
    OSError
        If the run's folder cannot be written, or no process can be started.
    """
    line = _name_of(environment)
    (run_dir / runner.STARTING).unlink(missing_ok=True)
    write_atomically(run_dir / runner.QUEUED, line + "\n", make_folder=False)
    # Isolated and without packages: a fifth of the memory of a process that knows the program.
    command = [sys.executable, "-I", "-S", runner.__file__, str(run_dir.parent), line]
    process = subprocess.Popen(
        [*command, sys.executable, str(_PROJECT_DIR)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Reaps it when it ends, so that no zombie is left while this process lives on.
    threading.Thread(target=process.wait, name=f"reap-{process.pid}", daemon=True).start()


def leave(run_dir: Path) -> None:
    """Take a run out of line: its worker has begun, or nobody wants it any more."""
    for name in (runner.QUEUED, runner.STARTING):
        (run_dir / name).unlink(missing_ok=True)


def is_waiting(run_dir: Path) -> bool:
    """Whether a run is in line and its turn has not come."""
    return (run_dir / runner.QUEUED).exists()


def is_in_line(run_dir: Path) -> bool:
    """Whether a run waits, or its worker is being started, and there is somebody who sees to it."""
    for name in (runner.QUEUED, runner.STARTING):
        marker = run_dir / name
        try:
            age_s = abs(time.time() - marker.stat().st_mtime)
            line = read_bytes(marker).decode(errors="replace").strip()
        except (OSError, UnreadableError):
            continue
        if age_s < _START_S:
            return True
        if runner.is_line(line) and is_held(runner.lock_path(run_dir.parent, line)):
            return True
    return False


def _name_of(environment: Mapping[str, str]) -> str:
    """The line of an environment: a hash of all that a training may depend on. Nothing of it is kept."""
    decisive = {name: value for name, value in environment.items() if _DECISIVE.match(name)}
    for name in ("FSAT_DATABASE_URL", "FSAT_NOTIFY_URLS"):  # no training depends on these secrets
        decisive.pop(name, None)
    values = [os.path.realpath(sys.executable), str(_PROJECT_DIR), sorted(decisive.items())]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[: runner.LINE_LENGTH]
