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
    scores = dict.fromkeys(clips["clip_id"], np.zeros(521))
    return make_store(tmp_path / "ears", dict(zip(clips["clip_id"], windows, strict=True)), scores)


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


@pytest.fixture
def labelled(clips: pd.DataFrame) -> pd.DataFrame:
    return clips.assign(labels=[CLASSES[kind] for kind in KINDS])


def test_a_swapped_label_is_most_suspect(labelled: pd.DataFrame, store: EmbeddingStore) -> None:
    wrong = labelled.assign(labels=labelled["labels"].mask(labelled.index == 4, "Bell"))
    queue = build_queue("suspect_by_ear", wrong, heard=store, classes=CLASSES)
    assert numbers(queue)[0] == 4
    assert queue.clips["reason"][0].startswith("label Bell 0.")
    assert queue.clips["suggested"][0] == "Bark"


def test_nothing_is_suspect_where_nothing_is_labelled(clips: pd.DataFrame, store: EmbeddingStore) -> None:
    with pytest.raises(LabelError, match="expected clips of two classes or more"):
        build_queue("suspect_by_ear", clips, heard=store, classes=CLASSES)


def test_the_odd_one_of_a_class_comes_first(labelled: pd.DataFrame, store: EmbeddingStore) -> None:
    queue = build_queue("odd_ones", labelled, heard=store, classes=CLASSES)
    assert numbers(queue)[0] == 7
    assert "like the nearest of Bark, where" in queue.clips["reason"][0]
    assert len(queue.clips) == len(labelled)
    of_rain = numbers(build_queue("odd_ones", labelled, heard=store, classes=CLASSES, label="Rain"))
    assert {int(KINDS[number]) for number in of_rain} == {1}


def test_a_copy_does_not_make_a_clip_usual(clips: pd.DataFrame, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    usual = [np.eye(8)[0] + rng.normal(0, 0.1, (3, 8)) for _ in range(8)]
    odd = np.eye(8)[1] + rng.normal(0, 0.1, (3, 8))
    windows = dict(zip(clips["clip_id"], [*usual, odd, odd, odd, odd], strict=False))
    store = make_store(tmp_path / "copies", windows)
    some = clips.head(len(windows)).assign(labels="Bark")
    queue = build_queue("odd_ones", some, heard=store, classes=CLASSES)
    assert set(numbers(queue)[:4]) == {8, 9, 10, 11}


def test_few_clips_show_all_that_a_set_or_a_class_sounds_like(
    labelled: pd.DataFrame, store: EmbeddingStore
) -> None:
    queue = build_queue("spread", labelled, heard=store, classes=CLASSES)
    assert {int(KINDS[number]) for number in numbers(queue)[:3]} == {0, 1, 2}
    assert queue.clips["reason"][0].startswith("stands for ")
    of_bark = numbers(build_queue("spread", labelled, heard=store, classes=CLASSES, label="Bark"))
    assert sorted(of_bark) == list(range(30))


def test_it_takes_no_class(clips: pd.DataFrame, store: EmbeddingStore) -> None:
    with pytest.raises(LabelError, match=r"of one class: expected none.*Leave the class out"):
        build_queue("cold_start", clips, heard=store, classes=CLASSES, label="Bark")


def test_test_clips_are_left_out_and_nothing_is_made_unheard(
    clips: pd.DataFrame, store: EmbeddingStore
) -> None:
    assert make(clips.assign(split="test"), store).clips.empty
    with pytest.raises(LabelError, match=r"needs a hearing of all clips.*Run `fsat embed`"):
        make(clips, None)
