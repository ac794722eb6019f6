"""The commands that manage runs: the table as CSV, notes and tags, deleting."""

import csv
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from fsat_core.config.train_config import TrainConfig
from fsat_core.runs import Notes, Run, RunStatus, read_notes, save_notes
from fsat_core.settings import Settings
from tests.helpers.commands import Command


@pytest.fixture
def finished(finished_runs: dict[str, Run], settings: Settings) -> Run:
    """A finished run in the runs folder; may be changed."""
    source = finished_runs["mfcc_dummy"].path
    return Run(Path(shutil.copytree(source, settings.runs_dir / source.name)))


def test_note_shows_and_changes(command: Command, finished: Run) -> None:
    empty = {"run_id": finished.run_id, "note": "", "tags": []}
    assert command.json("note", finished.run_id) == empty
    assert command("note", finished.run_id) == f"{finished.run_id}  [no tags]  no note\n"
    assert not (finished.path / "notes.json").exists(), "looking does not write"

    words = ("note", finished.run_id, "--note", " First try ", "--tag", "Best", "--tag", "a,b", "--tag", "a")
    assert command.json(*words) == empty | {"note": "First try", "tags": ["Best", "a", "b"]}
    assert command("note", finished.run_id) == f"{finished.run_id}  [Best, a, b]  First try\n"
    assert command.json("note", finished.run_id, "--untag", "a", "--untag", "best")["tags"] == ["Best", "b"]
    assert command.json("note", finished.run_id, "--tag", "a", "--untag", "b")["tags"] == ["Best", "a"]
    assert command.json("note", finished.run_id, "--note", "") == empty | {"tags": ["Best", "a"]}
    assert read_notes(finished) == Notes(tags=("Best", "a"))


def test_show_and_log(command: Command, finished: Run) -> None:
    value = command.json("runs", "show", finished.run_id)
    (listed,) = command.json("runs")
    assert value.items() >= listed.items()
    assert value["config"] == finished.config.model_dump(mode="json")
    assert (value["classes"], value["data_dir"]) == (finished.classes, str(finished.data_dir))
    assert len(value["metrics"]) == len(finished.metrics())
    assert value["metrics"][0]["epoch"] == 1
    text = command("runs", "show", finished.run_id)
    assert text.startswith(f"{finished.run_id}  finished")
    assert f"  seed: {finished.config.seed}\n" in text
    finished.log_path.write_text("one\ntwo\n")
    assert command.json("runs", "log", finished.run_id) == ["one", "two"]
    assert command("runs", "log", finished.run_id, "--lines", "1") == "two\n"
    assert "--lines 0: expected 1" in command.error("runs", "log", finished.run_id, "--lines", "0")


def test_a_run_without_an_epoch_is_shown(command: Command, new_run: Callable[..., Run]) -> None:
    run = new_run()
    assert command.json("runs", "show", run.run_id)["metrics"] == []
    assert command("runs", "log", run.run_id) == "Nothing yet\n"


def test_what_differs_between_runs(
    command: Command, finished: Run, new_run: Callable[..., Run], finished_runs: dict[str, Run]
) -> None:
    other = new_run(splits=["curated", "noisy"])
    value = command.json("runs", "diff", finished.run_id, other.run_id)
    assert [row["run_id"] for row in value["runs"]] == [finished.run_id, other.run_id]
    assert [row["oof"] for row in value["runs"]] == [finished.scores, None]
    assert value["config"]["splits"] == {finished.run_id: ["curated"], other.run_id: ["curated", "noisy"]}
    assert "model" not in value["config"]
    assert "Best in validation" in command("runs", "diff", finished.run_id, other.run_id)

    twin = finished.path.with_name("20990101-000000-mfcc_dummy-0000")
    shutil.copytree(finished.path, twin)
    assert "They have the same configuration." in command("runs", "diff", finished.run_id, twin.name)
    assert "expected two runs or more" in command.error("runs", "diff", finished.run_id, finished.run_id)


