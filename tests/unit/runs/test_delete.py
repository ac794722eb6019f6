"""Deleting a run: all of it, nothing beside it, and none that trains."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from fsat_core.errors import RunError
from fsat_core.lock import hold
from fsat_core.runs import (
    Run,
    RunStatus,
    delete_run,
    disk_size,
    find_run,
    list_runs,
)
from fsat_core.settings import Settings
from tests.helpers.messages import whole_message
from tests.helpers.run_files import contents

NewRun = Callable[..., Run]


def test_deleting_removes_all_of_one_run_only(finished: Run, new_run: NewRun, settings: Settings) -> None:
    other = new_run()
    delete_run(finished)
    assert [path.name for path in settings.runs_dir.iterdir()] == [other.run_id]
    with pytest.raises(RunError, match=f"No run '{finished.run_id}'"):
        find_run(settings.runs_dir, finished.run_id)


def test_an_active_run_is_not_deleted(run: Run) -> None:
    me = psutil.Process()
    status = RunStatus(state="training", pid=me.pid, create_time=me.create_time(), heartbeat=time.time())
    status.save(run.path / "status.json")
    with pytest.raises(RunError) as error:
        delete_run(run)
    message = whole_message(error)
    assert f"Run '{run.run_id}' is training: expected one that has ended. Stop it first" in message
    assert run.is_active


def test_a_run_that_was_created_a_moment_ago_is_not_deleted(new_run: NewRun) -> None:
    run = new_run()
    with pytest.raises(RunError, match="is queued"):
        delete_run(run)
    assert run.path.is_dir()


@pytest.mark.parametrize("name", ["config.json", "classes.json", "status.json", "labels.csv"])
def test_a_damaged_run_can_be_deleted(run: Run, settings: Settings, name: str) -> None:
    (run.path / name).write_text("{ torn")
    os.utime(run.path / "config.json", (0, 0))
    delete_run(find_run(settings.runs_dir, run.run_id))
    assert list(settings.runs_dir.iterdir()) == []


def test_a_crash_while_deleting_leaves_nothing_in_sight(
    finished: Run, new_run: NewRun, settings: Settings
) -> None:
    class Crash(BaseException):
        pass

    def crash(path: Path) -> None:
        (path / "classes.json").unlink()
        raise Crash

    with pytest.raises(Crash):
        delete_run(finished, remove=crash)
    (leftover,) = settings.runs_dir.iterdir()
    assert (leftover / "config.json").is_file()
    assert list_runs(settings.runs_dir) == []
    for run_id in (finished.run_id, leftover.name):
        with pytest.raises(RunError, match="No run"):
            find_run(settings.runs_dir, run_id)

    other = new_run()
    RunStatus(state="cancelled").save(other.path / "status.json")
    delete_run(other)
    assert list(settings.runs_dir.iterdir()) == [], "the leftover goes with the next run"


def test_a_linked_run_and_what_links_lead_to_stay(
    run: Run, finished: Run, settings: Settings, tmp_path: Path
) -> None:
    elsewhere = Path(shutil.move(run.path, tmp_path / "elsewhere"))
    run.path.symlink_to(elsewhere)
    (finished.path / "data").symlink_to(settings.data_dir)
    with pytest.raises(RunError) as error:
        delete_run(run)
    assert "is a link to another folder" in whole_message(error)
    delete_run(finished)
    assert (elsewhere / "config.json").is_file()
    assert (settings.data_dir / "train_curated.csv").is_file()


@pytest.mark.parametrize("name", [".", "..", "empty", "nowhere"])
def test_what_is_no_run_is_not_deleted(run: Run, settings: Settings, name: str) -> None:
    (settings.runs_dir / "empty").mkdir()
    with pytest.raises(RunError, match="Nothing was deleted"):
        delete_run(Run(settings.runs_dir / name))
    assert {path.name for path in settings.runs_dir.iterdir()} == {run.run_id, "empty"}


def test_a_folder_that_cannot_be_renamed_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(RunError) as error:
        delete_run(run)
    assert "cannot be deleted (Permission denied)" in whole_message(error)
    assert run.path.is_dir()


def test_a_run_that_somebody_deletes_meanwhile_counts_as_ended(new_run: NewRun) -> None:
    run = new_run()
    shutil.rmtree(run.path)
    assert not run.is_active


def test_size_on_disk_counts_every_file_and_follows_no_link(run: Run, settings: Settings) -> None:
    before = disk_size(run)
    assert before == sum(map(len, contents(run).values()))
    (run.path / "fold_00").mkdir()
    (run.path / "fold_00" / "best.keras").write_bytes(b"x" * 5_000)
    assert disk_size(run) == before + 5_000
    (run.path / "data").symlink_to(settings.data_dir)
    assert disk_size(run) == before + 5_000


def test_size_of_what_is_being_deleted_is_what_is_left(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    look, size = Path.lstat, disk_size(run)
    gone = run.path / "config.json"

    def lstat(self: Path) -> os.stat_result:
        if self == gone:
            raise FileNotFoundError
        return look(self)

    monkeypatch.setattr(Path, "lstat", lstat)
    assert disk_size(run) == size - gone.stat().st_size

    def rglob(self: Path, pattern: str) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "rglob", rglob)
    assert disk_size(run) == 0


def test_a_leftover_that_cannot_be_removed_is_no_fault_of_this_run(run: Run, settings: Settings) -> None:
    (settings.runs_dir / ".deleted-note").write_text("a file, and no folder")
    delete_run(run)
    assert not run.path.exists()


def test_a_run_that_a_worker_holds_is_not_deleted_though_its_status_says_it_ended(run: Run) -> None:
    with hold(run.lock_path), pytest.raises(RunError, match="is cancelled: expected one that has ended"):
        delete_run(run)
    assert run.path.is_dir()
