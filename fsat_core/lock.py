"""Lock files. A run's is held by its worker from first to last, whatever becomes of the clock.

It lies in the run, so that two apps with two cache folders mean the same one. The kernel releases a lock when
its holder dies.
"""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK_FILE = "worker.lock"
_POLL_S = 0.02


class LockedError(Exception):
    """Somebody else holds the lock."""


@contextmanager
def hold(path: Path, patience_s: float = 1.0) -> Iterator[None]:
    """Hold a lock file, which is made if it is not there; its folder is not.

    Raises
    ------
    LockedError
        If somebody else still holds it after `patience_s` seconds. Those who only look at it hold it for
        microseconds, so a short patience is needed in any case.
    OSError
        If it cannot be opened.
    """
    descriptor = _acquire(path, time.monotonic() + patience_s)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether somebody holds a lock file now; False where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return not _try(descriptor, fcntl.LOCK_SH)  # shared: those who look do not hinder each other
    finally:
        os.close(descriptor)


def _acquire(path: Path, deadline: float) -> int | None:
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o666)
        except IsADirectoryError:  # damaged: nobody can hold that
            with suppress(FileNotFoundError):  # somebody else removes it too
                shutil.rmtree(path)
            continue
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                return None  # where there is no room for a lock nobody holds one, and room can be made
            raise
        if _try(descriptor, fcntl.LOCK_EX) and _is_same_file(descriptor, path):
            return descriptor
        os.close(descriptor)
        if time.monotonic() > deadline:
            raise LockedError
        time.sleep(_POLL_S)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def _is_same_file(descriptor: int, path: Path) -> bool:
    """False where the file was deleted or replaced between opening and locking it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
