"""Who imports what: no Streamlit in the core, no framework where a page or a command would wait for it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CORE = REPOSITORY / "fsat_core"
LIGHT = (
    "fsat_core",
    "fsat_core.cli",
    "fsat_core.audio",
    "fsat_core.dataset",
    "fsat_core.models",
    "fsat_core.config.train_config",
    "fsat_core.training.folds",
    "fsat_core.runs",
    "fsat_core.prediction",
    "fsat_core.evaluation",
    "fsat_core.labels",
    "fsat_core.evaluation.label_quality",
    "fsat_core.charts",
    "fsat_core.training.worker",
    "fsat_core.training.foreground",
)
HEAVY = ("tensorflow", "keras", "torch", "jax", "librosa", "sklearn", "streamlit")


def imports_of(path: Path) -> Iterator[str]:
    """Top-level packages that a file imports anywhere, also within functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def importers(package: str) -> set[str]:
    """Files of the core that import a package, by their path in it."""
    files = {path for path in CORE.rglob("*.py") if package in imports_of(path)}
    return {path.relative_to(CORE).as_posix() for path in files}


def test_this_test_sees_imports() -> None:
    assert "training/fold.py" in importers("keras")
    assert "prediction/onnx_member.py" in importers("onnxruntime")


@pytest.mark.parametrize("package", ["streamlit", "torch"])
def test_the_core_never_imports(package: str) -> None:
    assert importers(package) == set()


def test_tensorflow_is_imported_by_one_child_process() -> None:
    assert importers("tensorflow") == {"embedding/yamnet_child.py"}


def test_jax_is_imported_where_folds_are_trained_together() -> None:
    assert importers("jax") == {"training/vmapped.py"}


def test_only_models_training_and_a_child_process_import_keras() -> None:
    elsewhere = {name for name in importers("keras") if not name.startswith(("models/", "training/"))}
    assert elsewhere == {"prediction/keras_child.py", "prediction/saved_network.py"}


def test_what_pages_and_commands_import_is_light() -> None:
    """Each module in turn, in a fresh process: the first one that brings something heavy is named."""
    code = f"""
import importlib, sys
for module in {LIGHT}:
    importlib.import_module(module)
    for name in {HEAVY}:
        if name in sys.modules:
            sys.exit(f"{{module}} imports {{name}}")
"""
    program = [sys.executable, "-c", code]
    done = subprocess.run(program, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
