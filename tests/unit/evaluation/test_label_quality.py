"""The quality of labels, by what out-of-fold probabilities say of them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from fsat_core.errors import RunError
from fsat_core.evaluation.label_quality import WRONG_BELOW, label_quality, rank
from fsat_core.runs import Run

CLASSES = ("Bark", "Knock", "Yell")
CLIPS = {
    "curated/right.wav": ("Bark", [0.9, 0.05, 0.05]),
    "curated/wrong.wav": ("Bark", [0.1, 0.8, 0.1]),
    "curated/half.wav": ("Knock,Bark", [0.12, 0.5, 0.99]),
    "noisy/worst.wav": ("Yell", [0.7, 0.3, 0.0]),
}


def test_quality_is_the_share_of_the_strongest_other_class() -> None:
    truth = np.eye(3)[[0, 0, 1]]
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.5, 0.4], [0.4, 0.4, 0.2]])
    quality = label_quality(truth, probabilities)
    np.testing.assert_allclose(quality[truth > 0], [1.0, 0.2, 1.0])
    assert np.isnan(quality[truth == 0]).all()


def test_labels_of_one_clip_are_no_rivals() -> None:
    quality = label_quality(np.array([[1, 1, 0]]), np.array([[0.9, 0.06, 0.3]]))
    np.testing.assert_allclose(quality, [[1.0, 0.2, np.nan]])


def test_a_clip_with_every_label_has_no_rival() -> None:
    assert label_quality(np.ones((1, 2)), np.array([[0.1, 0.9]])).tolist() == [[1.0, 1.0]]


def test_impossible_labels_have_no_quality() -> None:
    assert label_quality(np.array([[1, 0]]), np.array([[0.0, 0.5]]))[0, 0] == 0
    assert label_quality(np.array([[1, 0]]), np.array([[0.0, 0.0]]))[0, 0] == 0


def test_classes_that_no_network_knows_are_neither_judged_nor_rivals() -> None:
    truth = np.array([[1, 0, 0], [0, 1, 0]])
    probabilities = np.array([[0.2, np.nan, 0.4], [0.2, np.nan, 0.4]])
    np.testing.assert_allclose(label_quality(truth, probabilities), [[0.5, np.nan, np.nan], [np.nan] * 3])


@pytest.mark.parametrize("num_labels", [1, 2])
def test_planted_errors_are_found_among_many(num_labels: int) -> None:
    rng = np.random.default_rng(0)
    true = np.argsort(rng.random((1000, 10)), axis=1)[:, :num_labels]
    given = true.copy()
    given[:200, 0] = [rng.choice(np.setdiff1d(np.arange(10), row)) for row in true[:200]]
    present, truth = np.zeros((1000, 10)), np.zeros((1000, 10))
    np.put_along_axis(present, true, 1, axis=1)
    np.put_along_axis(truth, given, 1, axis=1)
    probabilities = 1 / (1 + np.exp(3 - 6 * present - rng.normal(size=present.shape)))
    wrong: np.ndarray = np.any(label_quality(truth, probabilities) < WRONG_BELOW, axis=1)
    assert wrong[:200].mean() > 0.8
    assert wrong[200:].mean() < 0.1


def test_most_suspect_clips_come_first(predicted_run: Callable[..., Run]) -> None:
    ranked = rank(predicted_run(CLIPS, CLASSES, task="multi"))
    assert ranked["clip_id"].tolist() == [
        "noisy/worst.wav",
        "curated/half.wav",
        "curated/wrong.wav",
        "curated/right.wav",
    ]
    np.testing.assert_allclose(ranked["score"], [0, 0.12 / 0.99, 0.1 / 0.8, 1], rtol=1e-6)
    assert ranked["labels"].tolist() == ["Yell", "Bark,Knock", "Bark", "Bark"]
    assert ranked["label"].tolist() == ["Yell", "Bark", "Bark", "Bark"]
    assert ranked["rival"].tolist() == ["Bark", "Yell", "Knock", "Knock"]
    np.testing.assert_allclose(ranked["probability"], [0, 0.12, 0.1, 0.9], rtol=1e-6)
    np.testing.assert_allclose(ranked["rival_probability"], [0.7, 0.99, 0.8, 0.05], rtol=1e-6)


def test_only_doubted_labels_are_replaced(predicted_run: Callable[..., Run]) -> None:
    both = {
        "curated/half.wav": ("Bark,Knock", [0.02, 0.3, 0.6]),
        "curated/none.wav": ("Bark,Knock", [0.5, 0.5, 0.6]),
        "curated/all.wav": ("Bark,Knock", [0.02, 0.03, 0.6]),
    }
    ranked = rank(predicted_run(both, CLASSES, task="multi")).set_index("clip_id")["suggested"]
    assert ranked.to_dict() == {
        "curated/half.wav": "Knock,Yell",
        "curated/none.wav": "Yell",
        "curated/all.wav": "Yell",
    }


def test_a_clip_with_every_class_has_no_suggestion(predicted_run: Callable[..., Run]) -> None:
    ranked = rank(predicted_run({"curated/a.wav": ("Bark,Knock", [0.1, 0.9])}, task="multi"))
    assert ranked[["score", "suggested", "rival"]].to_numpy().tolist() == [[1.0, "", ""]]


def test_equal_scores_are_ordered_by_the_label_itself(predicted_run: Callable[..., Run]) -> None:
    clips = {f"curated/{p}.wav": ("Bark", [p, 1 - p]) for p in (0.9, 0.6, 0.7)}
    assert rank(predicted_run(clips))["probability"].round(2).tolist() == [0.6, 0.7, 0.9]


def test_labels_of_now_win_over_pinned_ones(predicted_run: Callable[..., Run]) -> None:
    run = predicted_run(CLIPS, CLASSES)
    now = {
        "curated/right.wav": "Yell",
        "curated/wrong.wav": "Knock",
        "curated/half.wav": "",  # removed
        "noisy/worst.wav": "Siren",  # a class that the run does not know
        "curated/new.wav": "Bark",
    }
    ranked = rank(run, pd.DataFrame({"clip_id": list(now), "labels": list(now.values())}))
    assert ranked[["clip_id", "labels"]].to_numpy().tolist() == [
        ["curated/right.wav", "Yell"],
        ["curated/wrong.wav", "Knock"],
    ]


def test_a_label_that_no_network_knows_is_kept(predicted_run: Callable[..., Run]) -> None:
    run = predicted_run(CLIPS, CLASSES)
    now = pd.DataFrame({"clip_id": ["curated/wrong.wav"], "labels": ["Siren,Bark"]})
    (row,) = rank(run, now).to_dict("records")
    assert (row["labels"], row["label"], row["suggested"]) == ("Bark,Siren", "Bark", "Siren,Knock")


def test_no_clips_are_an_empty_table(predicted_run: Callable[..., Run]) -> None:
    run = predicted_run(CLIPS, CLASSES)
    empty = rank(run, pd.DataFrame({"clip_id": ["test/a.wav"], "labels": ["Bark"]}))
    assert empty.empty
    assert list(empty) == list(rank(run))


def test_a_run_without_predictions_cannot_rank(predicted_run: Callable[..., Run]) -> None:
    run = predicted_run(CLIPS, CLASSES)
    (run.path / "oof.parquet").unlink()
    with pytest.raises(RunError, match=r"no oof\.parquet"):
        rank(run)
