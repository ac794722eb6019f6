"""The run directory: what creating pins, what reading tells, how runs are listed and found."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.errors import FsatError, RunError
from fsat_core.runs import Run, find_run, list_runs
from fsat_core.settings import Settings

NewRun = Callable[..., Run]


@pytest.fixture
def run(new_run: NewRun) -> Run:
    return new_run()


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


def test_a_run_of_a_newer_version_says_so(run: Run) -> None:
    values = json.loads((run.path / "config.json").read_text())
    (run.path / "config.json").write_text(json.dumps(values | {"quantum": True}))
    assert (
        "is of another version of the program: config.json has the setting 'quantum'" in Run(run.path).fault
    )


def test_features_have_to_fit_the_configuration(run: Run) -> None:
    values = json.loads((run.path / "features.json").read_text())
    (run.path / "features.json").write_text(json.dumps(values | {"duration_s": 1e9}))
    assert "features.json cannot be read (it does not fit config.json)" in Run(run.path).fault


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("clip_id,labels,fold\na,Bark,0\na,Bark,1\n", "it has 'a' twice"),
        ("clip_id,labels,fold\na,Bark,7\n", "its folds are not those of config.json"),
        ("clip_id,labels,fold\na,Bark,x\n", "its folds are not those of config.json"),
        ("clip_id,labels,fold\na,Bark\n", "its folds are not those of config.json"),
        ("clip_id,labels,fold\n,Bark,1\n", "a row of it is cut"),
        ("clip_id,labels\na,Bark\n", "it has no column 'fold'"),
        ("clip_id,labels,fold\na,Bark,0,1,2\n", "its rows are longer than its header"),
        ("clip_id,labels,fold,weight\na,Bark,0,nan\n", "it has a weight below 0 or above 1"),
    ],
)
def test_labels_are_checked(run: Run, content: str, reason: str) -> None:
    (run.path / "labels.csv").write_text(content)
    with pytest.raises(RunError) as caught:
        run.labels()
    assert f"labels.csv cannot be read ({reason}" in str(caught.value)


@pytest.mark.parametrize("name", ["labels.csv", "test_clips.csv"])
def test_rows_that_are_missing_are_missed(run: Run, name: str) -> None:
    lines = (run.path / name).read_text().splitlines()
    (run.path / name).write_text("\n".join(lines[:-1]))
    with pytest.raises(RunError) as caught:
        _ = run.labels(), run.test_clips()
    assert f"{name} cannot be read (it has {len(lines) - 2} of {len(lines) - 1} rows)" in str(caught.value)
    (run.path / "dataset.json").write_text(json.dumps({"data_dir": "/data"}))  # as older runs have it
    older = Run(run.path)
    assert len(older.labels()) + len(older.test_clips()) > 0


def test_a_pipe_in_place_of_a_file_is_not_waited_for(run: Run) -> None:
    (run.path / "classes.json").unlink()
    os.mkfifo(run.path / "classes.json")
    assert "classes.json cannot be read (it is no regular file)" in run.fault


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
    with pytest.raises(RunError, match="there are none yet"):
        find_run(tmp_path, "some")


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("classes.json", lambda run: run.classes),
        ("features.json", lambda run: run.feature_spec),
        ("dataset.json", lambda run: run.data_dir),
        ("labels.csv", lambda run: run.labels()),
        ("test_clips.csv", lambda run: run.test_clips()),
        ("skipped.csv", lambda run: run.skipped()),
    ],
)
@pytest.mark.parametrize("damage", ["missing", "empty"])
def test_a_damaged_run_says_which_file(run: Run, name: str, read: Callable, damage: str) -> None:
    (run.path / name).unlink()
    if damage == "empty":
        (run.path / name).touch()
    with pytest.raises(FsatError) as caught:
        read(Run(run.path))
    assert run.run_id in str(caught.value)
    assert f"{name} cannot be read" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_metrics_of_all_folds_are_one_table(run: Run) -> None:
    columns = ["fold", "epoch", "loss", "accuracy", "lwlrap", "val_loss", "val_accuracy", "val_lwlrap"]
    assert run.metrics().columns.tolist() == [*columns, "clips_per_s", "seconds", "num_steps"]
    assert run.metrics().empty
    for fold, num_epochs in ((1, 2), (0, 1)):
        run.fold_dir(fold).mkdir()
        rows = {name: np.arange(num_epochs) + 1.0 for name in [*columns[1:], "clips_per_s"]}
        pd.DataFrame(rows).to_csv(run.fold_dir(fold) / "metrics.csv", index=False)
    metrics = run.metrics()
    assert metrics[["seconds", "num_steps"]].isna().all(axis=None), "an older run says neither"
    assert metrics["fold"].tolist() == [0, 1, 1]
    assert metrics["epoch"].tolist() == [1, 1, 2]


def test_a_fold_counts_once_its_out_of_fold_predictions_are_there(run: Run) -> None:
    run.fold_dir(0).mkdir()
    run.fold_dir(1).mkdir()
    (run.fold_dir(0) / "best.keras").touch()
    assert run.folds == []
    (run.fold_dir(1) / "oof.npy").touch()
    assert run.folds == [1]


def test_log_tail_is_the_last_lines(run: Run) -> None:
    run.log_path.write_text("".join(f"line {i}\n" for i in range(1_000)))
    assert run.log_tail(2) == "line 998\nline 999"
    assert run.log_tail(5_000).splitlines()[0] == "line 0"


def test_a_run_without_a_log_has_no_last_lines(run: Run) -> None:
    run.log_path.unlink(missing_ok=True)
    assert run.log_tail() == ""


@pytest.mark.parametrize("path", ["", "a\0b", 7, None])
def test_what_is_no_path_is_no_data_folder(run: Run, path: object) -> None:
    (run.path / "dataset.json").write_text(json.dumps({"data_dir": path}))
    with pytest.raises(RunError, match=r"dataset\.json"):
        _ = Run(run.path).data_dir
