"""Deleting a run, and what that would free."""

import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fsat_core.errors import RunError
from fsat_core.lock import LockedError, hold
from fsat_core.runs.listing import is_run
from fsat_core.runs.run import Run

_HIDDEN = ".deleted-"  # hidden folders are not runs, so nobody sees what a crash leaves behind


def delete_run(run: Run, remove: Callable[[Path], object] = shutil.rmtree) -> None:
    """Remove a run with all its files.

    It is renamed to a hidden name at once, and then removed from disk. If a crash comes in between, the rest
    is removed together with the next run. `remove` is what removes a folder.

    Raises
    ------
    RunError
        If the run is active, its folder is a link or no run, or it cannot be removed.
    """
    _check_deletable(run)
    hidden = run.path.with_name(f"{_HIDDEN}{run.run_id}-{secrets.token_hex(2)}")
    try:
        with hold(run.lock_path):  # so that no worker begins meanwhile
            run.path.rename(hidden)
        with suppress(FileNotFoundError):  # another deletion has taken it for a leftover
            remove(hidden)
    except LockedError as error:
        raise _is_active(run) from error
    except OSError as error:
        raise RunError(
            f"Run '{run.run_id}' cannot be deleted ({error.strerror or error}): expected a folder that can "
            "be written. Mend its permissions and try again."
        ) from error
    for leftover in run.path.parent.glob(f"{_HIDDEN}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def disk_size(run: Run) -> int:
    """Bytes of all files of a run; links are not followed."""
    try:
        return sum(_size(path) for path in run.path.rglob("*"))
    except OSError:  # a folder in it cannot be entered, or has just been removed
        return 0


def _check_deletable(run: Run) -> None:
    if run.path.is_symlink():
        raise RunError(
            f"Run '{run.run_id}' is a link to another folder: expected a folder of its own. "
            "Remove the link yourself."
        )
    if not is_run(run.path):
        raise RunError(f"{run.path} is no run: expected a folder with files of one. Nothing was deleted.")
    if run.is_active:
        raise _is_active(run)


def _is_active(run: Run) -> RunError:
    return RunError(
        f"Run '{run.run_id}' is {run.state}: expected one that has ended. Stop it first, then delete it."
    )


def _size(path: Path) -> int:
    try:
        return 0 if path.is_dir() else path.lstat().st_size
    except OSError:  # it has just been removed
        return 0
