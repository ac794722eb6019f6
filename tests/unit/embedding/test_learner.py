"""The learner: few labels are enough, each counts at once, and none judges its own clip."""

from pathlib import Path

import numpy as np
import pytest

from fsat_core.embedding import EmbeddingStore
from fsat_core.embedding.learner import Learner, teaching
from tests.helpers.embedders import make_store

CLASSES = ["Bark", "Rain", "Bell"]


def clips_of(classes: list[str], seed: int = 0) -> dict[str, np.ndarray]:
    """Clips of four windows around the corner of their class, one silent."""
    rng = np.random.default_rng(seed)
    clips = {}
    for number, name in enumerate(classes):
        windows = np.eye(6)[CLASSES.index(name)] + rng.normal(0, 0.15, (4, 6))
        windows[1] = 0
        clips[f"curated/{number}.wav"] = windows
    return clips


@pytest.fixture
def truth() -> dict[str, str]:
    return {f"curated/{number}.wav": CLASSES[number % 3] for number in range(30)}


@pytest.fixture
def store(truth: dict[str, str], tmp_path: Path) -> EmbeddingStore:
    return make_store(tmp_path / "store", clips_of(list(truth.values())))


def likeliest(learner: Learner, clip_ids: list[str]) -> list[str]:
    return [CLASSES[column] for column in learner.probabilities(clip_ids).argmax(axis=1)]


def test_one_label_of_each_class_is_enough(store: EmbeddingStore, truth: dict[str, str]) -> None:
    learner = Learner(store, CLASSES)
    clip_ids = list(truth)
    learner.learn({clip_id: truth[clip_id] for clip_id in clip_ids[:3]})
    others = clip_ids[3:]  # the three themselves are judged by each other
    assert likeliest(learner, others) == [truth[clip_id] for clip_id in others]
    np.testing.assert_allclose(learner.probabilities(clip_ids).sum(axis=1), 1)


def test_what_was_learned_before_leaves_no_trace(store: EmbeddingStore, truth: dict[str, str]) -> None:
    clip_ids = list(truth)
    moved, fresh = Learner(store, CLASSES), Learner(store, CLASSES)
    moved.learn(dict.fromkeys(clip_ids[:20], "Bell"))
    moved.learn({**truth, "curated/4.wav": "Bark,Bell", "curated/gone.wav": "Bark"})
    final = {clip_id: truth[clip_id] for clip_id in clip_ids[5:]}
    moved.learn(final)
    fresh.learn(final)
    assert moved.num_learned == fresh.num_learned == 25
    np.testing.assert_allclose(moved.probabilities(clip_ids), fresh.probabilities(clip_ids), atol=1e-4)


@pytest.mark.parametrize("num_labels", [1, 2, 7])
def test_a_clip_is_judged_as_if_it_had_not_been_learned(
    store: EmbeddingStore, truth: dict[str, str], num_labels: int
) -> None:
    labels = {clip_id: truth[clip_id] for clip_id in list(truth)[:num_labels]}
    learner, others = Learner(store, CLASSES), Learner(store, CLASSES)
    learner.learn(labels)
    for clip_id in labels:
        others.learn({other: text for other, text in labels.items() if other != clip_id})
        alone = others.probabilities([clip_id])
        np.testing.assert_allclose(learner.probabilities([clip_id]), alone, atol=1e-3)


def test_a_clip_is_judged_by_all_others(store: EmbeddingStore, truth: dict[str, str]) -> None:
    clip_ids = list(truth)
    wrong = {**truth, "curated/0.wav": "Rain"}
    learner, without = Learner(store, CLASSES), Learner(store, CLASSES)
    learner.learn(wrong)
    without.learn({clip_id: wrong[clip_id] for clip_id in clip_ids[1:]})
    np.testing.assert_allclose(
        learner.probabilities(clip_ids[:1]), without.probabilities(clip_ids[:1]), atol=0.02
    )
    assert likeliest(learner, ["curated/0.wav"]) == ["Bark"]


def test_own_names_say_it_before_the_first_label(truth: dict[str, str], tmp_path: Path) -> None:
    scores = {clip_id: np.eye(4)[1 + CLASSES.index(name)] * 0.3 for clip_id, name in truth.items()}
    store = make_store(tmp_path / "named", clips_of(list(truth.values())), scores)
    learner = Learner(store, CLASSES, {"Bark": [1], "Rain": [0, 2], "Bell": [3]})
    assert likeliest(learner, list(truth)) == list(truth.values())
    swapped = {"Bark": "Rain", "Rain": "Bell", "Bell": "Bark"}
    learner.learn({clip_id: swapped[name] for clip_id, name in truth.items()})
    assert likeliest(learner, list(truth)) == [swapped[name] for name in truth.values()]


def test_clips_that_were_not_heard_and_foreign_classes(store: EmbeddingStore) -> None:
    learner = Learner(store, CLASSES)
    learner.learn({"curated/0.wav": "Flute", "curated/gone.wav": "Bark"})
    assert learner.num_learned == 0
    found = learner.probabilities(["curated/gone.wav", "curated/0.wav"])
    assert found[0].tolist() == [0, 0, 0]
    np.testing.assert_allclose(found[1], 1 / 3)


def test_silent_clips_and_empty_stores(tmp_path: Path) -> None:
    store = make_store(tmp_path / "silent", {"curated/a.wav": np.zeros((2, 6))})
    learner = Learner(store, CLASSES)
    learner.learn({"curated/a.wav": "Bark"})
    assert np.isfinite(learner.probabilities(["curated/a.wav"])).all()
    assert Learner(store, []).probabilities(["curated/a.wav"]).shape == (1, 0)


def test_uncertain_labels_teach_only_where_there_are_no_others() -> None:
    clips = (["a", "b", "c"], ["Bark", "Rain", ""])
    assert teaching(*clips, [True, False, True]) == {"a": "Bark"}
    assert teaching(*clips, [False, False, True]) == {"a": "Bark", "b": "Rain"}
