"""The line of runs that wait: started one after the other, in the order in which they joined."""

import fcntl
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from fsat_core.lock import hold, is_held
from fsat_core.runs import runner

LINE, OTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture
def python(tmp_path: Path) -> str:
    """Stands for the interpreter: notes which run its worker would train, and that no other does so."""
    script = tmp_path / "python"
    script.write_text(
        f'#!/bin/sh\nmkdir {tmp_path}/busy || exit 1\necho "$(basename "$4")" >> {tmp_path}/started\n'
        f'echo said "$1 $2 $3"\nls "$4" > "$4/seen"\nrmdir {tmp_path}/busy\n'
        f'stat -c %Y "$4/starting" >> {tmp_path}/since\n'
        f'cut -d " " -f 6 /proc/$$/stat >> {tmp_path}/sessions\n'
        f"readlink /proc/$$/cwd /proc/$$/fd/0 >> {tmp_path}/places\necho wrong >&2\n"
    )
    script.chmod(0o755)
    return str(script)


def add_run(runs_dir: Path, name: str, since: int, line: str = LINE) -> Path:
    run = runs_dir / name
    run.mkdir(parents=True)
    (run / "queued").write_text(line + "\n")
    os.utime(run / "queued", (since, since))
    return run


@pytest.mark.usefixtures("keyboard")
def test_runs_of_a_line_are_started_in_their_order(tmp_path: Path, python: str) -> None:
    runs = [add_run(tmp_path / "runs", name, since) for name, since in (("b", 20), ("c", 10), ("a", 30))]
    other = add_run(tmp_path / "runs", "d", 5, OTHER)
    for run in runs:
        (run / "worker.log").write_text("earlier\n")
    runner.main(tmp_path / "runs", LINE, python, str(tmp_path))
    assert (tmp_path / "started").read_text().split() == ["c", "b", "a"]
    assert (other / "queued").exists()
    for run in runs:
        assert sorted(path.name for path in run.iterdir()) == ["seen", "worker.log"], "nothing waits any more"
        assert (run / "worker.log").read_text() == "earlier\nsaid -m fsat_core worker\nwrong\n"
        assert "starting" in (run / "seen").read_text().split()
    assert (tmp_path / "places").read_text().split() == [str(tmp_path), "/dev/null"] * 3
    assert all(int(since) > 1_000 for since in (tmp_path / "since").read_text().split()), (
        "not since it queued"
    )
    sessions = set((tmp_path / "sessions").read_text().split())
    assert len(sessions) == 3
    assert str(os.getsid(0)) not in sessions, "the end of the runner does not reach a worker"
    assert not is_held(runner.lock_path(tmp_path / "runs", LINE))


def test_a_line_has_one_runner(tmp_path: Path, python: str) -> None:
    run = add_run(tmp_path / "runs", "a", 10)
    with hold(runner.lock_path(tmp_path / "runs", LINE)):
        runner.main(tmp_path / "runs", LINE, python, str(tmp_path))
    assert (run / "queued").exists()
    assert not (tmp_path / "started").exists()


def test_who_only_looks_at_the_lock_does_not_keep_a_runner_from_it(tmp_path: Path, python: str) -> None:
    add_run(tmp_path / "runs", "a", 10)
    with runner.lock_path(tmp_path / "runs", LINE).open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        timer = threading.Timer(0.1, fcntl.flock, (file, fcntl.LOCK_UN))
        timer.start()
        runner.main(tmp_path / "runs", LINE, python, str(tmp_path))
        timer.join()
    assert (tmp_path / "started").read_text() == "a\n"


def test_a_run_that_is_taken_out_of_line_is_not_started(
    tmp_path: Path, python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = add_run(tmp_path / "runs", "a", 10)
    find = runner.next_run

    def find_and_take_out(*place: Any) -> Path | None:
        found = find(*place)
        if runner.lock_path(*place).exists():  # it is about to be started
            (run / "queued").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(runner, "next_run", find_and_take_out)
    runner.main(tmp_path / "runs", LINE, python, str(tmp_path))
    assert list(run.iterdir()) == []
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("name", ["", LINE[1:], LINE + "0", "X" * 16, LINE.upper(), "/" * 16])
def test_what_is_no_name_of_a_line(name: str) -> None:
    assert runner.is_line(LINE) is True
    assert runner.is_line(name) is False


def test_a_worker_that_cannot_be_started_is_told_in_the_log(tmp_path: Path) -> None:
    run = add_run(tmp_path / "runs", "a", 10)
    runner.main(tmp_path / "runs", LINE, str(tmp_path / "no python"), str(tmp_path))
    assert [path.name for path in run.iterdir()] == ["worker.log"]
    assert (run / "worker.log").read_text() == "The worker cannot be started (No such file or directory)\n"


def test_a_run_without_a_folder_is_passed_over(tmp_path: Path, python: str) -> None:
    runner.main(tmp_path / "runs", LINE, python, str(tmp_path))
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "labels.db").touch()
    (tmp_path / "runs" / "odd" / "queued").mkdir(parents=True)
    (tmp_path / "runs" / "bytes").mkdir()
    (tmp_path / "runs" / "bytes" / "queued").write_bytes(b"\xff" * 16)
    (tmp_path / "runs" / "pipe").mkdir()
    os.mkfifo(tmp_path / "runs" / "pipe" / "queued")
    runner.main(tmp_path / "runs", LINE, python, str(tmp_path))
    assert not (tmp_path / "started").exists()
