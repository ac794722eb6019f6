"""A process in which one call that changes a file fails: compiles failing_calls.c, arms it, and forks."""

import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")
ERRORS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "SIGKILL": 0}
HUNG_S = 120  # no limit on speed: a child that takes longer has hung
_POLL_S = 0.005


def why_not() -> str:
    """Why calls cannot be made to fail here; "" if they can."""
    if not sys.platform.startswith("linux"):
        return "LD_PRELOAD is known on Linux only"
    return "" if shutil.which("cc") else "there is no C compiler"


def environment(folder: Path) -> dict[str, str]:
    """This process's variables with the library, compiled into `folder`, loaded before all others."""
    library = folder / "failing_calls.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return {**os.environ, "LD_PRELOAD": str(library)}


def arm(folder: Path, nth: int, failure: str) -> None:
    """Let the `nth` call below a folder fail, counted from 1 and from now on; 0 lets none fail."""
    _library().fault_arm(str(folder.resolve()).encode(), nth, ERRORS[failure])


def num_calls() -> int:
    """How many calls were counted since `arm`."""
    return int(_library().fault_calls())


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None)
    library.fault_arm.argtypes = (ctypes.c_char_p, ctypes.c_long, ctypes.c_int)
    library.fault_calls.restype = ctypes.c_long
    return library


def in_child(work: Callable[[], int], log: Path) -> int:
    """The exit status of `work` in a forked process, negative after a signal; what it prints goes to `log`.

    A child that hangs is killed, and counts as `-SIGALRM`.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _run(work, log)
    deadline = time.monotonic() + HUNG_S
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return -signal.SIGALRM
        time.sleep(_POLL_S)


def _run(work: Callable[[], int], log: Path) -> None:
    status = 70
    try:
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(file, 1)
        os.dup2(file, 2)
        status = work()
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
