"""lwlrap and accuracy: a case worked by hand, scikit-learn's function, ties and empty rows."""

import numpy as np
import pytest
from sklearn.metrics import label_ranking_average_precision_score

from fsat_core.metrics import accuracy, lwlrap, lwlrap_per_class

# Worked by hand. Ranks of the true classes, best first:
#   clip 0 {a}:    order b a c -> a at rank 2, one true class down to there: 1/2
#   clip 1 {a, c}: order c b a -> c at rank 1: 1/1; a at rank 3, both true by then: 2/3
#   clip 2 {}:     does not count
TRUTH = np.array([[1, 0, 0], [1, 0, 1], [0, 0, 0]])
SCORES = np.array([[0.3, 0.5, 0.2], [0.1, 0.2, 0.7], [0.9, 0.05, 0.05]])


def test_a_case_worked_by_hand() -> None:
    per_class, weight = lwlrap_per_class(TRUTH, SCORES)
    np.testing.assert_allclose(per_class, [(1 / 2 + 2 / 3) / 2, np.nan, 1.0])
    np.testing.assert_allclose(weight, [2 / 3, 0, 1 / 3])
    assert lwlrap(TRUTH, SCORES) == pytest.approx((1 / 2 + 2 / 3 + 1) / 3)


def test_every_class_that_scores_as_high_counts_against_a_tie() -> None:
    truth, scores = np.array([[0, 1, 0, 0]]), np.array([[0.5, 0.5, 0.5, 0.1]])
    assert lwlrap(truth, scores) == pytest.approx(1 / 3)


def test_two_true_classes_that_tie_share_the_rank() -> None:
    assert lwlrap(np.array([[1, 1, 0]]), np.array([[0.5, 0.5, 0.5]])) == pytest.approx(2 / 3)


@pytest.mark.parametrize("decimals", [8, 1], ids=["distinct", "ties"])
def test_equals_scikit_learn_weighted_by_the_number_of_labels(decimals: int) -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((200, 12)) < 0.2
    scores = rng.random((200, 12)).round(decimals)
    num_labels = truth.sum(axis=1)
    assert (num_labels == 0).any()
    expected = label_ranking_average_precision_score(truth, scores, sample_weight=num_labels)
    assert lwlrap(truth, scores) == pytest.approx(expected, abs=1e-12)


def test_per_class_values_add_up() -> None:
    rng = np.random.default_rng(1)
    truth = (rng.random((50, 6)) < 0.3).astype(np.float32)
    scores = rng.random((50, 6))
    per_class, weight = lwlrap_per_class(truth, scores)
    assert weight.sum() == pytest.approx(1)
    np.testing.assert_allclose(weight, truth.sum(axis=0) / truth.sum())
    assert np.sum(per_class * weight) == pytest.approx(lwlrap(truth, scores))


def test_only_the_order_within_a_clip_matters() -> None:
    rng = np.random.default_rng(2)
    truth, scores = rng.random((30, 5)) < 0.4, rng.random((30, 5))
    moved = np.log(scores) * rng.random((30, 1)) + rng.normal(size=(30, 1))
    assert lwlrap(truth, moved) == pytest.approx(lwlrap(truth, scores))


def test_perfect_scores_give_one() -> None:
    assert lwlrap(TRUTH, TRUTH) == 1.0
    assert accuracy(TRUTH, TRUTH) == 1.0


def test_without_labels_there_is_no_score() -> None:
    nothing = np.zeros((3, 4))
    per_class, weight = lwlrap_per_class(nothing, nothing)
    assert np.isnan(per_class).all()
    assert not weight.any()
    assert np.isnan(lwlrap(nothing, nothing))
    assert np.isnan(accuracy(nothing, nothing))


def test_accuracy_is_over_labelled_clips_and_any_of_their_labels() -> None:
    truth = np.array([[1, 0, 0], [1, 0, 1], [0, 0, 0], [0, 1, 0]])
    scores = np.array([[0.3, 0.5, 0.2], [0.1, 0.2, 0.7], [0.9, 0.1, 0.0], [0.2, 0.6, 0.2]])
    assert accuracy(truth, scores) == pytest.approx(2 / 3)
