"""The run directory: what reading it tells, and what is said of one that is damaged."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.errors import FsatError, RunError
from fsat_core.runs import Run
from tests.helpers.messages import whole_message

COLUMNS = "clip_id, labels, fold"


@pytest.fixture
def run(unstarted: Run) -> Run:
    return unstarted


def test_a_run_that_can_be_read_has_no_fault(run: Run) -> None:
    assert run.fault == ""
    assert run.config == Run(run.path).config
    assert run.feature_spec == run.config.feature_spec
    assert run.classes == ["Bark", "Knock", "Meow"]


def test_a_run_of_a_newer_version_says_so(run: Run) -> None:
    values = json.loads((run.path / "config.json").read_text())
    (run.path / "config.json").write_text(json.dumps(values | {"quantum": True}))
    assert (
        "is of another version of the program: config.json has the setting 'quantum'" in Run(run.path).fault
    )


def test_features_have_to_fit_the_configuration(run: Run) -> None:
    values = json.loads((run.path / "features.json").read_text())
    (run.path / "features.json").write_text(json.dumps(values | {"duration_s": 1e9}))
    fault = "features.json cannot be read (it does not fit config.json); expected what turns audio into"
    assert fault in Run(run.path).fault


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("config.json", {"n_folds": 1}, "Impossible value for 'n_folds': received 1; input should be"),
        ("config.json", {"model": 7}, "Impossible value for 'model': received 7; input should be"),
        ("features.json", {"n_mfcc": 0}, "n_mfcc=0, expected more than 0); expected what turns audio into f"),
    ],
)
def test_impossible_settings_are_one_line(run: Run, name: str, value: dict, reason: str) -> None:
    (run.path / name).write_text(json.dumps(json.loads((run.path / name).read_text()) | value))
    fault = whole_message(Run(run.path).fault)
    assert fault.startswith(f"Run '{run.run_id}' is damaged: {name} cannot be read ({reason}")
    assert ".); expected" not in fault


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
        ("clip_id,labels,fold\na,Bark,-1\n", "its folds are not those of config.json"),
        ("clip_id,labels,fold,weight\na,Bark,0,nan\n", "it has a weight below 0 or above 1"),
        ("clip_id,labels,fold,weight\na,Bark,0,-0.1\n", "it has a weight below 0 or above 1"),
        ("clip_id,labels,fold,weight\na,Bark,0,1.1\n", "it has a weight below 0 or above 1"),
        ("clip_id,labels,fold,weight\na,Bark,0,x\n", "it has a weight below 0 or above 1"),
        ('clip_id,labels,fold\na,"Bark\n', "it is no table"),
        (" \n", "it is empty"),
    ],
)
def test_labels_are_checked(run: Run, content: str, reason: str) -> None:
    (run.path / "labels.csv").write_text(content)
    with pytest.raises(RunError) as caught:
        run.labels()
    of_content = "a clip in each row" if reason.startswith(("its folds", "it has a weight")) else COLUMNS
    assert whole_message(caught) == (
        f"Run '{run.run_id}' is damaged: labels.csv cannot be read ({reason}); expected {of_content}. "
        "Restore that file, or delete the run."
    )


def test_labels_are_text_and_weights_are_numbers(run: Run) -> None:
    record = json.loads((run.path / "dataset.json").read_text())
    (run.path / "dataset.json").write_text(json.dumps(record | {"num_rows": {}}))
    rows = "curated/1.wav,NA,0,0\ncurated/2.wav,007,1,0.5\ncurated/nan,,1,1\n"
    (run.path / "labels.csv").write_text("clip_id,labels,fold,weight\n" + rows)
    (run.path / "skipped.csv").write_text("clip_id,error\ncurated/2.wav,gone\n")
    labels = Run(run.path).labels()
    assert labels["clip_id"].tolist() == ["curated/1.wav", "curated/nan"]
    assert labels["labels"].tolist() == ["NA", ""]
    assert labels["fold"].tolist() == [0, 1]
    assert labels["weight"].tolist() == [0, 1]
    assert labels.index.tolist() == [0, 1]
    (run.path / "labels.csv").write_text("clip_id,labels,fold\na,Bark,0\n")
    assert Run(run.path).labels()["weight"].tolist() == [1], "as in runs that are older than weights"


DENIED = "clip_id,denied\na,Bark\nb,Knock\n"


@pytest.mark.parametrize(
    ("content", "folds"),
    [(DENIED, [-1, -1]), ("clip_id,denied,fold\na,Bark,-1\nb,Knock,1\n", [-1, 1])],
    ids=["older", "newer"],
)
def test_denied_clips_have_a_fold_or_none(run: Run, content: str, folds: list[int]) -> None:
    nobody = run.denied()
    assert (nobody.columns.tolist(), len(nobody)) == (["clip_id", "denied", "fold"], 0)
    (run.path / "denied.csv").write_text(content)
    denied = run.denied()
    assert denied["clip_id"].tolist() == ["a", "b"]
    assert denied["denied"].tolist() == ["Bark", "Knock"]
    assert denied["fold"].tolist() == folds
    assert denied["fold"].dtype == nobody["fold"].dtype
    (run.path / "skipped.csv").write_text("clip_id,error\na,gone\n")
    assert run.denied()["clip_id"].tolist() == ["b"]


@pytest.mark.parametrize(
    ("content", "reason", "expected"),
    [
        ("clip_id,denied,fold\na,Bark,2\n", "its folds are not those of config.json", "a clip in each row"),
        ("clip_id,denied,fold\na,Bark,x\n", "its folds are not those of config.json", "a clip in each row"),
        (DENIED, "it has 2 of 3 rows", "a clip in each row"),
        ("clip_id\na\n", "it has no column 'denied'", "clip_id, denied"),
    ],
)
def test_denied_clips_are_checked(run: Run, content: str, reason: str, expected: str) -> None:
    record = json.loads((run.path / "dataset.json").read_text())
    (run.path / "dataset.json").write_text(json.dumps(record | {"num_rows": {"denied.csv": 3}}))
    (run.path / "denied.csv").write_text(content)
    with pytest.raises(RunError, match="damaged") as caught:
        Run(run.path).denied()
    assert f"denied.csv cannot be read ({reason}); expected {expected}. Restore" in str(caught.value)


def test_clips_that_are_gone_are_those_of_the_last_preparation(run: Run) -> None:
    assert run.gone().columns.tolist() == ["clip_id", "error"]
    assert run.gone().empty
    (run.path / "gone.csv").write_text("clip_id,error\ntest/a.wav,no such file\n")
    assert run.gone().to_dict("records") == [{"clip_id": "test/a.wav", "error": "no such file"}]


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


@pytest.mark.parametrize(
    ("name", "read", "expected"),
    [
        ("config.json", lambda run: run.config, "the settings of a run"),
        ("classes.json", lambda run: run.classes, "a list of class names"),
        ("features.json", lambda run: run.feature_spec, "what turns audio into features"),
        ("dataset.json", lambda run: run.data_dir, "the folder of the data set, and warnings"),
        ("labels.csv", lambda run: run.labels(), COLUMNS),
        ("test_clips.csv", lambda run: run.test_clips(), "clip_id"),
        ("skipped.csv", lambda run: run.skipped(), "clip_id, error"),
    ],
)
@pytest.mark.parametrize("damage", ["missing", "empty"])
def test_a_damaged_run_says_which_file(
    run: Run, name: str, read: Callable, expected: str, damage: str
) -> None:
    (run.path / name).unlink()
    if damage == "empty":
        (run.path / name).touch()
    with pytest.raises(FsatError) as caught:
        read(Run(run.path))
    assert whole_message(caught) == (
        f"Run '{run.run_id}' is damaged: {name} cannot be read (it is {damage}); expected {expected}. "
        "Restore that file, or delete the run."
    )


def test_scores_are_checked(run: Run) -> None:
    assert run.scores is None
    (run.path / "scores.json").write_text('{"lwlrap": 0.5, "accuracy": 1}')
    assert run.scores == {"lwlrap": 0.5, "accuracy": 1}
    (run.path / "scores.json").write_text('{"lwlrap": 2, "accuracy": 1}')
    with pytest.raises(RunError, match=r"\('lwlrap' is 2\); expected lwlrap and accuracy, 0 to 1\. Restore"):
        _ = run.scores


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
    assert metrics["val_loss"].tolist() == [1, 1, 2]
    assert metrics.index.tolist() == [0, 1, 2]


EPOCH = "epoch,loss,accuracy,lwlrap,val_loss,val_accuracy,val_lwlrap,clips_per_s,seconds,num_steps\n"


def test_figures_that_an_epoch_does_not_have_are_empty(run: Run) -> None:
    run.fold_dir(0).mkdir()
    (run.fold_dir(0) / "metrics.csv").write_text(EPOCH + "1,0.5,,nan,NaN,0.25,1,100,2.5,7\n")
    metrics = run.metrics()
    assert metrics[["accuracy", "lwlrap", "val_loss"]].isna().all(axis=None)
    assert metrics[["fold", "epoch", "loss", "seconds", "num_steps"]].to_numpy().tolist() == [
        [0, 1, 0.5, 2.5, 7]
    ]


@pytest.mark.parametrize(
    ("content", "reason", "expected"),
    [
        (EPOCH + "1,low,1,1,1,1,1,1,1,1\n", "it holds something else than numbers", "an epoch in each row"),
        (EPOCH + "nan,1,1,1,1,1,1,1,1,1\n", "it holds something else than numbers", "an epoch in each row"),
        (EPOCH + "1,1,1,1,1,1,1,1,1,1\n" * 2, "it has '1' twice", "epoch, loss, accuracy, lwlrap, val_loss,"),
        (EPOCH + ",1\n", "a row of it is cut", "epoch, loss, accuracy, lwlrap, val_loss,"),
        ("epoch\n1\n", "it has no column 'loss'", "epoch, loss, accuracy, lwlrap, val_loss,"),
    ],
)
def test_metrics_are_checked(run: Run, content: str, reason: str, expected: str) -> None:
    run.fold_dir(1).mkdir()
    (run.fold_dir(1) / "metrics.csv").write_text(content)
    with pytest.raises(RunError) as caught:
        run.metrics()
    assert f"fold_01/metrics.csv cannot be read ({reason}); expected {expected}" in str(caught.value)


def test_curves_are_those_of_the_newest_attempt_at_a_fold(run: Run) -> None:
    assert run.shown_dir(1) == run.fold_dir(1)
    for name, since in (("a", 2_000), ("b", 1_000)):
        attempt = run.path / f".fold_01.{name}"
        attempt.mkdir()
        os.utime(attempt, (since, since))
    (run.path / ".fold_00.c").symlink_to("gone")
    assert [path.name for path in run.attempts(1)] == [".fold_01.b", ".fold_01.a"]
    assert run.shown_dir(1) == run.path / ".fold_01.a"
    assert [path.name for path in run.attempts(0)] == [".fold_00.c"], "one that goes meanwhile is no error"
    assert run.folds == []


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
    run.log_path.write_bytes(b"one\n\xfftwo\n")
    assert run.log_tail() == "one\n\ufffdtwo"


def test_the_whole_of_a_long_log_is_not_read(run: Run) -> None:
    run.log_path.write_text("x" * 100_000 + "\nend\n")
    assert run.log_tail(2).endswith("x\nend")
    assert len(run.log_tail(2)) < 1_000


def test_what_is_no_log_has_no_last_lines(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    run.log_path.symlink_to(tmp_path / "secret")
    assert run.log_tail() == ""
    run.log_path.unlink()
    run.log_path.mkdir()
    assert run.log_tail() == ""
    run.log_path.rmdir()
    os.mkfifo(run.log_path)
    assert run.log_tail() == ""


def test_a_log_that_goes_meanwhile_has_no_last_lines(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.log_path.write_text("line")

    def refuse(*_: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "open", refuse)
    assert run.log_tail() == ""


def test_a_run_without_a_log_has_no_last_lines(run: Run) -> None:
    run.log_path.unlink(missing_ok=True)
    assert run.log_tail() == ""


@pytest.mark.parametrize("path", ["", "a\0b", 7, None])
def test_what_is_no_path_is_no_data_folder(run: Run, path: object) -> None:
    (run.path / "dataset.json").write_text(json.dumps({"data_dir": path}))
    with pytest.raises(RunError, match=r"dataset\.json"):
        _ = Run(run.path).data_dir
