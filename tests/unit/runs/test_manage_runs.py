"""Notes and tags of runs, deleting them, and the table of all of them."""

import json
import os
import shutil
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pandas as pd
import psutil
import pytest

from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import RunError
from fsat_core.runs import (
    Notes,
    Run,
    RunStatus,
    delete_run,
    differing_settings,
    disk_size,
    elapsed_s,
    find_run,
    list_runs,
    read_notes,
    runs_table,
    save_notes,
)
from fsat_core.settings import Settings

NewRun = Callable[..., Run]


@pytest.fixture
def run(new_run: NewRun) -> Run:
    """A run that ended long ago."""
    created = new_run()
    RunStatus(state="cancelled", started_at=1_000.0, finished_at=1_060.5).save(created.path / "status.json")
    return created


@pytest.fixture
def finished(finished_runs: dict[str, Run], settings: Settings) -> Run:
    """A copy of a finished run in the runs folder."""
    source = finished_runs["mfcc_dummy"].path
    return Run(Path(shutil.copytree(source, settings.runs_dir / source.name)))


def contents(run: Run) -> dict[str, bytes]:
    """Every file of a run."""
    files = (path for path in run.path.rglob("*") if path.is_file())
    return {path.relative_to(run.path).as_posix(): path.read_bytes() for path in files}


def one_line(error: pytest.ExceptionInfo) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_a_run_without_notes_has_empty_ones(run: Run) -> None:
    assert read_notes(run) == Notes(note="", tags=())
    assert not (run.path / "notes.json").exists()


def test_notes_are_one_file_and_the_rest_of_a_finished_run_stays(finished: Run) -> None:
    before = contents(finished)
    saved = save_notes(finished, " Better with *masks*?\nYes, ä. \n", ["Masks", "second try"])
    assert (
        saved
        == read_notes(finished)
        == Notes(note="Better with *masks*?\nYes, ä.", tags=("Masks", "second try"))
    )
    after = contents(finished)
    assert json.loads(after.pop("notes.json")) == {
        "note": "Better with *masks*?\nYes, ä.",
        "tags": ["Masks", "second try"],
    }
    assert after == before


def test_what_is_not_given_stays_as_it_is_on_disk(run: Run) -> None:
    save_notes(run, "a note", ["a tag"])
    assert save_notes(run, tags=["other"]) == Notes(note="a note", tags=("other",))
    assert save_notes(run, note="") == Notes(note="", tags=("other",))
    assert save_notes(run, tags=[]) == Notes()


def test_tags_are_trimmed_and_each_there_once(run: Run) -> None:
    tags = [" Masks ", "masks", "Masks", "", "two\n  words", "a, b,,a", " , "]
    assert save_notes(run, tags=tags).tags == ("Masks", "masks", "two words", "a", "b")


def test_too_long_a_tag_is_one_line_and_nothing_is_written(run: Run) -> None:
    assert save_notes(run, tags=["x" * 40]).tags == ("x" * 40,)
    with pytest.raises(RunError) as error:
        save_notes(run, "new", ["x" * 41])
    assert "has 41 characters: expected at most 40" in one_line(error)
    assert read_notes(run) == Notes(tags=("x" * 40,))


@pytest.mark.parametrize(
    "content",
    [b"", b'{"note": "cut', b"[]", b'{"note": 1}', b'{"tags": "a"}', b'{"tags": [1]}', b'{"note": "\xff"}'],
)
def test_damaged_notes_are_one_line_and_are_not_overwritten(run: Run, content: bytes) -> None:
    (run.path / "notes.json").write_bytes(content)
    with pytest.raises(RunError) as error:
        read_notes(run)
    assert f"Run '{run.run_id}': notes.json cannot be read" in one_line(error)
    with pytest.raises(RunError):
        save_notes(run, "new", ["tag"])
    assert (run.path / "notes.json").read_bytes() == content


def test_notes_do_not_bring_a_deleted_run_back(run: Run) -> None:
    shutil.rmtree(run.path)
    with pytest.raises(RunError, match=r"notes\.json cannot be written"):
        save_notes(run, "too late")
    assert not run.path.exists()


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
    assert f"Run '{run.run_id}' is training: expected one that has ended. Stop it first" in one_line(error)
    assert run.is_active


def test_a_run_that_was_created_a_moment_ago_is_not_deleted(new_run: NewRun) -> None:
    run = new_run()
    with pytest.raises(RunError, match="is queued"):
        delete_run(run)
    assert run.path.is_dir()


@pytest.mark.parametrize("name", ["config.json", "classes.json", "status.json"])
def test_a_damaged_run_can_be_deleted(run: Run, settings: Settings, name: str) -> None:
    (run.path / name).write_text("{ torn")
    os.utime(run.path / "config.json", (0, 0))
    delete_run(find_run(settings.runs_dir, run.run_id))
    assert list(settings.runs_dir.iterdir()) == []


