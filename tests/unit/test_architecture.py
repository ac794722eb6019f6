"""docs/architecture.md: its floors are those that are tested, and what it names is where it says."""

import re
from pathlib import Path

from tests.unit.test_floors import FLOORS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def place(name: str) -> Path | None:
    """The file or folder of this name, from the repository's root or from the core."""
    return next((path for path in (ROOT / name, ROOT / "fsat_core" / name) if path.exists()), None)


def test_its_floors_are_those_of_the_test() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", PAGE, flags=re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(len(rows), 0, -1))
    floors = [set(re.findall(r"`(\w+)`", cell)) for _, cell in reversed(rows)]
    assert floors == [set(floor) for floor in FLOORS if "__main__" not in floor]


def test_every_path_is_there() -> None:
    paths = re.findall(r"`([\w/]+(?:/|\.py|\.js))`", PAGE)
    assert len(paths) > 20
    assert [path for path in paths if place(path) is None] == []


def test_every_name_is_where_it_says() -> None:
    named = re.findall(r"`(\w+)`[^`.]*?\(`([\w/.]+\.(?:py|js))`\)", PAGE)
    assert len(named) > 15
    sources = {path: file.read_text() for _, path in named if (file := place(path)) is not None}
    assert [
        (name, path)
        for name, path in named
        if not re.search(rf"\b(def|class|function) {name}\b", sources.get(path, ""))
    ] == []


def test_every_folder_of_code_is_named() -> None:
    folders = [ROOT / name for name in ("pages", "ui", "tests", "benchmarks", "tools")]
    rooms = [path for path in (ROOT / "ui").iterdir() if path.is_dir() and not path.name.startswith("_")]
    names = [f"{path.name}/" for path in folders] + [f"ui/{path.name}" for path in rooms]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