def test_stop_at_once(command: Command, new_run: Callable[..., Run]) -> None:
    run = new_run()
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as worker:
        created = psutil.Process(worker.pid).create_time()
        status = RunStatus(state="training", pid=worker.pid, create_time=created, host=socket.gethostname())
        status.save(run.path / "status.json")
        try:
            assert command("stop", run.run_id, "--now") == f"{run.run_id} was ended\n"
            assert worker.wait(60) == -signal.SIGKILL
        finally:
            worker.kill()
    assert "already" in command("stop", run.run_id, "--now")


def test_wrong_notes_are_one_line(command: Command, finished: Run) -> None:
    assert "expected at most 40" in command.error("note", finished.run_id, "--tag", "x" * 41)
    assert "No run 'x' in " in command.error("note", "x", "--note", "y")
    (finished.path / "notes.json").write_text("{")
    assert "notes.json cannot be read" in command.error("note", finished.run_id)
    assert "notes.json cannot be read" in command.error("note", finished.run_id, "--note", "new")
    assert (finished.path / "notes.json").read_text() == "{"


def test_runs_list_tags_and_note(command: Command, finished: Run) -> None:
    (before,) = command.json("runs")
    assert (before["tags"], before["note"]) == ([], "")
    assert "[" not in command("runs")
    save_notes(finished, "A note", ["a", "b c"])
    (listed,) = command.json("runs")
    assert listed == before | {"tags": ["a", "b c"], "note": "A note"}
    assert command("runs").endswith("  [a, b c]\n")


@pytest.mark.parametrize("name", ["notes.json", "scores.json"])
def test_a_damaged_file_is_the_error_of_its_run_in_the_list(
    command: Command, finished: Run, new_run: Callable[..., Run], name: str
) -> None:
    other = new_run()
    (finished.path / name).write_text("{")
    rows = {row["run_id"]: row for row in command.json("runs")}
    assert f"{name} cannot be read" in rows[finished.run_id]["error"]
    assert rows[other.run_id]["error"] == ""
    assert finished.run_id in command("runs")


def test_runs_as_csv(command: Command, finished: Run, new_run: Callable[..., Run], tmp_path: Path) -> None:
    other = new_run(splits=["curated", "noisy"])
    save_notes(finished, 'one,\n"two"', ["a", "b"])
    out = tmp_path / "new" / "runs.csv"
    assert command("runs", "--csv", out) == f"2 run(s) in {out}\n"
    with out.open(newline="") as file:
        rows = {row["run_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == {finished.run_id, other.run_id}
    row = rows[finished.run_id]
    assert set(TrainConfig.model_fields) < set(row)
    scores = finished.scores or {}
    assert float(row["lwlrap"]) == scores["lwlrap"]
    assert (row["note"], row["tags"], row["state"], row["n_folds"]) == ('one,\n"two"', "a,b", "finished", "2")
    assert (rows[other.run_id]["splits"], rows[other.run_id]["lwlrap"]) == ("curated,noisy", "")
    assert len(command.json("runs", "--csv", out)) == 2


@pytest.mark.parametrize("name", ["", ".", "folder", "file/runs.csv"])
def test_a_table_that_cannot_be_written_is_one_line(
    command: Command, finished: Run, tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert "Cannot write" in command.error("runs", "--csv", tmp_path / name if name.strip(".") else name)


def test_delete_needs_yes(command: Command, finished: Run) -> None:
    line = command.error("delete", finished.run_id)
    assert f"Deleting {finished.run_id} (" in line
    assert "needs --yes" in line
    assert finished.path.is_dir()


def test_delete(command: Command, finished: Run, settings: Settings) -> None:
    answer = command.json("delete", finished.run_id, "--yes")
    assert answer == {"run_id": finished.run_id, "deleted": True, "num_bytes": answer["num_bytes"]}
    assert answer["num_bytes"] > 10_000
    assert list(settings.runs_dir.iterdir()) == []
    assert command.json("runs") == []
    assert f"No run '{finished.run_id}'" in command.error("delete", finished.run_id, "--yes")


def test_an_active_run_is_not_deleted(command: Command, new_run: Callable[..., Run]) -> None:
    run = new_run()
    me = psutil.Process()
    status = RunStatus(state="training", pid=me.pid, create_time=me.create_time(), heartbeat=time.time())
    status.save(run.path / "status.json")
    assert "is training: expected one that has ended" in command.error("delete", run.run_id, "--yes")
    assert run.path.is_dir()
