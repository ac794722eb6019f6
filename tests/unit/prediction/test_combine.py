"""Combining members: geometric and arithmetic means, classes that a member does not know, scaling."""

import numpy as np
import pytest

from fsat_core.prediction import combine_probabilities, distinct_names, weigh_probabilities
from fsat_core.prediction.combine import Mean

NAN = np.nan


def test_arithmetic_mean() -> None:
    combined = combine_probabilities(np.array([[0.9, 0.1], [0.5, 0.5]]), "arithmetic")
    np.testing.assert_allclose(combined, [0.7, 0.3])


def test_geometric_mean_is_scaled_to_one() -> None:
    combined = combine_probabilities(np.array([[0.9, 0.1], [0.4, 0.6]]), "geometric")
    raw = np.array([np.sqrt(0.9 * 0.4), np.sqrt(0.1 * 0.6)])
    np.testing.assert_allclose(combined, raw / raw.sum())


def test_a_confident_no_weighs_more_in_the_geometric_mean() -> None:
    members = np.array([[0.999, 0.001], [0.4, 0.6]])
    assert combine_probabilities(members, "geometric")[0] > combine_probabilities(members, "arithmetic")[0]


def test_without_scaling_several_classes_may_be_likely() -> None:
    members = np.array([[0.9, 0.9], [0.4, 0.9]])
    np.testing.assert_allclose(combine_probabilities(members, "geometric", normalise=False), [0.6, 0.9])
    np.testing.assert_allclose(combine_probabilities(members, "arithmetic", normalise=False), [0.65, 0.9])


@pytest.mark.parametrize("how", ["geometric", "arithmetic"])
def test_a_member_that_does_not_know_a_class_leaves_it_to_the_others(how: Mean) -> None:
    members = np.array([[0.5, NAN], [0.5, 0.2]])
    np.testing.assert_allclose(combine_probabilities(members, how, normalise=False), [0.5, 0.2])


@pytest.mark.parametrize("how", ["geometric", "arithmetic"])
def test_a_class_that_nobody_knows_is_zero(how: Mean) -> None:
    members = np.array([[0.5, NAN, 0.5], [0.5, NAN, 0.5]])
    np.testing.assert_allclose(combine_probabilities(members, how), [0.5, 0, 0.5])


def test_equal_weights_that_sum_to_one_are_the_geometric_mean() -> None:
    members = np.random.default_rng(1).dirichlet(np.ones(4), size=(3, 6))
    members = np.clip(members, 0.001, 1)
    weighed = weigh_probabilities(members, np.full(3, 1 / 3))
    np.testing.assert_allclose(weighed, combine_probabilities(members, "geometric"), rtol=1e-6)


@pytest.mark.parametrize("normalise", [True, False])
def test_a_member_without_weight_says_nothing(normalise: bool) -> None:
    members = np.array([[0.7, 0.3], [0.01, 0.99]])
    np.testing.assert_allclose(weigh_probabilities(members, np.array([1.0, 0.0]), normalise), [0.7, 0.3])


def test_weights_of_several_labels_count_each_class_on_its_own() -> None:
    members = np.array([[0.9, 0.9], [0.5, 0.1]])
    weighed = weigh_probabilities(members, np.array([1.0, 1.0]), normalise=False)
    np.testing.assert_allclose(weighed, [0.9, 0.5])


def test_an_unknown_class_is_weighed_as_the_others_say() -> None:
    members = np.array([[0.5, NAN, NAN], [0.5, 0.2, NAN]])
    weighed = weigh_probabilities(members, np.array([0.5, 0.5]), normalise=False)
    np.testing.assert_allclose(weighed, [0.5, 0.2, 0.0])
    assert weigh_probabilities(members, np.array([0.5, 0.5]))[2] == 0


def test_a_zero_of_one_member_does_not_silence_the_others() -> None:
    combined = combine_probabilities(np.array([[0.0, 1.0], [1.0, 0.0]]), "geometric")
    np.testing.assert_allclose(combined, [0.5, 0.5])


@pytest.mark.parametrize("how", ["geometric", "arithmetic"])
def test_one_member_is_its_own_mean(how: Mean) -> None:
    rng = np.random.default_rng(0)
    member = rng.dirichlet(np.ones(5), size=7)
    np.testing.assert_allclose(combine_probabilities(member[None], how), member, atol=1e-6)


@pytest.mark.parametrize("how", ["geometric", "arithmetic"])
def test_every_clip_is_combined_on_its_own(how: Mean) -> None:
    members = np.random.default_rng(1).dirichlet(np.ones(4), size=(3, 6))
    combined = combine_probabilities(members, how)
    assert combined.shape == (6, 4)
    np.testing.assert_allclose(combined.sum(axis=1), 1)
    np.testing.assert_allclose(combined[2], combine_probabilities(members[:, 2], how))


def test_names_are_told_apart() -> None:
    assert distinct_names(["a.wav", "b.wav", "a.wav", "a.wav"]) == [
        "a.wav",
        "b.wav",
        "a.wav (2)",
        "a.wav (3)",
    ]
    names = distinct_names(["a.wav", "a.wav", "a.wav (2)"])
    assert names == ["a.wav", "a.wav (3)", "a.wav (2)"], "a file's own name stays"
