"""The lock of a run: one holder at a time, whatever lies in its place and whoever looks at it meanwhile."""

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from fsat_core.lock import LockedError, hold, is_held


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "worker.lock"


@contextmanager
def held_for(path: Path, seconds: float) -> Iterator[None]:
    """Somebody else holds it for so long."""
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        timer = threading.Timer(seconds, fcntl.flock, (file, fcntl.LOCK_UN))
        timer.start()
        yield
        timer.join()


def num_open(path: Path) -> int:
    """How often this process has a file open. Other threads of it may open and close what they like."""
    opened = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # it has been closed
            opened += descriptor.readlink() == path
    return opened


def test_who_looks_sees_whether_it_is_held_and_takes_nothing(path: Path) -> None:
    assert is_held(path) is False
    assert not path.exists(), "looking makes no file"
    with hold(path):
        assert is_held(path) is True
    assert is_held(path) is False
    with hold(path, patience_s=0):
        pass


def test_a_second_holder_waits_and_gives_up(path: Path) -> None:
    with hold(path):
        assert num_open(path) == 1
        with pytest.raises(LockedError), hold(path, patience_s=0.1):
            pass
        assert num_open(path) == 1, "waiting leaves nothing open"
    assert num_open(path) == 0


def test_a_lock_that_becomes_free_is_taken(path: Path) -> None:
    with held_for(path, 0.15), hold(path, patience_s=30):
        assert is_held(path)


def test_everybody_who_may_write_in_the_folder_may_hold_it(path: Path) -> None:
    mask = os.umask(0o002)
    try:
        with hold(path):
            pass
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o664


def test_a_folder_in_its_place_is_removed(path: Path) -> None:
    (path / "sub").mkdir(parents=True)
    (path / "sub" / "file").touch()
    with hold(path):
        assert path.is_file()
        assert is_held(path)


def test_a_pipe_in_its_place_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    assert is_held(path) is False
    with hold(path):
        assert is_held(path)


@pytest.mark.parametrize("replaced", [True, False])
def test_a_file_that_went_between_opening_and_locking_is_no_lock(
    path: Path, monkeypatch: pytest.MonkeyPatch, replaced: bool
) -> None:
    lock = fcntl.flock

    def go_first(descriptor: int, kind: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        path.unlink()
        if replaced:
            path.touch()
        lock(descriptor, kind)

    monkeypatch.setattr(fcntl, "flock", go_first)
    with hold(path):
        assert is_held(path), "the file that is there now"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_has_no_lock_and_can_still_be_cleared(
    path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(code, "No space")

    monkeypatch.setattr(os, "open", refuse)
    with hold(path):
        monkeypatch.undo()
    assert not path.exists()


def test_what_cannot_be_opened_or_locked_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError), hold(path / "nowhere"):
        pass

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match="No locks"), hold(path):
        pass
