"""What to label next, on sounds of three kinds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.embedding import EmbeddingStore
from fsat_core.errors import LabelError
from fsat_core.labels import Decision, LabelStore, Queue, build_queue
from fsat_core.labels.queues.by_ear import NUM_FIRST
from tests.helpers.embedders import make_store

CLASSES = ["Bark", "Rain", "Bell"]
KINDS = np.repeat(np.arange(3), [30, 20, 10])


@pytest.fixture
def clips() -> pd.DataFrame:
    ids = [f"curated/{number}.wav" for number in range(len(KINDS))]
    return pd.DataFrame({"clip_id": ids, "split": "curated", "labels": "", "error": ""})


@pytest.fixture
def store(clips: pd.DataFrame, tmp_path: Path) -> EmbeddingStore:
    rng = np.random.default_rng(0)
    windows = [np.eye(8)[kind] + rng.normal(0, 0.1, (3, 8)) for kind in KINDS]
    windows[7] = np.full((3, 8), 0.0) + (np.eye(8)[0] + np.eye(8)[1]) / 2  # between two classes
    return make_store(tmp_path / "ears", dict(zip(clips["clip_id"], windows, strict=True)))


def make(clips: pd.DataFrame, store: EmbeddingStore | None) -> Queue:
    return build_queue("cold_start", clips, heard=store, classes=CLASSES)


def numbers(queue: Queue) -> list[int]:
    return [int(clip_id.removeprefix("curated/").removesuffix(".wav")) for clip_id in queue.clips["clip_id"]]


def test_the_first_clips_stand_for_all_kinds(clips: pd.DataFrame, store: EmbeddingStore) -> None:
    queue = make(clips, store)
    assert len(queue.clips) == NUM_FIRST
    assert {int(KINDS[number]) for number in numbers(queue)[:4]} == {0, 1, 2}
    assert queue.clips["reason"][0].startswith("stands for ")


def test_what_is_labelled_stands_for_its_kind(clips: pd.DataFrame, store: EmbeddingStore) -> None:
    labels = clips["labels"].mask(clips.index.isin([3, 5]), "Bark").mask(clips.index == 35, "Rain")
    first = numbers(make(clips.assign(labels=labels), store))
    assert len(first) == NUM_FIRST - 3
    assert KINDS[first[0]] == 2
    assert not {3, 5, 35} & set(first)


def test_then_those_between_two_classes(clips: pd.DataFrame, store: EmbeddingStore) -> None:
    names = pd.Series([CLASSES[kind] for kind in KINDS])
    queue = make(clips.assign(labels=names.where(clips.index % 2 == 0, "")), store)
    assert len(queue.clips) == len(clips) // 2
    assert numbers(queue)[0] == 7
    assert {part.split()[0] for part in queue.clips["reason"][0].split(", ")} == {"Bark", "Rain"}


def test_made_anew_it_goes_on_where_clips_are_unsure_or_removed(
    clips: pd.DataFrame, store: EmbeddingStore, tmp_path: Path
) -> None:
    labels = LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}")

    def make_anew(annotator: str) -> set[int]:
        given = {"heard": store, "classes": CLASSES, "decisions": labels.decisions(), "created_by": annotator}
        return set(numbers(build_queue("cold_start", clips, **given)))

    first = sorted(make_anew("ann"))
    assert len(first) == NUM_FIRST
    for at, number in enumerate(first):
        labels.add(Decision(f"curated/{number}.wav", "ann", "remove" if at % 2 else "unsure"))
    second = make_anew("ann")
    assert (len(second), second & set(first)) == (NUM_FIRST, set())
    assert not make_anew("bob") & set(first[1::2]), "what is removed is nobody's to label"
    labels.close()


def test_it_takes_no_class(clips: pd.DataFrame, store: EmbeddingStore) -> None:
    with pytest.raises(LabelError, match=r"of one class: expected none.*Leave the class out"):
        build_queue("cold_start", clips, heard=store, classes=CLASSES, label="Bark")


def test_test_clips_are_left_out_and_nothing_is_made_unheard(
    clips: pd.DataFrame, store: EmbeddingStore
) -> None:
    assert make(clips.assign(split="test"), store).clips.empty
    with pytest.raises(LabelError, match=r"needs a hearing of all clips.*Run `fsat embed`"):
        make(clips, None)
