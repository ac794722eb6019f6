"""Commands on names that are no UTF-8, on tables of spreadsheets, and on folders that cannot be written."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fsat_core.cli import main
from fsat_core.runs import Run, list_runs
from fsat_core.settings import Settings

OK, WRONG_CALL = 0, 2
TRAIN = ("train", "--model", "mfcc_dummy", "--recipe", "quick", "--set", "sample_rate=8000")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], settings: Settings) -> Callable[..., tuple[str, str]]:
    """Runs a command on the tiny set: what it printed to standard output and error, all of it UTF-8."""

    def run(*words: object, status: int = OK) -> tuple[str, str]:
        capsys.readouterr()
        found = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert found == status, err
        assert "Traceback" not in err
        (out + err).encode()
        return out, err

    return run


def as_json(call: Callable[..., tuple[str, str]], *words: object) -> Any:
    return json.loads(call(*words, "--json")[0])


@pytest.fixture
def odd_clip(settings: Settings) -> Path:
    """A test clip whose name is not UTF-8, in a folder without a table."""
    folder = settings.data_dir / "test"
    (settings.data_dir / "sample_submission.csv").unlink()
    return (folder / "test_bark.wav").rename(os.fsdecode(os.fsencode(folder) + b"/modi\xe8.wav"))


def test_a_name_that_is_not_utf_8_is_shown_and_found(
    call: Callable[..., tuple[str, str]], odd_clip: Path, tmp_path: Path, finished_runs: dict[str, Run]
) -> None:
    assert as_json(call, "scan")["num_errors"] == 0
    assert as_json(call, "scan", "--deep")["num_errors"] == 0
    assert "test/modi\\xe8.wav" in call("clips", "--split", "test")[0]
    ids = tmp_path / "ids.txt"
    ids.write_text(call("clips", "--find", "modi", "--ids")[0])
    assert as_json(call, "queues", "make", "filter", "--clips", ids, "--annotator", "ann")["num_clips"] == 1
    call("labels", "decide", "test/modi\udce8.wav", "relabel", "--labels", "Bark", "--annotator", "ann")
    call("labels", "export", tmp_path / "labels.csv")
    assert "modi\\xe8.wav,Bark" in (tmp_path / "labels.csv").read_text()
    assert as_json(call, "labels", "import", tmp_path / "labels.csv")["unknown_clips"] == []

    run = finished_runs["mfcc_dummy"]
    runs = ("--run", run.run_id, "--runs", run.path.parent)
    (answer,) = as_json(call, "predict", odd_clip, *runs, "--csv", tmp_path / "answers.csv")
    assert (answer["file"].endswith("test/modi\\xe8.wav"), answer["error"]) == (True, None)
    assert "modi\\xe8.wav" in (tmp_path / "answers.csv").read_text()
    odd_clip.write_bytes(b"")
    _, err = call("predict", odd_clip, *runs, status=WRONG_CALL)
    assert "modi\\xe8.wav" in err


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_an_emoji_goes_into_any_pipe(settings: Settings, encoding: str) -> None:
    folder = settings.data_dir / "test"
    (settings.data_dir / "sample_submission.csv").unlink()
    (folder / "test_bark.wav").rename(folder / "\U0001f600.wav")
    program = [sys.executable, "-m", "fsat_core", "clips", "--split", "test"]
    done = subprocess.run(
        program,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert b"test/\\U0001f600.wav" in done.stdout


def test_what_was_assumed_is_told_once(call: Callable[..., tuple[str, str]], settings: Settings) -> None:
    table = settings.data_dir / "train_noisy.csv"
    table.write_text(table.read_text().replace(",", ";"))
    out, err = call("scan", "--json")
    (warning,) = json.loads(out)["warnings"]
    assert "cells end at semicolons" in warning
    assert err.count("cells end at semicolons") == 1
    table.write_text(table.read_text().replace(";", ","))
    assert as_json(call, "scan")["warnings"] == []


def test_truth_and_imports_from_a_spreadsheet(
    call: Callable[..., tuple[str, str]], tmp_path: Path, settings: Settings, finished_runs: dict[str, Run]
) -> None:
    source = finished_runs["mfcc_dummy"]
    shutil.copytree(source.path, settings.runs_dir / source.run_id)
    truth = tmp_path / "truth.csv"
    truth.write_bytes("fname;labels\r\nTEST_bark;Bark\r\ntest_knock.wav;Knock\r\n;\r\n".encode("utf-16"))
    out, err = call("evaluate", "--run", source.run_id, "--truth", truth, "--json")
    assert json.loads(out)["runs"][0]["test"]["all"]["num_clips"] == 2
    assert err.count("truth.csv was read assuming that its text is UTF-16, cells end at semicolons") == 1
    out, err = call("labels", "import", truth, "--annotator", "ann", "--json")
    assert json.loads(out)["num_relabelled"] == 2
    assert len(json.loads(out)["warnings"]) == 2
    assert "'TEST_bark' for 'test_bark.wav'" in err


@pytest.mark.parametrize("place", ["file", "file/cache"])
def test_a_cache_that_cannot_be_written(
    call: Callable[..., tuple[str, str]],
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / place))
    out, err = call("scan", "--deep", "--json")
    assert json.loads(out)["num_clips"] == 22
    assert f"Nothing is kept in {tmp_path / place}" in err
    _, err = call(*TRAIN, status=WRONG_CALL)
    assert "No features can be kept in" in err.splitlines()[-1]
    assert list_runs(settings.runs_dir) == []
    monkeypatch.delenv("FSAT_DATA_DIR")
    _, err = call("scan", status=WRONG_CALL)
    assert "The demo set cannot be made in" in err.splitlines()[-1]


def test_a_runs_folder_that_is_a_file(
    call: Callable[..., tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FSAT_RUNS_DIR", str(tmp_path / "file"))
    for reading in (("runs",), ("predict", tmp_path / "a.wav")):
        _, err = call(*reading, status=WRONG_CALL)
        assert "Runs cannot be listed in" in err
    for words in (TRAIN, ("queues",), ("labels", "sets"), ("labels", "export", tmp_path / "out.csv")):
        _, err = call(*words, status=WRONG_CALL)
        assert err.splitlines()[-1].startswith("fsat_core: ")


def test_folders_whose_names_are_not_utf_8(
    call: Callable[..., tuple[str, str]], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    Path(odd).mkdir()
    settings.data_dir.rename(f"{odd}/set")
    for variable, name in (("FSAT_DATA_DIR", "set"), ("FSAT_RUNS_DIR", "runs"), ("FSAT_CACHE_DIR", "cache")):
        monkeypatch.setenv(variable, f"{odd}/{name}")
    assert as_json(call, "scan")["num_errors"] == 0
    call("labels", "decide", "curated/bark_0.wav", "accept", "--annotator", "ann")
    assert Path(odd, "runs", "labels.db").is_file()
    _, err = call("scan", "--data", f"{odd}/nowhere", status=WRONG_CALL)
    assert "caf\\xe9/nowhere" in err
