"""The board's protocol as the server speaks it; tests/js reads the same fixture for the browser's side."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fsat_core.labels import LabelStore, Queue
from fsat_core.labels.board import protocol, window
from fsat_core.labels.board.inbox import Inbox
from fsat_core.labels.board.window import View

FIXTURE = json.loads((Path(__file__).parents[3] / "fixtures" / "label_board_protocol.json").read_text())
NAMES = [case["name"] for case in FIXTURE["cases"]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        yield opened


@pytest.fixture
def view() -> View:
    clips = pd.DataFrame({"clip_id": FIXTURE["queue"]["clip_ids"], "reason": ""})
    queue = Queue(FIXTURE["queue"]["queue_id"], "By hand", "random", {}, "", clips)
    return View(queue, FIXTURE["queue"]["annotator"], blind=False, suggestions=None)


def test_the_constants_are_those_of_the_fixture() -> None:
    spoken = {
        "not_decided": protocol.NOT_DECIDED,
        "letters": protocol.LETTERS,
        "undo": protocol.UNDO,
        "keys": protocol.KEYS,
        "ahead": protocol.AHEAD,
        "behind": protocol.BEHIND,
    }
    assert spoken == {name: FIXTURE[name] for name in spoken}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("decision", protocol.DecisionOp),
        ("undo", protocol.UndoOp),
        ("keys", protocol.KeysOp),
        ("post", protocol.Post),
        ("answer", protocol.Answer),
    ],
)
def test_messages_have_the_fields_of_the_fixture(name: str, message: type) -> None:
    assert list(message.__annotations__) == FIXTURE["fields"][name]


@pytest.mark.parametrize("case", FIXTURE["cases"], ids=NAMES)
def test_operations_leave_the_marks_of_the_fixture(
    case: dict[str, Any], store: LabelStore, view: View
) -> None:
    inbox = Inbox(store, {view.queue.queue_id: view.queue}.__getitem__, ["Bark", "Meow"])
    receipt = inbox.take(case["ops"], store.decisions())
    assert receipt.stored == [op["token"] for op in case["ops"]]
    own = window.own_decisions(view, store.decisions())
    assert window.marks(view, own) == case["marks"]
    undoable = [entry["at"] for entry in window.undoable(view, own)]
    assert undoable[-1:] == ([case["undo"]["at"]] if case["undo"] else [])


def test_the_first_answer_has_the_clips_ahead(view: View) -> None:
    clips = pd.DataFrame({"clip_id": [f"curated/{number}.wav" for number in range(20)], "reason": ""})
    queue = Queue(7, "By hand", "random", {}, "", clips)
    wanted = window.wanted(protocol.Post(), queue, 2, protocol.NOT_DECIDED * 20)
    assert wanted == [2, *range(3, 3 + FIXTURE["ahead"]), 1]


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "post",
        [],
        {"n": "7"},
        {"n": 2**60},
        {"n": -1},
        {"n": float("nan")},
        {"n": {"a": "x" * 1_000_000}},
        {"at": None},
        {"queue": "7"},
        {"want": "all"},
        {"want": ["x"]},
        {"want": [-1]},
        {"want": [True]},
        {"want": list(range(2_000))},
        {"held": {"a": 1}},
        {"heard": [[1]]},
        {"ops": {"token": "1"}},
        {"ops": "x" * 1_000_000},
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_message_that_makes_no_sense_asks_for_nothing(value: object) -> None:
    assert protocol.read_post(value) == protocol.Post()


def test_a_message_of_a_newer_board_is_read() -> None:
    assert protocol.read_post({"n": 3, "queue": 7, "want": [1, 2], "speed": "fast"}).want == [1, 2]
