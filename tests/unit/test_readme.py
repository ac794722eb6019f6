"""The README says what is true."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsat_core.audio.types import TYPES
from fsat_core.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_every_environment_variable_is_documented() -> None:
    sources = [*(ROOT / "fsat_core").rglob("*.py"), *(ROOT / "ui").glob("*.py"), ROOT / "app.py"]
    used = {name for path in sources for name in re.findall(r"FSAT_[A-Z_]+", path.read_text())}
    documented = set(re.findall(r"^\| `(FSAT_[A-Z_]+)` \|", README, flags=re.MULTILINE))
    assert used == documented


def test_every_command_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    section = README.split("## Commands")[1].split("### Settings")[0]
    entries = [re.findall(r"\w+", entry) for entry in re.split(r"^fsat | · ", section, flags=re.MULTILINE)]
    commands = list(commands_below(capsys))
    assert {("demo",), ("predict",), ("labels", "import"), ("labels", "sets", "make")} <= set(commands)
    missing = [words for words in commands if not any(is_named(words, entry) for entry in entries)]
    assert missing == []


def commands_below(capsys: pytest.CaptureFixture[str], *words: str) -> Iterator[tuple[str, ...]]:
    """Every command below some words of the command line, as its words: what their help lists."""
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    for name in re.findall(r"^    (\w+)(?:  |$)", capsys.readouterr().out, flags=re.MULTILINE):
        yield (*words, name)
        yield from commands_below(capsys, *words, name)


def is_named(words: tuple[str, ...], entry: list[str]) -> bool:
    return entry[:1] == [words[0]] and set(words) <= set(entry)


def test_the_types_of_sound_are_those_that_the_readers_read() -> None:
    listed = README.split("Files of these types are taken for sound:")[1].split(".")[0]
    assert tuple(re.findall(r"`(\w+)`", listed)) == TYPES


def test_every_file_that_it_names_exists() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    files = re.findall(r"-r (requirements[\w-]*\.txt)", README)
    assert pictures
    assert files
    assert [name for name in [*pictures, *files] if not (ROOT / name).is_file()] == []
