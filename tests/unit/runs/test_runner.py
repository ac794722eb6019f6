"""The line of runs that wait: started one after the other, in the order in which they joined."""

import os
from pathlib import Path

import pytest

from fsat_core.runs import runner
from fsat_core.runs.lock import hold

LINE, OTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture
def python(tmp_path: Path) -> str:
    """Stands for the interpreter: notes which run its worker would train, and that no other does so."""
    script = tmp_path / "python"
    script.write_text(
        f'#!/bin/sh\nmkdir {tmp_path}/busy || exit 1\necho "$(basename "$4")" >> {tmp_path}/started\n'
        f'echo said "$1 $2 $3"\nls "$4" > "$4/seen"\nrmdir {tmp_path}/busy\n'
    )
    script.chmod(0o755)
    return str(script)


def add_run(runs_dir: Path, name: str, since: int, line: str = LINE) -> Path:
    run = runs_dir / name
    run.mkdir(parents=True)
    (run / "queued").write_text(line + "\n")
    os.utime(run / "queued", (since, since))
    return run


def test_runs_of_a_line_are_started_in_their_order(tmp_path: Path, python: str) -> None:
    runs = [add_run(tmp_path / "runs", name, since) for name, since in (("b", 20), ("c", 10), ("a", 30))]
    other = add_run(tmp_path / "runs", "d", 5, OTHER)
    runner.main(tmp_path / "runs", LINE, python, str(tmp_path))
    assert (tmp_path / "started").read_text().split() == ["c", "b", "a"]
    assert (other / "queued").exists()
    for run in runs:
        assert sorted(path.name for path in run.iterdir()) == ["seen", "worker.log"], "nothing waits any more"
        assert (run / "worker.log").read_text() == "said -m fsat_core worker\n"
        assert "starting" in (run / "seen").read_text().split()


def test_a_line_has_one_runner(tmp_path: Path, python: str) -> None:
    run = add_run(tmp_path / "runs", "a", 10)
    with hold(runner.lock_path(tmp_path / "runs", LINE)):
        runner.main(tmp_path / "runs", LINE, python, str(tmp_path))
    assert (run / "queued").exists()
    assert not (tmp_path / "started").exists()


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
    runner.main(tmp_path / "runs", LINE, python, str(tmp_path))
    assert not (tmp_path / "started").exists()
