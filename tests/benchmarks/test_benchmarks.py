"""The measurements of `benchmarks/`: they run the public commands, and their figures are the runs' own."""

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.common import Measured, run_command, score_test_clips
from benchmarks.sets import full_size, mix_pairs, swap_labels
from benchmarks.studies import ablation, noise, rehearsal, trained
from fsat_core.cli import main
from fsat_core.config.recipes import RECIPES, Recipe
from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import open_dataset
from fsat_core.errors import RunError
from fsat_core.runs import Run

TINY = ["--set", "sample_rate=8000", "--set", "duration_s=0.5"]
TRUTH = {
    "test_bark.wav": "Bark",
    "test_knock.wav": "Knock",
    "test_meow.wav": "Bark,Meow",
    "test_siren.wav": "Siren",
}


@pytest.fixture
def set_with_truth(kaggle_set: Path) -> Path:
    """The tiny set, with the labels of its test clips."""
    rows = [f'{fname},"{labels}"' for fname, labels in TRUTH.items()]
    (kaggle_set / "test_truth.csv").write_text("\n".join(["fname,labels", *rows]))
    return kaggle_set


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """Runs the commands of the scripts in this process, and lists them."""
    called: list[list[str]] = []

    def run(words: Sequence[object], environment: Mapping[str, object] | None = None) -> Measured:
        called.append([str(word) for word in words])
        for name, value in (environment or {}).items():
            monkeypatch.setenv(name, str(value))
        with redirect_stdout(io.StringIO()) as out:
            status = main([*called[-1], "--json"])
        assert status == 0
        return Measured(json.loads(out.getvalue()), 1.0, 2.0)

    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "cache"))
    for module in (trained, rehearsal):
        monkeypatch.setattr(module, "run_command", run)
    return called


