"""`fsat predict`: answers, folds, details and files that cannot be read."""

import csv
import zipfile
from pathlib import Path

import pytest

from fsat_core.runs import Run
from fsat_core.settings import Settings
from tests.helpers.commands import WRONG_CALL, Command


def test_predict(command: Command, trained: Run, tmp_path: Path) -> None:
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
    packed = tmp_path / "clips.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(files[0], "a/bark.wav")
        archive.writestr("odd.wav", b"text")
        archive.writestr("notes.txt", b"text")
    (tmp_path / "broken.zip").write_bytes(b"text")
    zipped = command.json(words[0], packed, tmp_path / "broken.zip", *words[3:])
    assert [answer["file"] for answer in zipped] == [
        f"{packed}/a/bark.wav",
        f"{packed}/odd.wav",
        str(tmp_path / "broken.zip"),
    ]
    assert zipped[0]["labels"] == answers[0]["labels"]
    assert "cannot be read as a ZIP" in zipped[2]["error"]
    assert f"{packed}: left out 1 file (1 .txt)." in command.error_line()
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
    files = (good, *(tmp_path / f"{name}.wav" for name in ("cut", "empty", "text", "gone")))
    words = ("predict", *files, "--runs", trained.path.parent, "--run", trained.run_id)
    answers = command.json(*words)
    assert answers[0]["error"] is None
    for answer, reason in zip(
        answers[1:], ("truncated", "empty", "text file", "cannot be opened"), strict=True
    ):
        assert reason in answer["error"]
        assert "\n" not in answer["error"]
        assert answer["labels"] == []
    assert command.err == ""
    for line, answer in zip(command(*words).splitlines(), answers, strict=True):
        assert line.startswith(f"{answer['file']}: ")
        assert line.count(f"{Path(answer['file']).name}: ") == 1


def test_predict_says_what_is_odd_about_a_file_that_it_tags(
    command: Command, trained: Run, tmp_path: Path
) -> None:
    whole = (trained.data_dir / "test" / "test_bark.wav").read_bytes()
    path = tmp_path / "a.wav"
    path.write_bytes(whole[:-6])
    (answer,) = command.json("predict", path, "--runs", trained.path.parent, "--run", trained.run_id)
    assert answer["error"] is None
    assert command.error_line().startswith(f"fsat_core: {path}: The header promises ")


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
