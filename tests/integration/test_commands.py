"""The commands: the JSON that scripts rely on, exit status, and one clear line for every wrong input."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fsat_core.runs import Run, RunStatus
from fsat_core.runs import process as process_module
from fsat_core.settings import Settings
from fsat_core.training.worker import _Worker
from tests.helpers.commands import FAILURE, OK, WRONG_CALL, Command

REPOSITORY = Path(__file__).parents[2]
TINY = ["sample_rate=8000", "duration_s=0.5", "n_mfcc=13", "batch_size=4"]
TRAIN = ["train", "--model", "mfcc_dummy", "--recipe", "quick"]
TRAIN += [word for setting in TINY for word in ("--set", setting)]


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
    assert Run(Path(answer["run_dir"])).dataset_record.copied_from == first.run_id
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
