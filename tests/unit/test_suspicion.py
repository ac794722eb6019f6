"""The quality of labels, by what out-of-fold probabilities say of them."""

import numpy as np
import pytest

from fsat_core.suspicion import WRONG_BELOW, label_quality


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
