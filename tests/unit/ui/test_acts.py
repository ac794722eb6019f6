"""Whatever changes something is checked where it is done: nothing that does so is used without."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
FILES = sorted([TOP / "app.py", *(TOP / "pages").glob("*.py"), *(TOP / "ui").rglob("*.py")])

# What changes runs, labels, members or the disk for others than the visitor, and the act that it is.
CHANGES = {
    **dict.fromkeys(("create_run", "launch", "resume", "stop", "kill", "point_to", "delete_run"), "train"),
    **dict.fromkeys(("save_notes", "launch_command", "ask_to_stop", "rescan"), "train"),
    **dict.fromkeys(("save_queue", "rename_queue", "delete_queue", "restore_queue", "keep_setting"), "label"),
    **dict.fromkeys(("add_many", "create_label_set", "change_own_names", "Inbox"), "label"),
    **dict.fromkeys(("give_role", "take_role"), "manage"),
    "undo": "label",
}
ENOUGH = {"label": ("label", "manage"), "train": ("train", "manage"), "manage": ("manage",)}
# Uses of these names that change nothing for others, or are checked elsewhere, and why.
HARMLESS = {
    ("ui/shared/download.py", "rescan"): "what a download has brought is looked at",
    ("ui/shared/state.py", "rescan"): "what could not be opened is tried again",
    ("app.py", "rescan"): "of its own, which checks",
    ("ui/label/view_choice.py", "keep_setting"): "of `desk`, which checks",
    ("ui/predict/prediction.py", "stop"): "the end of a slice",
    ("ui/train/run_view.py", "resume"): "handed to `_act`, which checks",
    ("ui/train/run_view.py", "stop"): "the same",
    ("ui/train/run_view.py", "kill"): "the same",
}


def uses(source: str) -> Iterator[tuple[str, str, bool]]:
    """The uses of `CHANGES` in a source: where, of what, and whether it is checked there."""
    yield from _uses(ast.parse(source), "the module", set())


def _uses(node: ast.AST, place: str, acts: set[str]) -> Iterator[tuple[str, str, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            continue
        if isinstance(child, ast.FunctionDef):
            yield from _uses(child, child.name, acts | _checked(child))
            continue
        match child:
            case ast.Name(id=name, ctx=ast.Load()) if name in CHANGES:
                yield place, name, bool(acts & {*ENOUGH[CHANGES[name]]})
            case ast.Attribute(attr=name, value=owner) if name in CHANGES and ast.unparse(owner) != "st":
                yield place, name, bool(acts & {*ENOUGH[CHANGES[name]]})
        yield from _uses(child, place, acts)


def _checked(function: ast.FunctionDef) -> set[str]:
    """The acts that a function is decorated with, or checks itself."""
    text = "\n".join(map(ast.unparse, [*function.decorator_list, *function.body]))
    return {act for act in ENOUGH for way in ("needs", "check") if f"access.{way}('{act}')" in text}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TOP).as_posix())
def test_what_changes_something_is_checked(path: Path) -> None:
    place = path.relative_to(TOP).as_posix()
    found = {
        f"{function} uses {name}"
        for function, name, is_checked in uses(path.read_text())
        if not is_checked and (place, name) not in HARMLESS
    }
    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        "def f(run):\n    delete_run(run)",
        "def f(run):\n    st.button('x', on_click=delete_run, args=(run,))",
        "delete_run(run)",
        "def f():\n    store = label_store()\n    store.undo('a', 't')",
        "@access.needs('look')\ndef f(run):\n    delete_run(run)",
        "@access.needs('label')\ndef f(run):\n    delete_run(run)",
        "def f(run):\n    access.check('look')\n    delete_run(run)",
    ],
)
def test_an_unchecked_use_is_found(source: str) -> None:
    assert [is_checked for _, _, is_checked in uses(source)] == [False]


@pytest.mark.parametrize(
    "source",
    [
        "@access.needs('train')\ndef f(run):\n    delete_run(run)",
        "def f(run):\n    access.check('train')\n    delete_run(run)",
        "@access.needs('manage')\ndef f():\n    label_store().undo('a', 't')",
    ],
)
def test_a_checked_use_is_none(source: str) -> None:
    assert [is_checked for _, _, is_checked in uses(source)] == [True]
