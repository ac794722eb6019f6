"""Submissions: exactly the header and rows asked for, whatever the runs know."""

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.dataset import Dataset, open_dataset
from fsat_core.errors import DatasetError, RunError
from fsat_core.prediction import combine_runs, submission, write_submission, write_top3
from fsat_core.runs import Run


def read_rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def run(finished_runs: dict[str, Run], tmp_path: Path) -> Run:
    """A run of its own: it knows Bark, Knock and Meow, and the four test clips."""
    return Run(Path(shutil.copytree(finished_runs["mfcc_dummy"].path, tmp_path / "a_run")))


def let_predict(run: Run, classes: list[str], rows: list[list[float]]) -> Run:
    """The run with these classes and probabilities for `test_bark.wav` and the clips after it."""
    (run.path / "classes.json").write_text(json.dumps(classes))
    table = pd.DataFrame(rows, columns=classes)
    table.insert(0, "clip_id", pd.read_parquet(run.path / "test.parquet")["clip_id"][: len(rows)])
    table.to_parquet(run.path / "test.parquet")
    return Run(run.path)


def rewrite_sample(root: Path, classes: list[str], fnames: list[str]) -> Dataset:
    rows = [["fname", *classes], *([name, *["0"] * len(classes)] for name in fnames)]
    with (root / "sample_submission.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return open_dataset(root)


def test_header_and_rows_are_the_samples(run: Run, kaggle_set: Path, tmp_path: Path) -> None:
    classes = ["Siren", "Meow", "Bark", "Knock"]
    fnames = ["test_siren.wav", "test_bark.wav", "test_meow.wav", "test_knock.wav"]
    dataset = rewrite_sample(kaggle_set, classes, fnames)
    out = tmp_path / "folder" / "submission.csv"
    report = write_submission(out, [run], dataset)
    file = io.BytesIO()
    assert write_submission(file, [run], dataset) == report
    assert file.getvalue() == out.read_bytes()
    rows = read_rows(out)
    assert rows[0] == ["fname", *classes]
    assert [row[0] for row in rows[1:]] == fnames
    assert (report.num_rows, report.missing_classes) == (4, ["Siren"])
    assert [warning for warning in report.warnings if "Siren" in warning]
    expected = combine_runs([run], part="test")
    for row in rows[1:]:
        own = expected.probabilities[expected.clip_ids.index("test/" + row[0])]
        values = dict(zip(classes, map(float, row[1:]), strict=True))
        assert values["Siren"] == 0
        assert [values[name] for name in expected.classes] == pytest.approx(own, rel=1e-6)


def test_nothing_to_warn_of(run: Run, kaggle_set: Path, tmp_path: Path) -> None:
    for fname in ("train_noisy.csv", "train_noisy"):  # they have the class that the run does not know
        path = kaggle_set / fname
        path.unlink() if path.is_file() else shutil.rmtree(path)
    dataset = rewrite_sample(kaggle_set, ["Bark", "Knock", "Meow"], ["test_bark.wav"])
    report = write_submission(tmp_path / "submission.csv", [run], dataset, "ridge")
    assert report.warnings == []
    assert len(read_rows(tmp_path / "submission.csv")) == 2


def test_a_clip_without_a_prediction_gets_the_share_of_each_class(
    run: Run, kaggle_set: Path, tmp_path: Path
) -> None:
    dataset = rewrite_sample(kaggle_set, ["Bark", "Knock", "Meow", "Siren"], ["test_bark.wav", "gone.wav"])
    report = write_submission(tmp_path / "submission.csv", [run], dataset)
    rows = read_rows(tmp_path / "submission.csv")
    assert [row[0] for row in rows] == ["fname", "test_bark.wav", "gone.wav"]
    assert list(map(float, rows[2][1:])) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    assert [warning for warning in report.warnings if "1 test clips" in warning and "gone.wav" in warning]


def test_the_zenodo_layout_has_its_classes_and_table_order(
    run: Run, zenodo_set: Path, tmp_path: Path
) -> None:
    table = zenodo_set / "FSDKaggle2019.meta" / "test_post_competition.csv"
    pd.read_csv(table).iloc[::-1].to_csv(table, index=False)
    write_submission(tmp_path / "submission.csv", [run], open_dataset(zenodo_set))
    rows = read_rows(tmp_path / "submission.csv")
    assert rows[0] == ["fname", "Bark", "Knock", "Meow", "Siren"]
    assert [row[0] for row in rows[1:]] == [f"test_{name}.wav" for name in ("siren", "meow", "knock", "bark")]


def test_classes_that_are_not_asked_for_are_left_out(run: Run, kaggle_set: Path, tmp_path: Path) -> None:
    test = pd.read_parquet(run.path / "test.parquet").rename(columns={"Knock": "Thunder"})
    test.to_parquet(run.path / "test.parquet")
    (run.path / "classes.json").write_text('["Bark", "Thunder", "Meow"]')
    report = write_submission(tmp_path / "submission.csv", [Run(run.path)], open_dataset(kaggle_set))
    assert read_rows(tmp_path / "submission.csv")[0] == ["fname", "Bark", "Knock", "Meow", "Siren"]
    assert [warning for warning in report.warnings if "left out: Thunder" in warning]
    assert report.missing_classes == ["Knock", "Siren"]


def test_a_sample_from_a_spreadsheet_gives_plain_csv(run: Run, kaggle_set: Path, tmp_path: Path) -> None:
    lines = ["fname;Siren;Meow;Bark;Knock;;", "test_bark;0,5;0;0;0;;", "TEST_MEOW.wav;0;0;0;0;;", ";;;;;;"]
    (kaggle_set / "sample_submission.csv").write_bytes("\r\n".join(lines).encode("utf-16"))
    dataset = open_dataset(kaggle_set)
    (kaggle_set / "test" / "._test_bark.wav").touch()
    let_predict(run, ["Bark", "Knock", "Meow"], [[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]])
    table = pd.read_parquet(run.path / "test.parquet")
    table.assign(clip_id=["test/test_bark", "test/TEST_MEOW.wav"]).to_parquet(run.path / "test.parquet")
    write_submission(tmp_path / "submission.csv", [Run(run.path)], dataset)
    rows = read_rows(tmp_path / "submission.csv")
    assert rows[0] == ["fname", "Siren", "Meow", "Bark", "Knock"]
    assert [row[0] for row in rows[1:]] == ["test_bark", "TEST_MEOW.wav"]


def test_the_three_likeliest(run: Run, kaggle_set: Path, tmp_path: Path) -> None:
    dataset = open_dataset(kaggle_set)
    write_top3(tmp_path / "top3.csv", [run], dataset)
    rows = read_rows(tmp_path / "top3.csv")
    assert rows[0] == ["fname", "label"]
    expected = combine_runs([run], part="test")
    for fname, label in rows[1:]:
        own = expected.probabilities[expected.clip_ids.index("test/" + fname)]
        assert label == " ".join(expected.classes[index] for index in np.argsort(-own))
    assert len(rows) == 5


def test_of_more_classes_only_the_three_likeliest(run: Run, kaggle_set: Path, tmp_path: Path) -> None:
    classes = ["Bark", "Knock", "Meow", "Siren", "Yodel"]
    dataset = rewrite_sample(kaggle_set, classes, ["test_bark.wav", "test_knock.wav"])
    knowing = let_predict(run, classes, [[0.3, 0.1, 0.15, 0.4, 0.05], [0.1, 0.2, 0.3, 0.15, 0.25]])
    write_top3(tmp_path / "top3.csv", [knowing], dataset)
    labels = [label for _, label in read_rows(tmp_path / "top3.csv")[1:]]
    assert labels == ["Siren Bark Meow", "Meow Yodel Knock"]


def test_probabilities_have_eight_significant_digits(run: Run, kaggle_set: Path, tmp_path: Path) -> None:
    dataset = rewrite_sample(kaggle_set, ["Bark", "Knock", "Meow", "Siren"], ["test_bark.wav"])
    rare, other = 1.23456789012e-5, 0.123456789012
    precise = let_predict(run, ["Bark", "Knock", "Meow"], [[rare, other, 1 - rare - other]])
    write_submission(tmp_path / "submission.csv", [precise], dataset)
    assert read_rows(tmp_path / "submission.csv")[1][1:3] == ["1.2345679e-05", "0.12345679"]


def test_runs_of_another_set_are_an_error_and_leave_the_old_file(
    run: Run, kaggle_set: Path, tmp_path: Path
) -> None:
    dataset = rewrite_sample(kaggle_set, ["Bark", "Knock", "Meow", "Siren"], ["x.wav", "y.wav"])
    out = tmp_path / "submission.csv"
    out.write_text("precious")
    with pytest.raises(RunError, match="none of the 2 test clips"):
        write_submission(out, [run], dataset)
    assert out.read_text() == "precious"
    assert [path.name for path in tmp_path.glob("*submission*")] == ["submission.csv"]


@pytest.mark.parametrize(
    "text",
    [
        "fname,Bark,Meow\na.wav,0.5,0.5\n",
        "fname,Meow,Bark\nb.wav,0.5,0.5\na.wav,0.5,0.5\n",
        "fname,Bark,Meow\nb.wav,0.5,0.5\na.wav,0.5,0.5\n",
        "fname,Bark,Meow\na.wav,0.5,inf\nb.wav,0.5,0.5\n",
    ],
)
def test_what_does_not_read_back_is_not_written(tmp_path: Path, text: str) -> None:
    """A row missing, columns or rows in another order, a number that is none."""
    with pytest.raises(RunError, match="would not read back"):
        submission._write_checked(tmp_path / "s.csv", text, ["fname", "Bark", "Meow"], ["a.wav", "b.wav"])
    assert not list(tmp_path.iterdir())


def test_what_is_not_on_disk_as_written_is_an_error(
    run: Run, kaggle_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "write_atomically", lambda path, text: path.write_text(text[:-20]))
    with pytest.raises(RunError, match="not on disk as it was written"):
        write_submission(tmp_path / "submission.csv", [run], open_dataset(kaggle_set))


def test_a_place_that_cannot_be_written_is_one_line(run: Run, kaggle_set: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "submission.csv", kaggle_set):
        with pytest.raises(RunError, match="cannot be written") as error:
            write_submission(place, [run], open_dataset(kaggle_set))
        assert "\n" not in str(error.value)


def test_a_set_without_test_clips_has_no_submission(run: Run, kaggle_set: Path, tmp_path: Path) -> None:
    (kaggle_set / "sample_submission.csv").unlink()
    shutil.rmtree(kaggle_set / "test")
    with pytest.raises(DatasetError, match="no test part"):
        write_submission(tmp_path / "submission.csv", [run], open_dataset(kaggle_set))
