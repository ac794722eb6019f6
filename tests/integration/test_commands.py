"""The commands: the JSON that scripts rely on, exit status, and one clear line for every wrong input."""

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fsat_core.cli import main
from fsat_core.runs import Run, RunStatus
from fsat_core.runs import process as process_module
from fsat_core.settings import Settings
from fsat_core.training.worker import _Worker

REPOSITORY = Path(__file__).parents[2]
OK, FAILURE, WRONG_CALL = 0, 1, 2
TINY = ["sample_rate=8000", "duration_s=0.5", "n_mfcc=13", "batch_size=4"]
TRAIN = ["train", "--model", "mfcc_dummy", "--recipe", "quick"]
TRAIN += [word for setting in TINY for word in ("--set", setting)]


class Command:
    """Runs a command in this process and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: object, status: int = OK) -> str:
        """What the command printed to standard output; its exit status has to be `status`."""
        self._capsys.readouterr()
        found = main([str(word) for word in words])
        self.out, self.err = self._capsys.readouterr()
        assert found == status, self.err
        return self.out

    def json(self, *words: object, status: int = OK) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self(*words, "--json", status=status))

    def error(self, *words: object) -> str:
        """The one line on standard error of a wrong call, which prints nothing else."""
        assert self(*words, status=WRONG_CALL) == ""
        return self.error_line()

    def error_line(self) -> str:
        """The only line on standard error."""
        (line,) = self.err.splitlines()
        assert line.startswith("fsat_core: ")
        return line


@pytest.fixture
def command(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Command:
    """Commands on the tiny set, with empty runs and cache folders."""
    return Command(capsys)


@pytest.fixture
def trained(finished_runs: dict[str, Run]) -> Run:
    return finished_runs["mfcc_dummy"]


def test_demo(command: Command, tmp_path: Path) -> None:
    answer = command.json("demo", tmp_path / "demo")
    assert answer["out"] == str(tmp_path / "demo")
    scanned = command.json("scan", "--data", tmp_path / "demo")
    assert scanned["num_clips"] == answer["num_clips"] > 100
    assert scanned["num_errors"] == 1
    assert "fsat_core" not in command.err


def test_demo_does_not_overwrite_what_is_no_demo(command: Command, kaggle_set: Path) -> None:
    assert "a folder with other files in it" in command.error("demo", kaggle_set)
    assert (kaggle_set / "train_curated.csv").is_file()


def test_scan(command: Command) -> None:
    answer = command.json("scan")
    assert set(answer) == {"num_clips", "num_errors", "num_warnings", "splits", "warnings"}
    assert (answer["num_clips"], answer["num_errors"]) == (22, 0)
    assert list(answer["splits"]) == ["curated", "noisy", "test"]
    counts = {"num_clips": 14, "num_label_strings": 4, "num_single_label": 12, "num_classes": 3}
    assert counts.items() <= answer["splits"]["curated"].items()
    text = command("scan")
    assert text.splitlines()[0] == "22 clips, 0 unreadable"
    assert "14 clips, 4 label strings, 3 classes, 12 with one label" in text


def test_scan_counts_what_it_cannot_read(command: Command, kaggle_set: Path) -> None:
    (kaggle_set / "test" / "test_bark.wav").write_text("text")
    assert command.json("scan")["num_errors"] == 1


def test_scan_data_wins_over_the_environment(command: Command, zenodo_set: Path) -> None:
    (zenodo_set / "FSDKaggle2019.meta" / "train_noisy_post_competition.csv").unlink()
    shutil.rmtree(zenodo_set / "FSDKaggle2019.audio_train_noisy")
    assert list(command.json("scan", "--data", zenodo_set)["splits"]) == ["curated", "test"]


def test_train_then_runs_then_predict(command: Command, settings: Settings, tmp_path: Path) -> None:
    answer = command.json(*TRAIN, "--folds", "3", "--epochs", "1", "--task", "multi", "--set", "seed=5")
    assert set(answer) == {"run_id", "run_dir", "oof", "seconds"}
    run = Run(Path(answer["run_dir"]))
    assert run.path == settings.runs_dir / answer["run_id"]
    assert answer["oof"] == run.scores
    assert set(answer["oof"]) == {"lwlrap", "accuracy"}
    assert answer["seconds"] > 0
    assert (run.config.task, run.config.n_folds, run.config.max_epochs, run.config.seed) == ("multi", 3, 1, 5)
    assert len(run.labels()) == 14
    assert "Out-of-fold lwlrap" in run.log_tail()

    (listed,) = command.json("runs")
    assert (listed["run_id"], listed["state"], listed["oof"]) == (run.run_id, "finished", answer["oof"])
    assert (listed["folds"], listed["num_folds"], listed["error"]) == (3, 3, "")
    assert f"{run.run_id}  finished   3/3 folds  lwlrap" in command("runs")
    assert "is finished: expected a lost, failed or cancelled run" in command.error("resume", run.run_id)
    assert command.json("stop", run.run_id) == {"run_id": run.run_id, "stopping": False}

    (clip,) = command.json("predict", settings.data_dir / "test" / "test_bark.wav", "--run", run.run_id)
    assert len(clip["labels"]) == 3


def test_a_training_that_fails_is_status_1_and_one_last_line(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(self: _Worker) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(_Worker, "train", break_down)
    assert command(*TRAIN, "--json", status=FAILURE) == ""
    last = command.err.splitlines()[-1]
    assert last.startswith("fsat_core: run ")
    assert "failed. Something unexpected ended the training" in last
    assert "Traceback" not in command.err
    (listed,) = command.json("runs")
    assert listed["state"] == "failed"
    assert listed["error"].startswith("Something unexpected ended the training")
    assert "ZeroDivisionError: division by zero" in command("runs", "log", listed["run_id"])


def test_ctrl_c_while_training_is_status_1(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: _Worker) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_Worker, "train", interrupt)
    command(*TRAIN, status=FAILURE)
    assert command.err.splitlines()[-1].endswith(" cancelled.")


def test_a_plan_is_what_would_be_trained(command: Command, settings: Settings) -> None:
    plan = command.json(*TRAIN, "--folds", "3", "--plan")
    assert (plan["num_clips"], plan["classes"]) == (12, ["Bark", "Knock", "Meow"])
    assert plan["folds"] == [{"fold": fold, "num_training": 8, "num_validation": 4} for fold in range(3)]
    assert plan["weights"] == [{"weight": 1.0, "num_clips": 12}]
    assert (plan["config"]["n_folds"], plan["config"]["sample_rate"]) == (3, 8000)
    assert plan["device"]
    noisy = ("--set", "splits=curated,noisy", "--set", "noisy_weight=0.5")
    text = command(*TRAIN, *noisy, "--plan")
    assert text.startswith("16 clips of 4 classes")
    assert "weight 0.5: 4 clips" in text
    assert not settings.runs_dir.exists()


def test_training_in_the_background_like_another_run(
    command: Command, new_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[str] = []
    monkeypatch.setattr("fsat_core.runs.launch", lambda run, settings: launched.append(run.run_id))
    first = new_run()
    answer = command.json("train", "--like", first.run_id, "--epochs", "7", "--background")
    assert (set(answer), answer["state"]) == ({"run_id", "run_dir", "state"}, "queued")
    assert launched == [answer["run_id"]]
    assert Run(Path(answer["run_dir"])).config == first.config.replace(max_epochs=7)
    assert "--like x --recipe quick" in command.error("train", "--like", "x", "--recipe", "quick")
    assert "not allowed with argument" in command.error("train", "--like", "x", "--model", "mfcc_cnn")
    assert "not allowed with argument" in command.error(*TRAIN, "--plan", "--background")
    assert "No run 'x'" in command.error("train", "--like", "x")


def test_runs_without_any(command: Command, settings: Settings) -> None:
    assert command.json("runs") == []
    assert command("runs") == f"No runs in {settings.runs_dir}\n"


def test_stop_and_resume(
    command: Command, new_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[str] = []

    def put_in_line(run: Run, _: Settings) -> None:
        (run.path / "queued").touch()
        launched.append(run.run_id)

    monkeypatch.setattr(process_module, "launch", put_in_line)
    run = new_run()
    assert command.json("stop", run.run_id) == {"run_id": run.run_id, "stopping": True}
    assert run.stop_requested
    RunStatus(state="cancelled").save(run.path / "status.json")
    assert command.json("resume", run.run_id) == {"run_id": run.run_id, "state": "queued"}
    assert launched == [run.run_id]
    assert not run.stop_requested
    assert "will stop at its next batch" in command("stop", run.run_id)


def test_resume_where_the_data_set_has_been_moved(
    command: Command,
    new_run: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    tmp_path: Path,
) -> None:
    launched: list[str] = []
    monkeypatch.setattr(process_module, "launch", lambda run, settings: launched.append(run.run_id))
    run = new_run()
    RunStatus(state="failed").save(run.path / "status.json")
    settings.data_dir.rename(tmp_path / "moved")
    line = command.error("resume", run.run_id)
    assert line.endswith(f"`python -m fsat_core resume {run.run_id} --data DIR`.")
    assert launched == []
    command("resume", run.run_id, "--data", tmp_path / "moved")
    assert launched == [run.run_id]
    assert Run(run.path).data_dir == tmp_path / "moved"
    RunStatus(state="finished").save(run.path / "status.json")
    (tmp_path / "moved").rename(tmp_path / "again")
    assert "reads its clips from" in command("resume", run.run_id, "--data", tmp_path / "again")
    assert launched == [run.run_id]


def test_predict(command: Command, trained: Run) -> None:
    files = [trained.data_dir / "test" / f"test_{name}.wav" for name in ("bark", "knock")]
    words = ("predict", *files, "--runs", trained.path.parent, "--run", trained.run_id)
    answers = command.json(*words)
    assert [answer["file"] for answer in answers] == [str(path) for path in files]
    for answer in answers:
        assert set(answer) == {"file", "labels", "error"}
        assert answer["error"] is None
        assert {label["label"] for label in answer["labels"]} == {"Bark", "Knock", "Meow"}
        probabilities = [label["probability"] for label in answer["labels"]]
        assert probabilities == sorted(probabilities, reverse=True)
        assert sum(probabilities) == pytest.approx(1)
    best = answers[0]["labels"][0]
    lines = command(*words, "--top", "1").splitlines()
    assert lines[0] == f"{files[0]}: {best['label']} {best['probability']:.3f}"
    assert len(lines) == 2


def test_predict_without_a_run_is_by_the_best_of_each_network(
    command: Command, finished_runs: dict[str, Run], settings: Settings
) -> None:
    runs = sorted(finished_runs.values(), key=lambda run: run.run_id, reverse=True)
    clip = settings.data_dir / "test" / "test_bark.wav"
    words = ("predict", clip, "--runs", runs[0].path.parent)
    answer = command.json(*words)
    assert command.error_line() == f"fsat_core: tagging with {', '.join(run.run_id for run in runs)}"
    assert answer == command.json(*words, *(word for run in runs for word in ("--run", run.run_id)))
    assert answer != command.json(*words, "--run", runs[0].run_id)
    assert "No run in" in command.error("predict", clip)


def test_predict_with_all_classes_or_few(command: Command, trained: Run) -> None:
    clip = trained.data_dir / "test" / "test_bark.wav"
    words = ("predict", clip, "--runs", trained.path.parent, "--run", trained.run_id)
    assert len(command.json(*words, "--top", "2")[0]["labels"]) == 2
    assert len(command.json(*words, "--top", "0")[0]["labels"]) == 3
    assert command(*words, "--top", "0").count(", ") == 2
    assert "--top -1: expected 0" in command.error(*words, "--top", "-1")


def test_predict_with_several_runs_some_folds_and_another_mean(
    command: Command, finished_runs: dict[str, Run]
) -> None:
    first, second = finished_runs.values()
    clip = first.data_dir / "test" / "test_siren.wav"
    words = ("predict", clip, "--runs", first.path.parent, "--run", first.run_id)
    answers = [
        command.json(*words),
        command.json(*words, "--combine", "arithmetic"),
        command.json(*words, "--fold", "1"),
        command.json(*words, "--run", second.run_id),
    ]
    probabilities = [answer[0]["labels"][0]["probability"] for answer in answers]
    assert len(set(probabilities)) == 4


def test_predict_into_a_file(command: Command, trained: Run, tmp_path: Path) -> None:
    files = [trained.data_dir / "test" / f"test_{name}.wav" for name in ("bark", "knock")]
    words = ("predict", *files, "--runs", trained.path.parent, "--run", trained.run_id)
    out = tmp_path / "new" / "answers.csv"
    answers = command.json(*words, "--csv", out, "--top", "0")
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [str(path) for path in files]
    for row, answer in zip(rows, answers, strict=True):
        assert row["top_1"] == answer["labels"][0]["label"]
        for label in answer["labels"]:
            assert float(row[label["label"]]) == pytest.approx(label["probability"], abs=1e-6)
    assert "Cannot write" in command.error(*words, "--csv", tmp_path)


def test_predict_in_detail(command: Command, trained: Run) -> None:
    clip = trained.data_dir / "test" / "test_bark.wav"
    words = ("predict", clip, "--runs", trained.path.parent, "--run", trained.run_id, "--top", "2")
    (answer,) = command.json(*words, "--details")
    (plain,) = command.json(*words)
    assert [row["probability"] for row in answer["labels"]] == [row["probability"] for row in plain["labels"]]
    every = (*words[:-1], "0")  # all classes
    folds = [command.json(*every, "--fold", str(fold))[0]["labels"] for fold in range(2)]
    alone = [{row["label"]: row["probability"] for row in labels} for labels in folds]
    for row in answer["labels"]:
        each = sorted(fold[row["label"]] for fold in alone)
        assert [row["low"], row["high"]] == pytest.approx(each, abs=1e-6)
    assert any(row["low"] < row["high"] for row in answer["labels"])
    windows = answer["windows"]
    assert windows[0]["start_s"] == 0
    assert [window["stop_s"] for window in windows[:-1]] == [window["start_s"] for window in windows[1:]]
    names = [row["label"] for row in answer["labels"]]
    assert all([row["label"] for row in window["labels"]] == names for window in windows)
    first, *rest = command(*words, "--details").splitlines()
    low, high = (answer["labels"][0][name] for name in ("low", "high"))
    assert f"({low:.3f} to {high:.3f})" in first
    assert len(rest) == len(windows)


def test_predict_lists_unreadable_files_among_the_others(
    command: Command, trained: Run, tmp_path: Path
) -> None:
    good = trained.data_dir / "test" / "test_bark.wav"
    (tmp_path / "cut.wav").write_bytes(good.read_bytes()[:3_000])
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("not sound\n")
    words = ("predict", good, *(tmp_path / f"{name}.wav" for name in ("cut", "empty", "text", "gone")))
    answers = command.json(*words, "--runs", trained.path.parent, "--run", trained.run_id)
    assert answers[0]["error"] is None
    for answer, reason in zip(
        answers[1:], ("truncated", "empty", "text file", "cannot be opened"), strict=True
    ):
        assert reason in answer["error"]
        assert "\n" not in answer["error"]
        assert answer["labels"] == []
    assert command.err == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"just text\n", "text file"), (None, "truncated")],
    ids=["empty", "text", "truncated"],
)
def test_predict_of_nothing_readable_is_a_wrong_call(
    command: Command, trained: Run, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    whole = (trained.data_dir / "test" / "test_bark.wav").read_bytes()
    (tmp_path / "bad.wav").write_bytes(whole[:3_000] if content is None else content)
    words = ("predict", tmp_path / "bad.wav", "--runs", trained.path.parent, "--run", trained.run_id)
    (answer,) = command.json(*words, status=WRONG_CALL)
    assert reason in answer["error"]
    assert "None of the 1 file(s) can be read" in command.error_line()
    assert reason in command.error_line()


@pytest.mark.parametrize("words", [["scan"], TRAIN], ids=["scan", "train"])
def test_no_such_data_folder(command: Command, words: list[str], tmp_path: Path) -> None:
    line = command.error(*words, "--data", tmp_path / "nowhere")
    assert f"No data folder at {tmp_path / 'nowhere'}" in line


@pytest.mark.parametrize("words", [["scan"], TRAIN], ids=["scan", "train"])
def test_table_without_fname(command: Command, words: list[str], kaggle_set: Path) -> None:
    (kaggle_set / "train_curated.csv").write_text("file,labels\nbark_0.wav,Bark\n")
    assert "train_curated.csv has no column 'fname'" in command.error(*words)


@pytest.mark.parametrize("words", [["scan"], TRAIN], ids=["scan", "train"])
def test_label_with_no_class(command: Command, words: list[str], kaggle_set: Path) -> None:
    (kaggle_set / "train_curated.csv").write_text("fname,labels\nbark_0.wav,Barkk\n")
    assert "1 label(s) with no class: 'Barkk'" in command.error(*words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model", "resnet"], "Impossible value for 'model': received 'resnet'"),
        (["--recipe", "fast"], "Impossible value for 'recipe': received 'fast'"),
        (["--folds", "1"], "Impossible value for 'n_folds': received 1"),
        (["--set", "colour=red"], "Unknown setting 'colour' (value 'red')"),
        (["--set", "seed"], "--set seed: expected KEY=VALUE"),
        (["--set", "model=wave_cnn"], "Use --model wave_cnn"),
        (["--set", "recipe=quick"], "Use --recipe quick"),
        (["--set", "splits=curated,test"], "'splits.1'"),
        (["--folds", "13"], "12 readable single-label clips of 3 classes in curated: expected at least 13"),
    ],
)
def test_impossible_trainings(command: Command, settings: Settings, words: list[str], message: str) -> None:
    assert message in command.error(*TRAIN, *words)
    assert not settings.runs_dir.exists()


def test_runs_folder_that_cannot_be_made(command: Command, settings: Settings) -> None:
    settings.runs_dir.write_text("a file")
    assert f"Cannot make a run in {settings.runs_dir}" in command.error(*TRAIN)


@pytest.mark.parametrize(
    "words",
    [["stop", "x"], ["resume", "x"], ["predict", "a.wav", "--run", "x"], ["worker", "runs/x"]],
    ids=lambda words: words[0],
)
def test_unknown_run(command: Command, words: list[str]) -> None:
    line = command.error(*words)
    assert "No run 'x' in " in line
    assert "there are none yet" in line


@pytest.mark.parametrize("name", ["best.keras", "statistics.npz"])
def test_predict_with_a_run_whose_fold_file_is_missing(
    command: Command, trained: Run, tmp_path: Path, name: str
) -> None:
    copy = Path(shutil.copytree(trained.path, tmp_path / "runs" / trained.run_id))
    (copy / "fold_01" / name).unlink()
    clip = trained.data_dir / "test" / "test_bark.wav"
    assert f"fold_01/{name} is missing" in command.error("predict", clip, "--run", trained.run_id)


def test_a_damaged_run_does_not_hide_the_others(command: Command, trained: Run, settings: Settings) -> None:
    shutil.copytree(trained.path, settings.runs_dir / trained.run_id)
    shutil.copytree(trained.path, settings.runs_dir / "20990101-000000-mfcc_dummy-0000")
    (settings.runs_dir / "20990101-000000-mfcc_dummy-0000" / "config.json").write_text("{")
    damaged, whole = command.json("runs")
    assert (whole["run_id"], whole["state"], whole["error"]) == (trained.run_id, "finished", "")
    assert (damaged["run_id"], damaged["state"]) == ("20990101-000000-mfcc_dummy-0000", "damaged")
    assert "config.json cannot be read (it is not JSON)" in damaged["error"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "required: COMMAND. See fsat --help"),
        (["fly"], "invalid choice: 'fly'"),
        (["train"], "required. See fsat train --help"),
        (["predict"], "required: FILE. See fsat predict --help"),
        (["predict", "a.wav", "--top", "x"], "--top: invalid int value: 'x'"),
        (["runs", "--colour"], "Unknown here: --colour. See fsat runs --help"),
        (["labels", "import", "a.csv", "--colour"], "Unknown here: --colour. See fsat labels import --help"),
    ],
)
def test_wrong_words(command: Command, words: list[str], message: str) -> None:
    assert message in command.error(*words)


def test_shared_options_stand_before_or_after_the_inner_word(command: Command, kaggle_set: Path) -> None:
    outer = command("labels", "--data", kaggle_set / "nowhere", "--json", "agreement")
    assert json.loads(outer)["num_disputes"] == 0
    assert "No data folder" in command.error("labels", "--data", kaggle_set / "nowhere", "export", "a.csv")


def test_as_a_program(settings: Settings, tmp_path: Path) -> None:
    """`python -m fsat_core` passes the exit status on, and results and errors go to different streams."""
    program = [sys.executable, "-m", "fsat_core", "scan", "--json"]
    done = subprocess.run(program, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (OK, "")
    assert json.loads(done.stdout)["num_clips"] == 22
    program += ["--data", str(tmp_path / "nowhere")]
    done = subprocess.run(program, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (WRONG_CALL, "")
    assert len(done.stderr.splitlines()) == 1
