"""The project as a package: one list of what it needs, the command `fsat`, and all files that it serves."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture
def fsat() -> Callable[[list[str]], int]:
    """What the command `fsat` calls."""
    module, _, name = PROJECT["project"]["scripts"]["fsat"].partition(":")
    return getattr(import_module(module), name)


def test_the_command_and_the_module_name_themselves(
    fsat: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        fsat(["scan", "--help"])
    assert ended.value.code == 0
    as_command = capsys.readouterr().out
    module = [sys.executable, "-m", "fsat_core", "scan", "--help"]
    as_module = subprocess.run(module, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert as_command.startswith("usage: fsat scan [")
    assert as_module.startswith("usage: python -m fsat_core scan [")
    assert "--deep" in as_command
    assert "--deep" in as_module


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-gpu.txt", "requirements-dev.txt"])
def test_requirements_are_those_of_the_project(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.startswith("#")]
    assert len(lines) == 1
    found = re.fullmatch(r"-e \.\[([\w,]+)\]", lines[0])
    assert found
    assert set(found[1].split(",")) <= PROJECT["project"]["optional-dependencies"].keys()


def test_every_file_of_the_ui_is_packed() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["ui"]
    packed = {path for pattern in patterns for path in (ROOT / "ui").glob(pattern)}
    files = {path for path in (ROOT / "ui").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path for path in files if path.suffix != ".py"} == packed


def test_every_file_of_the_core_is_packed() -> None:
    """Also scripts in a folder that is no package."""
    core = ROOT / "fsat_core"
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["fsat_core"]
    packed = {path for pattern in patterns for path in core.glob(pattern) if path.is_file()}
    files = {path for path in core.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    in_packages = {path for path in files if path.suffix == ".py" and (path.parent / "__init__.py").exists()}
    assert packed == files - in_packages
    assert packed
