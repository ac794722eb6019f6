"""Imports of the core go down its floors: from a package to one on a lower floor, never up or sideways."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "fsat_core"

# The plan of the house, from the ground up. Packages of one floor do not know each other, but on the ground.
FLOORS = (
    (
        *("background", "csv_cells", "errors", "executors", "files", "listing", "lock", "machine", "metrics"),
        *("notifications", "processes", "settings", "shards", "text", "threads"),
    ),
    ("audio", "download"),
    ("dataset", "models"),
    ("embedding",),
    ("config",),
    ("runs",),
    ("prediction",),
    ("evaluation",),
    ("charts", "report"),
    ("labels",),
    ("access", "training"),
    ("cli",),
    ("__init__", "__main__"),
)
FLOOR_OF = {package: floor for floor, packages in enumerate(FLOORS) for package in packages}

# A child process that runs the whole program: its command line is public, and stays the same.
WHOLE_PROGRAM = "fsat_core"


def modules_of(source: str) -> Iterator[str]:
    """The modules of the core that a source names: every import, also late ones, and every module string."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # Relative imports would have to be resolved to be held against the floors; ruff bans them.
            module = "." * node.level + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != WHOLE_PROGRAM:
            yield from re.findall(r"^fsat_core\.[\w.]+$", node.value)


def package_of(module: str) -> str:
    """`audio` for `fsat_core.audio.mel.mel_power`; "" for a module outside the core."""
    parts = module.split(".")
    return parts[1] if parts[0] == "fsat_core" and len(parts) > 1 else ""


def wrong_arrows(package: str, source: str) -> list[str]:
    """The modules that a file of a package names although they are not below it."""
    others = {name: package_of(name) for name in modules_of(source) if package_of(name) not in ("", package)}
    return [
        module
        for module, other in others.items()
        if FLOOR_OF[other] > FLOOR_OF[package] or FLOOR_OF[other] == FLOOR_OF[package] != 0
    ]


@pytest.mark.parametrize(
    ("way", "source"),
    [
        ("plain", "from fsat_core.training.worker import run_worker"),
        ("module", "import fsat_core.training.worker"),
        ("package", "from fsat_core import training"),
        ("late", "def f():\n    from fsat_core.training.fold import train_fold"),
        ("type checking", "if TYPE_CHECKING:\n    from fsat_core.training.folds import LabelledClips"),
        ("child process", 'command = [sys.executable, "-m", "fsat_core.training.worker", "x"]'),
        ("import by name", 'import_module("fsat_core.training")'),
    ],
)
def test_an_arrow_that_goes_up_is_seen(way: str, source: str) -> None:
    assert wrong_arrows("runs", source)
    assert not wrong_arrows("cli", source)


def test_an_arrow_to_the_same_floor_is_seen() -> None:
    assert wrong_arrows("dataset", "from fsat_core.models import NETWORKS")


def test_imports_go_down() -> None:
    wrong = [
        f"{path.relative_to(CORE.parent)} names {module}"
        for path in sorted(CORE.rglob("*.py"))
        for module in wrong_arrows(path.relative_to(CORE).parts[0].removesuffix(".py"), path.read_text())
    ]
    assert wrong == []


def test_every_package_has_a_floor() -> None:
    there = {path.name.removesuffix(".py") for path in CORE.iterdir() if path.suffix in ("", ".py")}
    assert there - {"__pycache__"} == set(FLOOR_OF)
