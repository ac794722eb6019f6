"""Decisions from the browser are stored once, whatever is sent twice, in part or not at all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fsat_core.errors import LabelError
from fsat_core.labels import Decision, LabelStore, Queue, standing
from fsat_core.labels.board.inbox import Inbox
from fsat_core.labels.board.protocol import MOST_OPS
from fsat_core.labels.fixed_keys import FixedKey, read_fixed_keys
from tests.helpers.messages import whole_message

CLASSES = ("Bark", "Knock", "Meow")
Post = Callable[..., dict[str, Any]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        yield opened


@pytest.fixture
def queue() -> Queue:
    clips = pd.DataFrame({"clip_id": [f"curated/{name}.wav" for name in "abc"], "reason": ""})
    return Queue(7, "By hand", "random", {}, "", clips)


@pytest.fixture
def inbox(store: LabelStore, queue: Queue) -> Inbox:
    return Inbox(store, {7: queue}.__getitem__, CLASSES)


def op(token: str, action: str = "accept", clip: str = "a", **other: Any) -> dict[str, Any]:
    """What the browser sends about one decision."""
    return {
        "token": token,
        "queue": 7,
        "annotator": "ada",
        "clip_id": f"curated/{clip}.wav",
        "action": action,
        "labels": "Bark" if action in ("accept", "relabel") else "",
        "previous": "Bark",
        "run": "a-run",
        "batch": "",
        **other,
    }


def undo(token: str, undone: str, annotator: str = "ada") -> dict[str, Any]:
    return {"token": token, "queue": 7, "annotator": annotator, "action": "undo", "undoes": undone}


def keys(token: str, *given: tuple[str, str], annotator: str = "ada") -> dict[str, Any]:
    fixed = [{"key": key, "code": "", "label": label} for key, label in given]
    return {"token": token, "queue": 7, "annotator": annotator, "action": "keys", "keys": fixed}


def standing_rows(store: LabelStore) -> list[tuple[str, str, str]]:
    rows = standing(store.decisions())
    return list(zip(rows["clip_id"].str[8:9], rows["action"], rows["labels"], strict=True))


def test_a_decision_is_stored_with_all_that_is_known_of_it(inbox: Inbox, store: LabelStore) -> None:
    receipt = inbox.take([op("1", "relabel", labels="Meow,Bark", batch="together")], store.decisions())
    assert (receipt.stored, receipt.refused, receipt.error) == (["1"], [], "")
    row = store.decisions().iloc[0]
    assert row[["clip_id", "annotator", "action", "labels", "previous_labels"]].tolist() == [
        "curated/a.wav",
        "ada",
        "relabel",
        "Meow,Bark",
        "Bark",
    ]
    assert row[["queue", "run_id", "batch", "token"]].tolist() == ["By hand", "a-run", "together", "1"]


def test_what_is_sent_again_is_answered_and_not_stored_again(inbox: Inbox, store: LabelStore) -> None:
    posted = [op("1"), op("2", "remove", "b"), undo("3", "2"), op("4", "unsure", "b")]
    for _ in range(3):
        receipt = inbox.take(posted, store.decisions())
        assert receipt.stored == ["1", "2", "3", "4"]
    assert standing_rows(store) == [("a", "accept", "Bark"), ("b", "unsure", "")]
    assert len(store.decisions()) == 4


def test_an_undo_takes_back_the_whole_batch(inbox: Inbox, store: LabelStore) -> None:
    batch = [op(str(i), "remove", clip, batch="x") for i, clip in enumerate("abc")]
    inbox.take([op("first", clip="b"), *batch], store.decisions())
    inbox.take([undo("u", "0")], store.decisions())
    assert standing_rows(store) == [("b", "accept", "Bark")]


def test_nobody_takes_back_what_others_decided(inbox: Inbox, store: LabelStore) -> None:
    inbox.take([op("1")], store.decisions())
    receipt = inbox.take([undo("u", "1", annotator="ben"), undo("v", "never-made")], store.decisions())
    assert receipt.stored == ["u", "v"]  # else they would be sent for ever
    assert standing_rows(store) == [("a", "accept", "Bark")]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"clip_id": "curated/z.wav"}, "does not have"),
        ({"labels": "Theremin"}, "no class of the data set"),
        ({"action": "burn"}, "Action 'burn'"),
        ({"labels": ""}, "expected class names"),
        ({"annotator": " "}, "without annotator"),
    ],
)
def test_what_can_never_be_stored_is_refused_and_the_rest_stored(
    inbox: Inbox, store: LabelStore, fault: dict[str, str], words: str
) -> None:
    receipt = inbox.take([op("1", **fault), op("2", clip="b")], store.decisions())
    assert receipt.stored == ["2"]
    ((token, reason),) = receipt.refused
    assert token == "1"
    assert words in whole_message(reason)


def test_only_the_signed_in_user_decides(store: LabelStore, queue: Queue) -> None:
    inbox = Inbox(store, {7: queue}.__getitem__, CLASSES, signed_in_as="ben")
    receipt = inbox.take([op("1"), op("2", annotator="ben")], store.decisions())
    assert receipt.stored == ["2"]
    assert "while 'ben' is signed in" in whole_message(receipt.refused[0][1])


def test_only_the_signed_in_user_takes_back(store: LabelStore, queue: Queue) -> None:
    find = {7: queue}.__getitem__
    Inbox(store, find, CLASSES).take([op("1"), op("2", clip="b")], store.decisions())
    Inbox(store, find, CLASSES, signed_in_as="ben").take([undo("u", "1")], store.decisions())
    assert standing_rows(store) == [("a", "accept", "Bark"), ("b", "accept", "Bark")]
    Inbox(store, find, CLASSES, signed_in_as="ada").take([undo("v", "1")], store.decisions())
    assert standing_rows(store) == [("b", "accept", "Bark")]


def test_a_database_that_is_away_refuses_nothing(inbox: Inbox, store: LabelStore) -> None:
    class Away(LabelStore):
        def add_many(self, new: Sequence[Decision]) -> list[int]:
            raise LabelError("The label database is away.")

    receipt = replace(inbox, store=Away(store.database)).take([op("1")], store.decisions())
    assert (receipt.stored, receipt.refused, receipt.error) == ([], [], "The label database is away.")
    assert inbox.take([op("1")], store.decisions()).stored == ["1"]


def test_a_queue_that_cannot_be_opened_holds_up_only_its_own(store: LabelStore, queue: Queue) -> None:
    def find(queue_id: int) -> Queue:
        if queue_id != 7:
            raise LabelError(f"No queue {queue_id}.")
        return queue

    receipt = Inbox(store, find, CLASSES).take([op("1", queue=8), op("2")], store.decisions())
    assert (receipt.stored, receipt.refused, receipt.error) == (["2"], [], "No queue 8.")


HUGE = "x" * 5_000_000


@pytest.mark.parametrize(
    "fault",
    [
        {"previous": HUGE},
        {"labels": HUGE},
        {"clip_id": HUGE},
        {"annotator": HUGE},
        {"action": HUGE},
        {"run": HUGE},
        {"batch": HUGE},
        {"clip_id": ["curated/a.wav"]},
        {"annotator": None},
        {"annotator": {"name": "ada"}},
        {"action": ["accept"]},
        {"labels": 7},
        {"labels": "\ud800"},
        {"annotator": "a\0b"},
        {"queue": "7"},
        {"queue": None},
        {"queue": 2**70},
        {"queue": -1},
        {"queue": 7.5},
        {"queue": True},
        {"at": "first"},
        {"action": "undo", "undoes": 1},
        {"action": "undo", "undoes": "2", "at": list(range(100_000))},
    ],
    ids=lambda fault: str(fault)[:40].replace("\\", ""),  # pytest escapes backslashes again each time
)
def test_what_no_board_sends_is_refused_by_its_token_and_the_rest_stored(
    inbox: Inbox, store: LabelStore, fault: dict[str, Any]
) -> None:
    receipt = inbox.take([op("1") | fault, op("2", clip="b")], store.decisions())
    assert receipt.stored == ["2"]
    assert receipt.error == ""
    ((token, reason),) = receipt.refused
    assert token == "1"
    assert len(whole_message(reason).encode()) < 1_000


@pytest.mark.parametrize(
    "posted",
    [None, 7, "accept", [], {}, {"token": None}, {"token": HUGE}, {"token": ["1"]}, {"token": "\ud800"}],
)
def test_what_cannot_be_named_is_passed_over_and_the_rest_stored(
    inbox: Inbox, store: LabelStore, posted: object
) -> None:
    receipt = inbox.take([posted, op("2", clip="b")], store.decisions())
    assert (receipt.stored, receipt.refused, receipt.error) == (["2"], [], "")


def test_of_a_flood_the_first_are_taken_and_the_rest_sent_again(inbox: Inbox, store: LabelStore) -> None:
    flood = [op(str(number), "unsure") for number in range(MOST_OPS + 5)]
    assert len(inbox.take(flood, store.decisions()).stored) == MOST_OPS
    assert len(inbox.take(flood[MOST_OPS:], store.decisions()).stored) == 5


def test_keys_of_classes_are_kept_for_their_annotator(inbox: Inbox, store: LabelStore) -> None:
    posted = [keys("1", ("q", "Bark"), ("w", "Meow")), keys("2", ("q", "Meow"))]
    for _ in range(2):
        assert inbox.take(posted, store.decisions()).stored == ["1", "2"]
    assert read_fixed_keys(store, "ada", CLASSES) == [FixedKey(key="q", label="Meow")]
    assert read_fixed_keys(store, "ben", CLASSES) == []
    assert read_fixed_keys(store, "ada", ["Bark"]) == []  # a class that has gone has no key
    assert store.decisions().empty


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([("q", "Theremin")], "no class of the data set"),
        ([("1", "Bark")], "no digit 1 to 9"),
        ([("f5", "Bark")], "expected one character"),
        ([("q", "Bark"), ("q", "Meow")], "'q' is there twice"),
        ([("q", "Bark"), ("w", "Bark")], "'Bark' is there twice"),
        ([(chr(97 + at), "Bark") for at in range(21)], "21 keys for classes: expected 20"),
    ],
)
def test_keys_that_cannot_be_are_refused_and_hold_nothing_up(
    inbox: Inbox, store: LabelStore, given: list[tuple[str, str]], words: str
) -> None:
    receipt = inbox.take([keys("1", *given), op("2")], store.decisions())
    assert receipt.stored == ["2"]
    assert words in receipt.refused[0][1]
    assert read_fixed_keys(store, "ada", CLASSES) == []


def test_nobody_sets_the_keys_of_others(store: LabelStore, queue: Queue) -> None:
    inbox = Inbox(store, {7: queue}.__getitem__, CLASSES, signed_in_as="ben")
    assert inbox.take([keys("1", ("q", "Bark"))], store.decisions()).refused[0][0] == "1"


def test_what_is_denied_is_stored(inbox: Inbox, store: LabelStore) -> None:
    posted = [op("1", "relabel", labels="", denied="Bark"), op("2", clip="b", denied="Theremin")]
    receipt = inbox.take(posted, store.decisions())
    assert (receipt.stored, [token for token, _ in receipt.refused]) == (["1"], ["2"])
    assert store.decisions()["denied"].tolist() == ["Bark"]
