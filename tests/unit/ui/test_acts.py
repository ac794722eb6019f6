"""Whatever changes something is checked where it is done: no call of the core that does so goes without."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
FILES = sorted([TOP / "app.py", *(TOP / "pages").glob("*.py"), *(TOP / "ui").rglob("*.py")])

# What of the core changes runs, labels, members or the disk for others than the visitor.
CHANGES = {
    *("create_run", "launch", "resume", "stop", "kill", "point_to", "delete_run", "save_notes"),
    *("save_queue", "rename_queue", "delete_queue", "restore_queue", "keep_setting"),
    *("add", "add_many", "undo", "take", "create_label_set", "change_own_names"),
    *("give_role", "take_role", "rescan", "open_with_catalogue"),
    *("launch_command", "ask_to_stop"),
}
OWNERS = {"st", "self", "queue_settings", "listening", "log", "state", "inbox", "label_store()"}
# Calls of these names that change nothing for others, and why.
HARMLESS = {
    ("ui/shared/download.py", "rescan"): "what a download has brought is looked at",
    ("ui/shared/state.py", "rescan"): "what failed to open is tried again",
    ("ui/shared/state.py", "open_with_catalogue"): "opens what the operator has configured",
    ("ui/predict/answers.py", "stop"): "of the visitor's own work",
}


def calls(source: str) -> Iterator[tuple[str, str, bool]]:
    """The calls of `CHANGES` in a source: the function that has it, what is called, whether it is checked."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        decorated = any("access.needs" in ast.unparse(each) for each in function.decorator_list)
        text = ast.unparse(function)
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            match node.func:
                case ast.Name(id=name) if name in CHANGES:
                    yield function.name, name, decorated or "access.check(" in text
                case ast.Attribute(value=value, attr=name) if name in CHANGES and (
                    ast.unparse(value) in OWNERS - {"st", "self"}
                ):
                    yield function.name, name, decorated or "access.check(" in text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TOP).as_posix())
def test_what_changes_something_is_checked(path: Path) -> None:
    place = path.relative_to(TOP).as_posix()
    found = {
        f"{function} calls {name}"
        for function, name, is_checked in calls(path.read_text())
        if not is_checked and (place, name) not in HARMLESS
    }
    assert found == set()


def test_an_unchecked_call_is_found() -> None:
    bare = "def f(run):\n    delete_run(run)"
    assert list(calls(bare)) == [("f", "delete_run", False)]
    assert list(calls(f"@access.needs('train')\n{bare}")) == [("f", "delete_run", True)]
    assert list(calls("def f():\n    label_store().undo('a', 't')")) == [("f", "undo", False)]
