"""The line of runs that wait: who is in it, and who sees to it."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from fsat_core.lock import hold
from fsat_core.runs import line, runner

NAME = "0123456789abcdef"
TELL = """#!{python} -IS
import json, os, sys
open({gate!r}).close()
files = [os.path.realpath(f"/proc/self/fd/{{number}}") for number in range(3)]
told = dict(
    command=sys.argv[1:], environment=dict(os.environ), files=files, pid=os.getpid(), session=os.getsid(0)
)
open({out!r} + ".part", "w").write(json.dumps(told))
os.rename({out!r} + ".part", {out!r})
"""


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    path = tmp_path / "runs" / "run"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_until: Callable
) -> Callable[[], dict[str, Any]]:
    """What the interpreter was started with; it only tells that, when it is asked, and ends."""
    out, gate, python = tmp_path / "told.json", tmp_path / "gate", tmp_path / "python"
    os.mkfifo(gate)
    python.write_text(TELL.format(python=sys.executable, out=str(out), gate=str(gate)))
    python.chmod(0o755)
    monkeypatch.setattr(line.sys, "executable", str(python))

    def read() -> dict[str, Any]:
        gate.write_bytes(b"")
        wait_until(out.exists)
        return json.loads(out.read_text())

    return read


def put_in_line(run_dir: Path, name: str = "queued", age_s: float = 0, of: str | bytes = NAME + "\n") -> None:
    (run_dir / name).write_bytes(of if isinstance(of, bytes) else of.encode())
    then = time.time() - age_s
    os.utime(run_dir / name, (then, then))


@pytest.mark.usefixtures("keyboard")
def test_who_joins_starts_a_runner_of_its_own_that_outlives_everybody(
    run_dir: Path, told: Callable[[], dict[str, Any]], wait_until: Callable
) -> None:
    (run_dir / "starting").touch()  # of an earlier start
    before = threading.enumerate()
    line.join(run_dir, {"CUDA_VISIBLE_DEVICES": "1", "PYTHONPATH": "/\udce8"})
    reapers = [thread for thread in threading.enumerate() if thread not in before]
    assert [thread.daemon for thread in reapers] == [True], "nobody waits for it before ending"
    name = (run_dir / "queued").read_text()
    assert runner.is_line(name.strip())
    assert not (run_dir / "starting").exists()
    assert line.is_waiting(run_dir)
    known = told()
    # Isolated and without packages, it takes a fifth of the memory.
    start = ["-I", "-S", runner.__file__, str(run_dir.parent), name.strip(), line.sys.executable]
    assert known["command"] == [*start, str(Path(line.__file__).parents[2])]
    assert known["environment"]["CUDA_VISIBLE_DEVICES"] == "1"
    assert "HOME" not in known["environment"]
    assert known["files"] == ["/dev/null"] * 3, "it keeps no terminal and no pipe open"
    assert known["session"] == known["pid"] != os.getsid(0)
    wait_until(lambda: not psutil.pid_exists(known["pid"]))  # no zombie is left


def test_a_run_that_is_gone_does_not_come_back_by_joining(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        line.join(tmp_path / "gone", {})
    assert not (tmp_path / "gone").exists()


def test_leaving_is_possible_at_any_time(run_dir: Path) -> None:
    line.leave(run_dir)
    put_in_line(run_dir)
    put_in_line(run_dir, "starting")
    line.leave(run_dir)
    assert list(run_dir.iterdir()) == []
    assert line.is_waiting(run_dir) is False
    assert line.is_in_line(run_dir) is False


@pytest.mark.parametrize("name", ["queued", "starting"])
def test_a_run_is_in_line_while_somebody_sees_to_it(run_dir: Path, name: str) -> None:
    put_in_line(run_dir, name)
    assert line.is_in_line(run_dir) is True, "somebody may be about to"
    assert line.is_waiting(run_dir) is (name == "queued")
    for age_s in (1_000, -1_000):  # the clock may have been set
        put_in_line(run_dir, name, age_s)
        assert line.is_in_line(run_dir) is False
        with hold(runner.lock_path(run_dir.parent, NAME)):
            assert line.is_in_line(run_dir) is True


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"../../../etc/passwd", b"0123456789abcdeX", NAME.encode() * 2]
)
def test_a_damaged_place_in_line_is_none(run_dir: Path, content: bytes) -> None:
    put_in_line(run_dir, age_s=1_000, of=content)
    with hold(runner.lock_path(run_dir.parent, NAME)):
        assert line.is_in_line(run_dir) is False


def test_a_folder_in_place_of_a_place_in_line_is_none(run_dir: Path) -> None:
    (run_dir / "queued").mkdir()
    assert line.is_in_line(run_dir) is False


def test_what_a_training_depends_on_decides_which_line(
    run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def note(command: list[str], **_: object) -> Any:
        started.append(command)
        return SimpleNamespace(pid=0, wait=lambda: 0)

    monkeypatch.setattr(line.subprocess, "Popen", note)

    def name(**environment: str) -> str:
        line.join(run_dir, {"CUDA_VISIBLE_DEVICES": "0"} | environment)
        return (run_dir / "queued").read_text()

    assert name() == name(LANG="de") == name(FSAT_DATABASE_URL="a", FSAT_NOTIFY_URLS="b")
    different = [
        name(),
        name(CUDA_VISIBLE_DEVICES="1"),
        name(FSAT_CACHE_DIR="/c"),
        name(PATH="/bin"),
        name(HOME="/h"),
    ]
    assert len(set(different)) == len(different)
    assert [command[5] + "\n" for command in started[-5:]] == different
