"""Runs in a folder: which folders are runs, in which order, and how one is found."""

from pathlib import Path

import pytest

from fsat_core.errors import RunError
from fsat_core.runs import Run, find_run, list_runs
from fsat_core.settings import Settings
from tests.helpers.messages import whole_message


@pytest.fixture
def run(unstarted: Run) -> Run:
    return unstarted


def test_runs_are_listed_newest_first_and_junk_is_passed_over(settings: Settings, run: Run) -> None:
    names = ["20990101-000000-mfcc_dummy-0000", "20000101-000000-mfcc_dummy-ffff"]
    for name in names:
        (settings.runs_dir / name).mkdir()
        (settings.runs_dir / name / "config.json").write_bytes((run.path / "config.json").read_bytes())
    (settings.runs_dir / "notes.txt").write_text("config.json")
    (settings.runs_dir / "empty").mkdir()
    (settings.runs_dir / "damaged").mkdir()
    (settings.runs_dir / "damaged" / "config.json").write_text('{"model": ')
    (settings.runs_dir / "foreign").mkdir()
    (settings.runs_dir / "foreign" / "config.json").write_text('{"model": "bert"}')
    (settings.runs_dir / ".new-1").mkdir()
    (settings.runs_dir / ".new-1" / "config.json").touch()
    found = list_runs(settings.runs_dir)
    assert [each.run_id for each in found] == ["foreign", "damaged", names[0], run.run_id, names[1]]
    assert [each.state for each in found[:2]] == ["damaged", "damaged"]
    assert found[0].fault.startswith("Run 'foreign' is of the network 'bert', which is not known here")
    assert found[1].fault.startswith("Run 'damaged' is damaged: config.json cannot be read (it is not JSON)")


def test_no_runs_folder_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "nowhere") == []


def test_a_run_is_found_by_its_id(settings: Settings, run: Run) -> None:
    assert find_run(settings.runs_dir, run.run_id).path == run.path


@pytest.mark.parametrize("run_id", ["20990101-000000-mfcc_cnn-0000", "", ".", "..", "../runs"])
def test_an_unknown_run_names_the_latest(settings: Settings, run: Run, run_id: str) -> None:
    with pytest.raises(RunError) as caught:
        find_run(settings.runs_dir, run_id)
    assert str(caught.value).startswith(f"No run '{run_id}' in {settings.runs_dir}")
    assert run.run_id in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_run_where_there_are_none(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        find_run(tmp_path, "some")
    line = f"No run 'some' in {tmp_path}: there are none yet. List them with `python -m fsat_core runs`."
    assert str(caught.value) == line


def test_a_path_is_no_name_of_a_run(settings: Settings, run: Run) -> None:
    (settings.runs_dir / "config.json").touch()  # as if the folder were a run itself
    for run_id in ("", ".", f"../runs/{run.run_id}", f"{run.run_id}/", f"./{run.run_id}", str(run.path)):
        with pytest.raises(RunError, match="No run"):
            find_run(settings.runs_dir, run_id)


def test_a_name_that_no_folder_can_have_is_an_unknown_run(tmp_path: Path) -> None:
    longest = tmp_path / ("x" * 255)
    longest.mkdir()
    (longest / "config.json").touch()
    assert find_run(tmp_path, longest.name).path == longest
    for run_id in ("x" * 256, "ä" * 128, "a\0b", "\ud800"):
        with pytest.raises(RunError, match=r"No run '.*: the latest are x"):
            find_run(tmp_path, run_id)


def test_a_file_in_place_of_the_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    with pytest.raises(RunError, match=r"cannot be listed in .*/runs \(not a directory\)") as caught:
        list_runs(tmp_path / "runs")
    whole_message(caught)