def test_a_crash_while_deleting_leaves_nothing_in_sight(
    finished: Run, new_run: NewRun, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    def crash(path: Path, **options: object) -> None:
        (path / "classes.json").unlink()
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr("fsat_core.runs.delete.shutil.rmtree", crash)
        with pytest.raises(Crash):
            delete_run(finished)
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
    assert "is a link to another folder" in one_line(error)
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
    assert "cannot be deleted (Permission denied)" in one_line(error)
    assert run.path.is_dir()


def test_a_run_that_somebody_deletes_meanwhile_counts_as_ended(new_run: NewRun) -> None:
    run = new_run()
    shutil.rmtree(run.path)
    assert run.state == "lost"
    assert not run.is_active


def test_size_on_disk_counts_every_file_and_follows_no_link(run: Run, settings: Settings) -> None:
    before = disk_size(run)
    assert before == sum(map(len, contents(run).values()))
    (run.path / "fold_00").mkdir()
    (run.path / "fold_00" / "best.keras").write_bytes(b"x" * 5_000)
    assert disk_size(run) == before + 5_000
    (run.path / "data").symlink_to(settings.data_dir)
    assert disk_size(run) == before + 5_000


def test_the_table_has_a_row_per_run_with_all_of_its_configuration(finished: Run, run: Run) -> None:
    save_notes(finished, 'Good, "very"', ["a", "b"])
    table = runs_table([finished, run])
    assert table["run_id"].tolist() == [finished.run_id, run.run_id]
    assert set(TrainConfig.model_fields) < set(table.columns)
    first, second = (row for _, row in table.iterrows())
    for name, value in finished.config.model_dump().items():
        assert first[name] == (",".join(value) if isinstance(value, tuple) else value)
    scores = finished.scores or {}
    assert (first["lwlrap"], first["accuracy"]) == (scores["lwlrap"], scores["accuracy"])
    assert first[["state", "num_clips", "num_classes"]].tolist() == ["finished", 12, 3]
    assert first[["tags", "note", "error"]].tolist() == ["a,b", 'Good, "very"', ""]
    assert first["started_at"].endswith("+00:00")
    assert first["seconds"] > 0
    assert second[["state", "started_at", "seconds"]].tolist() == [
        "cancelled",
        "1970-01-01T00:16:40+00:00",
        60.5,
    ]
    assert pd.isna(second["lwlrap"])
    assert second[["tags", "note"]].tolist() == ["", ""]


def test_the_table_as_csv_keeps_whole_numbers_whole(finished: Run, run: Run) -> None:
    (run.path / "config.json").write_text("{")
    again = pd.read_csv(StringIO(runs_table([finished, Run(run.path)]).to_csv(index=False)), dtype=str)
    assert again.loc[0, ["n_folds", "seed", "num_clips", "batch_size"]].tolist() == ["2", "0", "12", "4"]


@pytest.mark.parametrize(
    ("name", "content", "lost"),
    [
        ("config.json", "{", "n_folds"),
        ("classes.json", "null", "num_classes"),
        ("labels.csv", "cli", "num_clips"),
        ("scores.json", "[]", "lwlrap"),
        ("notes.json", "{", "note"),
    ],
)
def test_a_damaged_run_is_a_row_with_its_error(
    finished: Run, run: Run, name: str, content: str, lost: str
) -> None:
    (finished.path / name).write_text(content)
    damaged, whole = (row for _, row in runs_table([Run(finished.path), run]).iterrows())
    assert damaged["run_id"] == finished.run_id
    assert pd.isna(damaged[lost])
    assert "cannot be read" in damaged["error"]
    assert damaged["state"] == "finished", "what can be read is there"
    assert whole["error"] == ""


def test_a_run_that_failed_says_why_in_the_table(run: Run) -> None:
    RunStatus(state="failed", error="The disk is full.").save(run.path / "status.json")
    assert runs_table([run])["error"].tolist() == ["The disk is full."]


def test_a_table_of_no_runs_has_its_columns() -> None:
    assert list(runs_table([]).columns)[:3] == ["run_id", "state", "model"]
    assert runs_table([]).empty


def test_differences_are_the_fields_whose_values_differ() -> None:
    a = TrainConfig.from_recipe("mfcc_cnn", seed=1)
    b = TrainConfig.from_recipe("mfcc_cnn", seed=2, splits=["curated", "noisy"])
    assert differing_settings([a, a]) == []
    assert differing_settings([a, a, b]) == ["seed", "splits"]


def test_time_taken_ends_with_the_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert elapsed_s(run, RunStatus()) is None
    assert elapsed_s(run, run.status) == 60.5
    lost = RunStatus(state="training", started_at=1_000.0, heartbeat=1_010.0, create_time=-1.0)
    lost.save(run.path / "status.json")
    assert elapsed_s(run, lost) == 10.0
    me = psutil.Process()
    active = RunStatus(state="training", started_at=1_000.0, pid=me.pid, create_time=me.create_time())
    active.save(run.path / "status.json")
    monkeypatch.setattr(time, "time", lambda: 1_030.0)
    assert elapsed_s(run, active) == 30.0