@pytest.fixture
def pretended(finished_runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of work where copies of a finished run are taken for what was trained."""
    work = tmp_path / "work"

    def train(words: Sequence[object]) -> Measured:
        source = finished_runs["wave_dummy"]
        run = Run(work / "runs" / f"run_{len(list(work.glob('runs/*')))}")
        shutil.copytree(source.path, run.path)
        oof = {"lwlrap": 0.5, "accuracy": 0.5}
        return Measured(
            {"run_id": run.run_id, "run_dir": str(run.path), "seconds": 1.0, "oof": oof}, 1.0, 2.0
        )

    monkeypatch.setattr(trained, "run_command", train)
    return work


def test_rehearsal(
    kaggle_set: Path,
    tmp_path: Path,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(rehearsal, "TRAIN", (*rehearsal.TRAIN, *TINY, "--folds", 2))
    assert rehearsal.main([str(kaggle_set), "--work", str(tmp_path / "work"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [words[0] for words in commands] == ["scan", "scan", "train", "submit", "train", "submit"]
    assert [row["step"] for row in report["steps"]][2:] == [
        f"{step}, {splits}" for splits in ("curated", "curated,noisy") for step in ("train", "submit")
    ]
    assert report["scan"]["num_clips"] == 22
    for file in report["submissions"]:
        assert (file["num_rows"], file["num_columns"], file["faults"]) == (4, 4, [])
    text = rehearsal.describe(report)
    assert "| train, curated,noisy | 1.0 | 2 |" in text
    assert "as it should be" in text


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Bark,Knock", "Knock,Bark", "header"),
        ("test_bark.wav,0,0,0,0\ntest_knock.wav", "test_knock.wav,0,0,0,0\ntest_bark.wav", "rows"),
        ("test_meow.wav,0,0", "test_meow.wav,0,", "no number"),
        ("test_meow.wav,0,0", "test_meow.wav,0,inf", "no number"),
    ],
)
def test_a_wrong_submission_is_seen(old: str, new: str, fault: str, kaggle_set: Path) -> None:
    sample, path = kaggle_set / "sample_submission.csv", kaggle_set / "submission.csv"
    right = sample.read_text()
    path.write_text(right)
    assert rehearsal.check_submission(path, sample) == {"num_rows": 4, "num_columns": 4, "faults": []}
    assert old in right
    path.write_text(right.replace(old, new))
    (found,) = rehearsal.check_submission(path, sample)["faults"]
    assert fault in found


def test_a_wrong_submission_is_a_failure(
    kaggle_set: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = {"splits": "curated", "num_rows": 4, "num_columns": 4, "faults": ["the header is not that"]}
    report = {"scan": {"num_clips": 22}, "steps": [], "submissions": [file]}
    monkeypatch.setattr(rehearsal, "rehearse", lambda *_: report)
    assert rehearsal.main([str(kaggle_set)]) == 1
    assert "| curated | 4 | 4 | the header is not that |" in capsys.readouterr().out


def test_a_command_is_timed_and_weighed(kaggle_set: Path, tmp_path: Path) -> None:
    done = run_command(["scan", "--data", kaggle_set], {"FSAT_CACHE_DIR": tmp_path / "cache"})
    assert done.value["num_clips"] == 22
    assert (tmp_path / "cache" / "catalogues").is_dir()
    assert done.seconds > 0.01
    assert 20 < done.peak_mb < 2_000  # a Python with pandas; a wrong unit would be off by 1,000


def test_a_failed_command_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"scan --data .* status 2: expected 0") as failure:
        run_command(["scan", "--data", tmp_path / "nowhere"])
    assert "\n" not in str(failure.value)


@pytest.fixture
def known_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `strong` of its own for these tests, whatever the real one has by now."""
    values = {**RECIPES["reference"].values, "n_folds": 5, "batch_size": 16, "mixup": 0.4}
    values |= {"max_epochs": 100, "patience": 0, "checkpoint": "last"}
    values |= {"schedule": "cosine", "warmup_epochs": 5}
    recipe = Recipe("For a test", values, {"mfcc": {"new_crops": True, "masks": 1}, "wave": {"masks": 1}})
    monkeypatch.setitem(RECIPES, "strong", recipe)


def test_variants_of_a_network_on_mfccs(known_recipe: None) -> None:
    found = ablation.variants("mfcc_cnn", {})
    assert next(iter(found)) == "strong"
    assert found == {
        "strong": {},
        "batch_size": {"batch_size": 64},
        "max_epochs": {"max_epochs": 50, "patience": 5, "checkpoint": "best"},
        "schedule": {"schedule": "constant", "warmup_epochs": 0},
        "new_crops": {"new_crops": False, "mixup": 0.0, "masks": 0},  # which need new crops
        "mixup": {"mixup": 0.0},
        "masks": {"masks": 0},
    }


def test_variants_of_a_network_on_waves(known_recipe: None) -> None:
    found = ablation.variants("wave_cnn", {})
    assert set(found) == {"strong", "max_epochs", "batch_size", "schedule", "mixup", "masks"}


def test_what_is_set_for_all_variants_is_no_feature(known_recipe: None) -> None:
    found = ablation.variants("wave_cnn", {"max_epochs": 20, "mixup": "0.2"})
    assert found["patience"] == {"patience": 5, "checkpoint": "best"}
    assert set(found) == {"strong", "patience", "batch_size", "schedule", "masks"}


@pytest.mark.parametrize("model", ["mfcc_cnn", "wave_cnn"])
def test_each_feature_of_the_real_recipe_is_taken_away_once(model: str) -> None:
    strong, reference = (
        TrainConfig.from_recipe(model, recipe).model_dump() for recipe in ("strong", "reference")
    )
    differing = {name for name in strong if strong[name] != reference[name]} - ablation.NO_FEATURES
    found = ablation.variants(model, {})
    grouped = {name for group in ablation.TOGETHER for name in group[1:]}
    assert set(found) - {"strong"} >= differing - grouped
    for name, changes in found.items():
        config = TrainConfig.from_recipe(model, "strong", **changes).model_dump()
        assert {key for key in config if config[key] != strong[key]} == set(changes) <= differing
        assert all(config[key] == reference[key] for key in changes)
        assert name == "strong" or name in changes


def test_ablation_trains_each_variant_once(
    set_with_truth: Path,
    tmp_path: Path,
    known_recipe: None,
    commands: list[list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [str(set_with_truth), "--model", "wave_dummy", "--folds", "2", "--epochs", "1", *TINY]
    words += ["--set", "warmup_epochs=0", "--work", str(tmp_path / "work"), "--only"]
    assert ablation.main([*words, "mixup"]) == 0
    assert ablation.main([*words, "strong", "mixup"]) == 0
    assert [("mixup=0.0" in command) for command in commands] == [True, False]
    assert all("n_folds=2" in command and "max_epochs=1" in command for command in commands)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].startswith("| strong |  | ")
    assert lines[-1].startswith("| without mixup | mixup=0.0 | ")

    results = json.loads((tmp_path / "work" / "results.json").read_text())
    for row, cells in zip(reversed(results), lines[-2:], strict=True):
        run_dir = tmp_path / "work" / "runs" / row["run_id"]
        scores = json.loads((run_dir / "scores.json").read_text())
        predicted = pd.read_parquet(run_dir / "test.parquet").set_index("clip_id")
        best = predicted.idxmax(axis=1)
        hits = [best[f"test/{fname}"] in labels.split(",") for fname, labels in TRUTH.items()]
        assert row["test_accuracy"] == sum(hits) / len(hits)
        numbers = [scores["lwlrap"], scores["accuracy"], row["test_accuracy"]]
        assert " | ".join(f"{number:.3f}" for number in numbers) in cells

    assert len(commands) == 2


def test_a_result_of_other_settings_or_of_another_set_does_not_count(
    kaggle_set: Path, tmp_path: Path, pretended: Path
) -> None:
    def run_id(data_dir: Path = kaggle_set, **settings: object) -> str:
        return trained.train_once(data_dir, pretended, "wave_dummy", "quick", settings, "any")["run_id"]

    assert [run_id(), run_id(), run_id(seed=1), run_id(seed=1)] == ["run_0", "run_0", "run_1", "run_1"]
    assert run_id(Path(shutil.copytree(kaggle_set, tmp_path / "elsewhere"))) == "run_2"


def test_a_result_of_settings_under_older_names_counts(tmp_path: Path, commands: list[list[str]]) -> None:
    config = TrainConfig.from_recipe("mfcc_dummy", "quick", sample_rate=8_000).model_dump(mode="json")
    config["sampling_rate"] = config.pop("sample_rate")
    kept = {"variant": "then", "data": str(tmp_path), "config": config, "lwlrap": 0.5}
    (tmp_path / "results.json").write_text(json.dumps([kept]))
    row = trained.train_once(tmp_path, tmp_path, "mfcc_dummy", "quick", {"sample_rate": 8_000}, "now")
    assert row == kept | {"variant": "now"}
    assert commands == []


NOISE = ["--model", "wave_dummy", "--folds", "2", *TINY, "--set", "warmup_epochs=0", "--share", "0.5"]


def test_noise_trains_on_wrong_labels_and_judges_by_right_ones(
    set_with_truth: Path,
    tmp_path: Path,
    known_recipe: None,
    commands: list[list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    work = tmp_path / "work"
    words = [str(set_with_truth), *NOISE, "--epochs", "1", "--work", str(work), "--only", "swapped"]
    assert noise.main(words) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert first_cells(rows) == ["swapped, plain", "swapped, agree_with"]
    plain, agreeing = json.loads((work / "results.json").read_text())
    assert agreeing["config"]["agree_with"] == [plain["run_id"]]

    run = Run(work / "runs" / plain["run_id"])
    right = pd.read_csv(set_with_truth / "train_curated.csv").set_index("fname")["labels"]
    assert (run.labels()["labels"] != right[run.labels()["clip_id"].str[8:]].to_numpy()).sum() == 6
    best = pd.read_parquet(run.path / "oof.parquet").set_index("clip_id").idxmax(axis=1)
    hits = [name in right[clip_id.partition("/")[2]].split(",") for clip_id, name in best.items()]
    assert rows[0].split(" | ")[1] == f"{sum(hits) / len(hits):.3f}"

    assert noise.main(words) == 0
    assert len(commands) == 2  # nothing is trained twice


def test_noise_has_five_ways_with_half_of_the_clips_noisy(
    set_with_truth: Path,
    tmp_path: Path,
    known_recipe: None,
    pretended: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [str(set_with_truth), *NOISE, "--epochs", "3", "--work", str(pretended)]
    assert noise.main([*words, "--only", "right", "half"]) == 0
    ways = ["curated alone", "both alike", "noisy_weight", "curated_epochs", "agree_with"]
    assert first_cells(capsys.readouterr().out.splitlines()[2:]) == [
        "right",
        *(f"half noisy, {way}" for way in ways),
    ]
    by_name = {row["variant"]: row for row in json.loads((pretended / "results.json").read_text())}
    assert set(open_dataset(Path(by_name["right"]["data"])).table["split"]) == {"curated", "test"}
    noisy = [by_name[f"half noisy, {way}"] for way in ways]
    assert {row["data"] for row in noisy} == {noisy[0]["data"]}
    assert set(open_dataset(Path(noisy[0]["data"])).table["split"]) == {"curated", "noisy", "test"}
    alone, both = noisy[0]["config"], noisy[1]["config"]
    assert both == alone | {"splits": ["curated", "noisy"]}
    assert [row["config"] for row in noisy[2:]] == [
        both | {"noisy_weight": 0.5},
        both | {"curated_epochs": 1},
        both | {"agree_with": [by_name["half noisy, both alike"]["run_id"]]},
    ]


def first_cells(rows: Sequence[str]) -> list[str]:
    """Of a table, in the order in which it prints them."""
    return [row.split(" | ")[0].removeprefix("| ") for row in rows]


def test_test_scores_are_of_the_clips_with_labels(finished_runs: dict[str, Run], kaggle_set: Path) -> None:
    run_dir = finished_runs["wave_dummy"].path
    assert score_test_clips(run_dir, kaggle_set) is None
    (kaggle_set / "test_truth.csv").write_text("fname,labels\ntest_bark.wav,Bark\n")
    scores = score_test_clips(run_dir, kaggle_set)
    assert scores is not None
    assert scores.num_clips == 1


@pytest.mark.parametrize(
    ("script", "words", "line"),
    [
        (ablation, ["--only", "magic"], "--only magic: no such variant"),
        (ablation, ["--set", "mixup"], "KEY=VALUE"),
        (ablation, ["--epochs", "2"], "warmup_epochs"),
        (rehearsal, [], "something else"),
    ],
)
def test_wrong_input_is_one_line(
    script: Any,
    words: list[str],
    line: str,
    kaggle_set: Path,
    tmp_path: Path,
    known_recipe: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "thesis.txt").write_text("years of work")
    assert script.main([str(kaggle_set), "--work", str(work), *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert line in err
    assert err.count("\n") == 1
    assert [path.name for path in work.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("script", [ablation, full_size, mix_pairs, noise, rehearsal, swap_labels])
def test_a_script_says_what_it_is_for(script: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        script.main(["--help"])
    assert stop.value.code == 0
    assert script.__doc__.strip() in capsys.readouterr().out
    assert script.__name__ == f"benchmarks.{script.NAME}"
