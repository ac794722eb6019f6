"""`evaluate` and `submit`, as a user calls them."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from fsat_core.cli import main
from fsat_core.evaluation import WARNING_CURATED
from fsat_core.runs import Run

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs a command in this process: exit status, standard output, standard error."""

    def run_command(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command


@pytest.fixture
def runs_dir(finished_runs: dict[str, Run], tmp_path: Path) -> Path:
    """Copies of the finished runs, named by their model."""
    for model, run in finished_runs.items():
        shutil.copytree(run.path, tmp_path / "runs" / model)
    return tmp_path / "runs"


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """Labels of the test clips, half of them public; the runs never saw Siren."""
    path = tmp_path / "truth.csv"
    rows = [
        "test_bark.wav,Bark,Public",
        "test_knock.wav,Knock,Private",
        "test_meow.wav,Meow,Public",
        "test_siren.wav,Siren,Private",
    ]
    path.write_text("\n".join(["fname,labels,usage", *rows]) + "\n")
    return path


def test_evaluate_one_run(call: Call, runs_dir: Path) -> None:
    status, out, _ = call("evaluate", "--run", "mfcc_dummy", "--runs", runs_dir, "--json")
    report = json.loads(out)
    assert status == 0
    assert report["together"] is None
    assert report["warning"] is None  # of the classes of FSDKaggle2019, the set has three
    (run,) = report["runs"]
    scores = json.loads((runs_dir / "mfcc_dummy" / "scores.json").read_text())
    assert run["oof"] == pytest.approx({**scores, "num_clips": 12})
    assert {row["class"]: row["count"] for row in run["per_class"]} == {"Bark": 4, "Knock": 4, "Meow": 4}
    assert run["test"] is None  # the set's own test table has no labels


def test_evaluate_several_runs_with_the_truth(
    call: Call, runs_dir: Path, truth: Path, of_fsdkaggle2019: Callable[[Run], None]
) -> None:
    of_fsdkaggle2019(Run(runs_dir / "mfcc_dummy"))
    chosen = ("--run", "mfcc_dummy", "wave_dummy", "--runs", runs_dir, "--truth", truth)
    status, out, _ = call("evaluate", *chosen, "--json")
    report = json.loads(out)
    assert status == 0
    assert [run["run_id"] for run in report["runs"]] == ["mfcc_dummy", "wave_dummy"]
    for scored in [
        *report["runs"],
        *(report["together"][how] for how in ("geometric", "arithmetic", "weighted", "ridge")),
    ]:
        assert {usage: value["num_clips"] for usage, value in scored["test"].items()} == {
            "all": 4,
            "Public": 2,
            "Private": 2,
        }
        assert scored["test"]["Private"]["accuracy"] <= 0.5  # Siren cannot be right
        assert 0 < scored["oof"]["lwlrap"] <= 1
    assert [row["run_id"] for row in report["together"]["leave_one_out"]] == ["mfcc_dummy", "wave_dummy"]
    status, text, _ = call("evaluate", *chosen)
    assert status == 0
    assert "test, Private" in text
    assert "together, ridge" in text
    assert text.rstrip().endswith(WARNING_CURATED)


def test_evaluate_takes_the_labels_of_the_set(call: Call, runs_dir: Path, zenodo_set: Path) -> None:
    facts = json.dumps({"data_dir": str(zenodo_set), "warnings": []})
    (runs_dir / "mfcc_dummy" / "dataset.json").write_text(facts)
    _, out, _ = call("evaluate", "--run", "mfcc_dummy", "--runs", runs_dir, "--json")
    assert list(json.loads(out)["runs"][0]["test"]) == ["all", "Public", "Private"]
    shutil.rmtree(zenodo_set)
    status, out, _ = call("evaluate", "--run", "mfcc_dummy", "--runs", runs_dir, "--json")
    assert (status, json.loads(out)["runs"][0]["test"]) == (0, None)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.unlink(), "has no oof.parquet"),
        (lambda path: path.write_bytes(b"PAR1"), "oof.parquet cannot be read"),
        (lambda path: path.write_bytes(path.read_bytes()[:-200]), "oof.parquet cannot be read"),
        (lambda path: shutil.copy(path.with_name("test.parquet"), path), "which labels.csv has not"),
        (
            lambda path: path.with_name("classes.json").write_text('["Bark"]'),
            "other columns than classes.json",
        ),
    ],
)
def test_a_damaged_run_is_one_line(
    call: Call, runs_dir: Path, damage: Callable[[Path], object], words: str
) -> None:
    damage(runs_dir / "mfcc_dummy" / "oof.parquet")
    status, out, err = call("evaluate", "--run", "mfcc_dummy", "--runs", runs_dir)
    assert (status, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1


def test_a_truth_of_other_clips_is_one_line(call: Call, runs_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("fname,labels\nx.wav,Bark\n")
    for name, words in (("other.csv", "labels none of the 4 test clips"), ("none.csv", "cannot be read")):
        chosen = ("--run", "mfcc_dummy", "--runs", runs_dir, "--truth", tmp_path / name)
        status, _, err = call("evaluate", *chosen)
        assert status == 2
        assert words in err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize("how", ["geometric", "arithmetic", "weighted", "ridge"])
def test_submit(call: Call, runs_dir: Path, tmp_path: Path, how: str) -> None:
    out_path = tmp_path / "submission.csv"
    chosen = ("--run", "mfcc_dummy", "--run", "wave_dummy", "--runs", runs_dir, "--combine", how)
    status, out, err = call("submit", *chosen, "--out", out_path, "--json")
    assert status == 0
    report = json.loads(out)
    assert (report["num_rows"], report["missing_classes"]) == (4, ["Siren"])
    assert "Siren" in err
    with out_path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["fname", "Bark", "Knock", "Meow", "Siren"]
    assert [row[0] for row in rows[1:]] == [f"test_{name}.wav" for name in ("bark", "knock", "meow", "siren")]
    assert all(sum(map(float, row[1:])) == pytest.approx(1, abs=1e-5) for row in rows[1:])


def test_submit_the_three_likeliest(call: Call, runs_dir: Path, tmp_path: Path, kaggle_set: Path) -> None:
    run = runs_dir / "mfcc_dummy"
    pd.read_parquet(run / "test.parquet").assign(Siren=0.0).to_parquet(run / "test.parquet")
    (run / "classes.json").write_text('["Bark", "Knock", "Meow", "Siren"]')
    chosen = ("--run", "mfcc_dummy", "--runs", runs_dir, "--data", kaggle_set, "--top3")
    status, out, _ = call("submit", *chosen, "--out", tmp_path / "top3.csv")
    assert status == 0
    assert out.startswith("4 rows in ")
    lines = (tmp_path / "top3.csv").read_text().splitlines()
    assert lines[0] == "fname,label"
    assert sorted(lines[1].split(",")[1].split(" ")) == ["Bark", "Knock", "Meow"]


def test_submit_of_an_unfinished_run_is_one_line(call: Call, runs_dir: Path, tmp_path: Path) -> None:
    (runs_dir / "mfcc_dummy" / "test.parquet").unlink()
    status, out, err = call(
        "submit", "--run", "mfcc_dummy", "--runs", runs_dir, "--out", tmp_path / "submission.csv"
    )
    assert (status, out) == (2, "")
    assert "has no test.parquet" in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "submission.csv").exists()


@pytest.mark.parametrize(
    ("way", "name"),
    [("arithmetic", "the arithmetic mean"), ("weighted", "the weighted mean"), ("ridge", "ridge regression")],
)
def test_leave_one_out_of_another_combination(call: Call, runs_dir: Path, way: str, name: str) -> None:
    words = ("evaluate", "--run", "mfcc_dummy", "wave_dummy", "--runs", runs_dir)
    together = json.loads(call(*words, "--leave-one-out", way, "--json")[1])["together"]
    usual = json.loads(call(*words, "--json")[1])["together"]
    assert (usual["left_out_of"], together["left_out_of"]) == ("geometric", way)
    for row in together["leave_one_out"]:
        assert row["change"] == pytest.approx(row["lwlrap_without"] - together[way]["oof"]["lwlrap"])
    assert f"the lwlrap of {name} changes by" in call(*words, "--leave-one-out", way)[1]
