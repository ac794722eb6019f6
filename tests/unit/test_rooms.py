"""Each page has a room of its own in `ui/`, and knows no other page's, but by a door that is listed here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]

# The folders of `ui/` from the ground up. Those of one floor do not know each other.
FLOORS = (
    ("shared",),
    ("curves", "player", "similar"),
    ("classes", "clips", "evaluate", "explore", "label", "predict", "team", "train"),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# Clips that are listed, judged, predicted or alike are sent to Label; a class has its scores
# from Evaluate, and the map a run's mistakes.
DOORS = {
    ("pages/classes.py", "ui.label.sending"),
    ("ui/classes/scores.py", "ui.evaluate.results"),
    ("ui/evaluate/clip_view.py", "ui.label.sending"),
    ("pages/clips.py", "ui.label.sending"),
    ("pages/predict.py", "ui.label.sending"),
    ("ui/explore/map_colours.py", "ui.evaluate.results"),
    ("ui/explore/sound_map.py", "ui.label.sending"),
    ("ui/similar/panel.py", "ui.label.sending"),
}


def modules_of(source: str) -> Iterator[str]:
    """The modules that a source imports, late ones too; of a package, what is taken from it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            is_file = (TOP / node.module.replace(".", "/")).with_suffix(".py").is_file()
            yield from (node.module if is_file else f"{node.module}.{alias.name}" for alias in node.names)


def may_import(path: str, module: str) -> bool:
    """Whether a file may know a module: of its own room and of lower floors, and of the core."""
    package, *names = module.split(".")
    if package in ("app", "pages"):
        return False
    if package != "ui" or (path, module) in DOORS:
        return True
    place, room = Path(path).with_suffix("").parts[0], names[0]
    own = "shared" if place == "app" else Path(path).with_suffix("").parts[1]
    floor = len(FLOORS) - 1 if place == "pages" else FLOOR_OF[own]
    return room == own or FLOOR_OF[room] < floor


def wrong_arrows(path: str, source: str) -> list[str]:
    """The modules that a file imports and must not know."""
    return [module for module in modules_of(source) if not may_import(path, module)]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ui/label/desk.py", "from ui.evaluate.results import oof"),
        ("ui/label/desk.py", "from ui.evaluate import results"),
        ("ui/label/desk.py", "def f():\n    import ui.train.run_list"),
        ("ui/player/component.py", "from ui.clips import clip_list"),
        ("ui/shared/state.py", "from ui.player.component import player"),
        ("ui/train/run_form.py", "from pages.train import NETWORKS"),
        ("pages/train.py", "from ui.label.desk import queues"),
        ("pages/train.py", "from ui.label.sending import offer_labelling"),
        ("app.py", "from ui.player.component import player"),
    ],
)
def test_a_wrong_arrow_is_seen(path: str, source: str) -> None:
    assert wrong_arrows(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ui/label/board.py", "from ui.label import desk"),
        ("ui/label/board.py", "from ui.player.component import player"),
        ("ui/player/component.py", "from ui.shared import state"),
        ("pages/clips.py", "from ui.label.sending import offer_labelling"),
        ("pages/train.py", "from ui.train import run_list\nfrom fsat_core.runs import Run"),
    ],
)
def test_an_arrow_that_goes_down_is_right(path: str, source: str) -> None:
    assert not wrong_arrows(path, source)


def test_rooms_know_only_what_is_below_them() -> None:
    files = [TOP / "app.py", *(TOP / "pages").rglob("*.py"), *(TOP / "ui").rglob("*/*.py")]
    paths = [file.relative_to(TOP).as_posix() for file in files]
    sources = {path: (TOP / path).read_text() for path in paths}
    wrong = [f"{path} names {module}" for path in paths for module in wrong_arrows(path, sources[path])]
    assert wrong == []


def test_the_core_does_not_know_the_user_interface() -> None:
    files = [*(TOP / "fsat_core").rglob("*.py")]
    names = {module.split(".")[0] for file in files for module in modules_of(file.read_text())}
    assert not names & {"app", "pages", "streamlit", "ui"}


def test_every_room_has_a_floor() -> None:
    assert {path.parent.name for path in (TOP / "ui").glob("*/*.py")} == set(FLOOR_OF)
