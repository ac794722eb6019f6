"""How far somebody has come in a queue."""

from collections.abc import Callable

import pandas as pd
import pytest

from fsat_core.labels import (
    Decision,
    LabelStore,
    Queue,
    build_queue,
    count_done,
    measure_progress,
)


@pytest.fixture
def queue(catalogue: pd.DataFrame) -> Queue:
    """Five clips: a, b, c, d, e."""
    return build_queue("filter", catalogue, clip_ids=catalogue["clip_id"].tolist()[:5])


@pytest.fixture
def decide(store: LabelStore, catalogue: pd.DataFrame, queue: Queue) -> Callable[..., None]:
    """Adds decisions from the queue: `decide("a accept", "b remove")`."""

    def add(*words: str, annotator: str = "ann", name: str = queue.name) -> None:
        for word in words:
            letter, action = word.split()
            labels = "Bark" if action in ("accept", "relabel") else ""
            clip_id = next(clip_id for clip_id in catalogue["clip_id"] if f"/{letter}." in clip_id)
            store.add(Decision(clip_id, annotator, action, labels, queue=name))  # type: ignore[arg-type]

    return add


def test_progress(queue: Queue, store: LabelStore, decide: Callable[..., None]) -> None:
    start = measure_progress(queue, store.decisions(), "ann")
    assert (start.done, start.left, start.next_index, start.is_kept) == (0, 5, 0, [])
    assert start.by_action == {"accept": 0, "relabel": 0, "remove": 0, "unsure": 0}

    decide(
        "a accept", "c relabel", "a remove", "f accept"
    )  # c before b: it was skipped; f is not in the queue
    decide("b accept", annotator="bo")
    decide("b accept", name="another queue")
    some = measure_progress(queue, store.decisions(), "ann")
    assert (some.done, some.left, some.next_index) == (2, 3, 1)
    assert some.by_action == {"accept": 0, "relabel": 1, "remove": 1, "unsure": 0}
    assert measure_progress(queue, store.decisions(), "bo").next_index == 0

    decide("b unsure", "d accept", "e accept")
    end = measure_progress(queue, store.decisions(), "ann")
    assert (end.done, end.left, end.next_index, end.is_kept) == (5, 0, 5, [False, False, True, True])

    store.undo("ann")  # e
    undone = measure_progress(queue, store.decisions(), "ann")
    assert (undone.done, undone.next_index, undone.is_kept) == (4, 4, [False, False, True])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a accept", "b accept"], [True, True]),
        (["e accept", "a remove"], [False, True]),  # in the order of the queue, not of time
        (["b accept", "a unsure", "d accept"], [True, True]),
        (["a accept", "b relabel"], [True, False]),
        (["a accept", "b relabel", "b accept"], [True, True]),  # corrected since
    ],
)
def test_which_labels_stayed(
    queue: Queue, store: LabelStore, decide: Callable[..., None], words: list[str], expected: list[bool]
) -> None:
    decide(*words)
    assert measure_progress(queue, store.decisions(), "ann").is_kept == expected


def test_what_somebody_else_has_taken_back_is_left(
    queue: Queue, store: LabelStore, decide: Callable[..., None]
) -> None:
    decide("a accept", "b remove")
    last = store.decisions().iloc[-1]
    store.undo("ann", last["token"], by="eve")
    progress = measure_progress(queue, store.decisions(), "ann")
    assert (progress.done, progress.left, progress.next_index) == (1, 4, 1)
    assert count_done(store.decisions(), "ann").tolist() == [1]


def test_clips_of_each_queue_that_somebody_has_done(store: LabelStore, decide: Callable[..., None]) -> None:
    decide("a accept", "b remove", "a unsure", name="first")
    decide("c accept", name="second")
    decide("d accept", name="second", annotator="bo")
    assert count_done(store.decisions(), "ann").to_dict() == {"first": 2, "second": 1}
    store.undo("ann")
    assert count_done(store.decisions(), "ann").to_dict() == {"first": 2}
    assert count_done(store.decisions(), "cy").empty
