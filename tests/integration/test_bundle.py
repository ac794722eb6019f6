"""A bundle answers without the program as the program does."""

import ast
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from fsat_core.prediction import predict_files
from fsat_core.report.bundle import bundle_runs
from fsat_core.runs import Run
from fsat_core.settings import Settings
from tests.helpers.commands import Command
from tests.helpers.embedders import lend_yamnet

PACKAGES = {"numpy", "soundfile", "soxr", "onnxruntime"}


def imported(script: Path) -> set[str]:
    """The packages that a script names, without Python's own."""
    names = set()
    for node in ast.walk(ast.parse(script.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names - set(sys.stdlib_module_names)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A clip with a pause, a short one, one of two channels, one that is quiet, and silence."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, 30_000)
    waves = {
        "pause": (np.concatenate([noise, np.zeros(60_000), noise[:7_000]]), 16_000),
        "short": (noise[:900], 22_050),
        "stereo": (rng.normal(0, 0.1, (50_000, 2)), 44_100),
        "quiet": (1e-3 * np.sin(np.arange(40_000) / 9) + 1e-6 * noise.repeat(2)[:40_000], 8_000),
        "silence": (np.zeros(20_000), 16_000),
    }
    for name, (wave, rate) in waves.items():
        sf.write(tmp_path / f"{name}.wav", wave, rate, subtype="FLOAT")
    return [tmp_path / f"{name}.wav" for name in waves]


def ask(content: bytes, folder: Path, files: list[Path]) -> list[dict[str, float]]:
    """What the script of a bundle says of files."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    assert len((folder / "predict.py").read_text().splitlines()) <= 20
    assert imported(folder / "predict.py") | imported(folder / "sound.py") == {*PACKAGES, "sound"}
    command = [sys.executable, str(folder / "predict.py"), *map(str, files)]
    said = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    answers = [json.loads(line) for line in said.stdout.splitlines()]
    assert [answer.pop("file") for answer in answers] == list(map(str, files))
    return answers


def compare(answers: list[dict[str, float]], runs: list[Run], files: list[Path], cache_dir: Path) -> None:
    expected = predict_files([(path.name, path) for path in files], runs, cache_dir=cache_dir)
    for answer, clip in zip(answers, expected, strict=True):
        assert not clip.error
        found = [answer[name] for name in clip.labels]
        np.testing.assert_allclose(found, clip.probabilities, atol=1e-4, err_msg=clip.name)


def test_its_script_answers_as_the_program_does(
    command: Command, settings: Settings, finished_runs: dict[str, Run], files: list[Path], tmp_path: Path
) -> None:
    lend_yamnet(settings.cache_dir)
    trained = command.json("train", "--model", "yamnet_head", "--recipe", "quick")
    runs = [*finished_runs.values(), Run(Path(trained["run_dir"]))]
    answers = ask(bundle_runs(runs, settings.cache_dir), tmp_path / "bundle", files)
    compare(answers, runs, files, settings.cache_dir)
    card = (tmp_path / "bundle" / "README.md").read_text()
    for words in ("pretrained on AudioSet", "95 % interval", "What it was not tested on", runs[0].run_id):
        assert words in card

    out = tmp_path / "head.zip"
    result = command.json("bundle", "--run", trained["run_id"], "--out", out)
    assert result["num_bytes"] == out.stat().st_size
    compare(ask(out.read_bytes(), tmp_path / "head", files), runs[-1:], files, settings.cache_dir)


def test_a_run_without_a_graph_is_not_bundled(command: Command, trained: Run, tmp_path: Path) -> None:
    error = command.error("bundle", "--run", "none", "--out", tmp_path / "a.zip")
    assert "none" in error
    where = ("--runs", trained.path.parent)
    error = command.error("bundle", "--run", trained.run_id, "--out", tmp_path, *where)
    assert "expected the name of a file" in error
