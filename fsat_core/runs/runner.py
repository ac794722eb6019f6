"""A process that starts the workers of the runs in a line, one after the other, and ends with the last one.

It is started by its path and imports nothing but the standard library, so that it takes little memory. The
workers have sessions of their own: when this process is killed, the one that trains goes on, and the next run
that joins the line starts another runner.
"""

import fcntl
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

QUEUED, STARTING = "queued", "starting"  # files of a run: it waits for its turn, its worker was started
LINE_LENGTH = 16
NICENESS = 5  # as that of `fsat_core.background`: where cores are short, pages come first
_TRIES, _TRY_S = 10, 0.05  # those who look at the lock hold it for microseconds


def is_line(name: str) -> bool:
    """Whether this can be the name of a line."""
    return len(name) == LINE_LENGTH and all(character in "0123456789abcdef" for character in name)


def lock_path(runs_dir: Path, line: str) -> Path:
    """The file that the runner of a line holds."""
    return runs_dir / f".line-{line}.lock"


def main(runs_dir: Path, line: str, python: str, project_dir: str) -> None:
    """Start the workers of a line until nobody is in it; nothing if another runner does so."""
    while next_run(runs_dir, line) is not None:
        descriptor = _lock(lock_path(runs_dir, line))
        if descriptor is None:
            return  # the other one looks once more after it has let go
        try:
            while (run_dir := next_run(runs_dir, line)) is not None:
                _train(run_dir, python, project_dir)
        finally:
            os.close(descriptor)


def next_run(runs_dir: Path, line: str) -> "Path | None":
    """The folder of the run that has been in line longest; None where nobody is."""
    waiting = []
    for marker in runs_dir.glob(f"*/{QUEUED}"):
        with suppress(OSError, ValueError):
            if marker.is_file() and marker.read_text().strip() == line:
                waiting.append((marker.stat().st_mtime_ns, marker.parent))
    return min(waiting)[1] if waiting else None


def _train(run_dir: Path, python: str, project_dir: str) -> None:
    starting = run_dir / STARTING
    try:
        (run_dir / QUEUED).replace(starting)
        os.utime(starting)
    except FileNotFoundError:  # taken out of line, or deleted
        return
    with suppress(OSError), (run_dir / "worker.log").open("ab") as log:
        try:
            subprocess.Popen(
                [python, "-m", "fsat_core", "worker", str(run_dir)],
                cwd=project_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            ).wait()
        except OSError as error:
            log.write(f"The worker cannot be started ({error.strerror})\n".encode())
    # The worker removes this file as soon as it has said something. Left over, it died before that.
    with suppress(OSError):
        starting.unlink()


def _lock(path: Path) -> "int | None":
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    for _ in range(_TRIES):
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        time.sleep(_TRY_S)
    os.close(descriptor)
    return None


if __name__ == "__main__":
    os.nice(NICENESS)
    main(Path(sys.argv[1]), *sys.argv[2:])
