"""True labels of test clips, from a table and from both layouts."""

import io
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from fsat_core.dataset import open_dataset
from fsat_core.errors import DatasetError
from fsat_core.evaluation import read_truth
from fsat_core.evaluation.truth import known_truth, truth_of_runs
from fsat_core.runs import Run


def write_truth(path: Path, text: str) -> pd.DataFrame:
    path.write_text(text)
    return read_truth(path)


def test_truth_from_a_table(tmp_path: Path) -> None:
    text = 'fname,labels,usage,license\na.wav,"A, B",Public,CC0\nb.wav,C,private,CC0\nc.wav,,Private,CC0\n'
    truth = write_truth(tmp_path / "truth.csv", text)
    assert truth.to_numpy().tolist() == [
        ["test/a.wav", "A,B", "Public"],
        ["test/b.wav", "C", "Private"],
        ["test/c.wav", "", "Private"],
    ]
    upload = io.BytesIO(text.encode())
    upload.read()  # it is read from its beginning all the same
    pd.testing.assert_frame_equal(read_truth(upload), truth)
    assert write_truth(tmp_path / "plain.csv", "fname,labels\na.wav,A\n")["usage"].tolist() == [""]


def test_truth_from_a_spreadsheet(tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "truth.csv"
    path.write_text("fname;labels;usage\na;Bark,Yell;Public\nB.WAV;Bark;\n;;\n")
    truth = read_truth(path, ["test/a.wav", "test/b.wav", "test/c.wav"], said.append)
    assert truth.to_numpy().tolist() == [
        ["test/a.wav", "Bark,Yell", "Public"],
        ["test/b.wav", "Bark", ""],
    ]
    (line,) = said
    assert line.startswith("truth.csv was read assuming that cells end at semicolons")
    path.write_text("fname,labels\na,Bark\na.wav,Bark\n")
    assert read_truth(path, ["test/a.wav"])["clip_id"].tolist() == ["test/a", "test/a.wav"]


def test_truth_from_both_layouts(kaggle_set: Path, zenodo_set: Path) -> None:
    zenodo = read_truth(open_dataset(zenodo_set))
    assert zenodo["usage"].tolist() == ["Private", "Public", "Private", "Public"]
    assert zenodo.loc[0, ["clip_id", "labels"]].tolist() == ["test/test_bark.wav", "Bark"]
    kaggle = read_truth(open_dataset(kaggle_set))
    assert kaggle["labels"].tolist() == [""] * 4
    assert kaggle["usage"].tolist() == [""] * 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fname,label\na.wav,A\n", "no column 'labels'"),
        ("name,labels\na.wav,A\n", "no column 'fname'"),
        ("fname,labels\na.wav,A\na.wav,B\n", "'a.wav' occurs twice"),
    ],
)
def test_a_truth_that_is_none_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DatasetError, match=words) as error:
        write_truth(tmp_path / "truth.csv", text)
    assert "\n" not in str(error.value)


def test_truth_that_is_known_of_runs(
    kaggle_set: Path, zenodo_set: Path, finished_runs: dict[str, Run], tmp_path: Path
) -> None:
    assert known_truth(open_dataset(kaggle_set)) is None  # its test table is the sample submission
    known = read_truth(open_dataset(zenodo_set))
    pd.testing.assert_frame_equal(known_truth(open_dataset(zenodo_set)), known)

    source = finished_runs["mfcc_dummy"].path
    paths = [Path(shutil.copytree(source, tmp_path / "runs" / name)) for name in "ab"]
    runs = [Run(path) for path in paths]
    for path in paths:
        facts = json.loads((path / "dataset.json").read_text())
        (path / "dataset.json").write_text(json.dumps(facts | {"data_dir": str(zenodo_set)}))
    pd.testing.assert_frame_equal(truth_of_runs(runs), known)
    (paths[1] / "test.parquet").unlink()
    assert truth_of_runs(runs) is None  # of a run without test predictions there is nothing to score
    assert truth_of_runs(runs[:1]) is not None
    shutil.rmtree(zenodo_set)
    assert truth_of_runs(runs[:1]) is None
