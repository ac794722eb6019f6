"""The README says what is true."""

import re
from pathlib import Path

import pytest

from fsat_core.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_every_environment_variable_is_documented() -> None:
    sources = [*(ROOT / "fsat_core").rglob("*.py"), *(ROOT / "ui").glob("*.py"), ROOT / "app.py"]
    used = {name for path in sources for name in re.findall(r"FSAT_[A-Z_]+", path.read_text())}
    documented = set(re.findall(r"^\| `(FSAT_[A-Z_]+)` \|", README, flags=re.MULTILINE))
    assert used == documented


def test_every_command_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"^    (\w+)  ", capsys.readouterr().out, flags=re.MULTILINE)
    section = README.split("## Commands")[1].split("### Settings")[0]
    assert {"demo", "scan", "train", "worker", "runs", "stop", "resume", "predict"} <= set(commands)
    assert [name for name in commands if not re.search(rf"\b{name}\b", section)] == []


def test_every_file_that_it_names_exists() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    files = re.findall(r"-r (requirements[\w-]*\.txt)", README)
    assert pictures
    assert files
    assert [name for name in [*pictures, *files] if not (ROOT / name).is_file()] == []
