"""What the browser gets to know of a queue and its clips."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.labels import Decision, LabelStore, Queue
from fsat_core.labels.board import window
from fsat_core.labels.board.protocol import ClipInfo, Post
from fsat_core.labels.board.suggestions import Suggestions
from fsat_core.labels.board.window import View

CLIPS = [f"curated/{name}.wav" for name in "abcdefgh"]
CATALOGUE = pd.DataFrame({"clip_id": CLIPS, "labels": "Bark", "error": ""})
SUGGESTIONS = Suggestions(
    "a-run", ["Bark", "Knock", "Meow", "Siren"], np.array([[0.1, 0.6, 0.28, 0.02]]), {CLIPS[0]: 0}
)

Decide = Callable[..., None]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        yield opened


@pytest.fixture
def decide(store: LabelStore) -> Decide:
    def add(clip: str, action: str, labels: str = "", who: str = "ada", **other: str) -> None:
        given = {"queue": "By hand", "token": f"{who}-{clip}-{action}"} | other
        store.add(Decision(f"curated/{clip}.wav", who, action, labels, **given))  # type: ignore[arg-type]

    return add


def view(blind: bool = False, kind: str = "random", run_id: str = "") -> View:
    clips = pd.DataFrame({"clip_id": CLIPS, "reason": "label Bark 0.10, Knock 0.60"})
    return View(Queue(7, "By hand", kind, {}, "", clips, run_id=run_id), "ada", blind, SUGGESTIONS)


def describe(store: LabelStore, seen: View, at: int = 0) -> ClipInfo:
    decisions = store.decisions()
    own = window.own_decisions(seen, decisions)
    return window.describe(seen, [at], CATALOGUE.iloc[[at]], own, decisions)[at]


def marks(store: LabelStore, seen: View) -> str:
    return window.marks(seen, window.own_decisions(seen, store.decisions()))


def test_marks_are_ones_own_standing_decisions_from_this_queue(store: LabelStore, decide: Decide) -> None:
    decide("a", "accept", "Bark")
    decide("b", "relabel", "Meow")
    decide("c", "remove")
    decide("d", "unsure")
    decide("b", "remove")
    decide("e", "remove", who="ben")
    decide("f", "remove", queue="Another")
    store.undo("ada", "ada-c-remove")
    assert marks(store, view()) == "ax-u----"


def test_what_somebody_else_has_taken_back_is_decided_no_more(store: LabelStore, decide: Decide) -> None:
    decide("a", "accept", "Bark")
    decide("b", "relabel", "Meow")
    store.undo("ada", "ada-b-relabel", by="eve")
    assert marks(store, view()) == "a-------"
    assert describe(store, view(), at=1)["mine"] is None
    assert describe(store, view(blind=True), at=1)["labels"] == "Bark"


def test_what_can_be_undone_is_known_by_batch(store: LabelStore, decide: Decide) -> None:
    decide("h", "unsure")
    decide("b", "remove", batch="x")
    decide("d", "remove", batch="x")
    own = window.own_decisions(view(), store.decisions())
    assert window.undoable(view(), own) == [
        {"token": "ada-h-unsure", "at": [7]},
        {"token": "ada-b-remove", "at": [1, 3]},
    ]


def test_before_it_asks_the_browser_gets_the_clip_to_start_with_and_those_left() -> None:
    queue = view().queue
    assert window.wanted(Post(), queue, 2, "aa-a-a--") == [2, 4, 6, 7, 1]
    assert window.wanted(Post(queue=8, want=[5]), queue, 0, "--------") == [0, 1, 2, 3, 4, 5, 6, 7]


def test_of_what_the_browser_asks_only_positions_of_the_queue_are_given() -> None:
    asked = Post(queue=7, want=[6, 8, 6, 0])
    assert window.wanted(asked, view().queue, 0, "--------") == [6, 0]


def test_what_comes_after_is_what_is_left_further_down() -> None:
    assert window.coming([2, 5, 1], "------a--a-") == [7, 8, 10]
    assert window.coming([], "-a-") == [0, 2]
    assert len(window.coming([0], "-" * 100)) == 16


def test_all_that_the_browser_gets_to_know_of_a_clip(store: LabelStore) -> None:
    assert describe(store, view(), at=0) == {
        "clip_id": "curated/a.wav",
        "fname": "a.wav",
        "split": "Curated",
        "labels": "Bark",
        "denied": "",
        "source": "Bark",
        "reason": "label Bark 0.10, Knock 0.60",
        "likely": [("Knock", 0.6), ("Meow", 0.28), ("Siren", 0.02)],
        "mine": None,
        "error": "",
    }


def test_the_labels_to_accept_are_others_and_not_ones_own(store: LabelStore, decide: Decide) -> None:
    decide("a", "relabel", "Meow", who="ben")
    decide("a", "relabel", "Siren")
    info = describe(store, view())
    assert (info["labels"], info["source"]) == ("Meow", "Bark")
    assert info["mine"] == {"action": "relabel", "labels": "Siren", "denied": ""}


def test_the_last_of_ones_own_decisions_is_shown(store: LabelStore, decide: Decide) -> None:
    decide("a", "relabel", "Meow")
    decide("a", "remove")
    assert describe(store, view())["mine"] == {"action": "remove", "labels": "", "denied": ""}
    store.undo("ada")
    assert describe(store, view())["mine"] == {"action": "relabel", "labels": "Meow", "denied": ""}


def test_what_others_deny_is_known_and_ones_own_too(store: LabelStore, decide: Decide) -> None:
    decide("a", "relabel", who="ben", denied="Bark")
    decide("a", "relabel", "Meow", denied="Siren")
    info = describe(store, view())
    assert (info["labels"], info["denied"]) == ("", "Bark")
    assert info["mine"] == {"action": "relabel", "labels": "Meow", "denied": "Siren"}
    assert describe(store, view(blind=True))["denied"] == ""


def test_a_removed_clip_can_be_accepted_with_what_it_had(store: LabelStore, decide: Decide) -> None:
    decide("a", "remove", who="ben")
    assert describe(store, view())["labels"] == "Bark"


def test_blind_hides_others_and_networks(store: LabelStore, decide: Decide) -> None:
    decide("a", "relabel", "Meow", who="ben")
    info = describe(store, view(blind=True, run_id="a-run"))
    assert (info["labels"], info["likely"], info["reason"]) == ("Bark", [], "")
    seen = describe(store, view(run_id="a-run"))
    assert (seen["labels"], seen["reason"]) == ("Meow", "label Bark 0.10, Knock 0.60")
    assert describe(store, view(blind=True, kind="abnormal_length"))["reason"] != ""
    for kind in ("disputes", "duplicates", "near_duplicates"):
        assert describe(store, view(blind=True, kind=kind))["reason"] == ""


def test_suggestions_are_the_likeliest_classes_that_the_clip_has_not(store: LabelStore) -> None:
    assert SUGGESTIONS.likeliest(CLIPS[0], ["Knock"]) == [("Meow", 0.28), ("Bark", 0.1), ("Siren", 0.02)]
    assert describe(store, view(), at=1)["likely"] == []  # the run does not know it


def test_a_clip_that_has_gone_says_so(store: LabelStore, decide: Decide) -> None:
    decide("d", "remove")
    decisions = store.decisions()
    own = window.own_decisions(view(), decisions)
    info = window.describe(view(), [3], CATALOGUE.iloc[:0], own, decisions)[3]
    assert info["clip_id"] == "curated/d.wav"
    assert (info["labels"], info["source"], info["likely"]) == ("", "", [])
    assert info["mine"] == {"action": "remove", "labels": "", "denied": ""}
    assert "no longer in the data set" in str(info["error"])
