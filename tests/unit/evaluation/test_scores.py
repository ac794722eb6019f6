"""Scores, overall and per class, on predictions worked by hand."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.errors import DatasetError
from fsat_core.evaluation import (
    Predictions,
    describe_class_scores,
    per_class,
    score,
    score_by_usage,
    sort_scores,
)
from fsat_core.evaluation.scores import accuracy_interval, score_class
from fsat_core.runs.predictions import with_truth
from tests.helpers.predictions import HAND, predictions, random_predictions


def test_scores_by_hand() -> None:
    scores = score(HAND)
    assert scores.lwlrap == pytest.approx((1 + 1 / 2 + 2 / 3 + 1 / 3) / 4)
    assert scores.accuracy == pytest.approx(1 / 3)
    assert scores.num_clips == 3


def test_the_interval_of_accuracy_is_wilsons() -> None:
    assert accuracy_interval(HAND) == pytest.approx((0.0615, 0.7923), abs=1e-3)
    right = predictions([[1, 0]] * 5, [[0.9, 0.1]] * 5)
    assert accuracy_interval(right) == pytest.approx((5 / (5 + 1.96**2), 1.0))
    assert np.isnan(accuracy_interval(predictions([[0, 0]], [[0.9, 0.1]]))).all()


def test_each_class_by_hand() -> None:
    table = per_class(HAND).set_index("class")
    assert table["lwlrap"].tolist() == pytest.approx([(1 + 1 / 3) / 2, 1 / 2, 2 / 3])
    assert table["count"].tolist() == [2, 1, 1]
    assert table["accuracy"].tolist() == pytest.approx([1 / 2, 0, 0])
    assert table.loc["A", ["low", "high"]].tolist() == pytest.approx([1 / 3, 1])
    assert table.loc[["B", "C"], ["low", "high"]].isna().all(axis=None)  # one clip says nothing of spread


def test_one_class_alone_has_the_figures_of_the_table() -> None:
    for own in (HAND, random_predictions(300, 5)):
        table = per_class(own).set_index("class")
        for label in own.classes:
            expected = table.loc[label, ["lwlrap", "low", "high", "count"]].to_dict()
            assert score_class(own, label) == pytest.approx(expected, rel=1e-6, nan_ok=True)
    assert score_class(HAND, "Theremin") is None
    assert score_class(predictions([[1, 0]], [[0.9, 0.1]], "AB"), "B") is None


def test_a_class_without_clips_has_no_score() -> None:
    table = per_class(predictions([[1, 0], [1, 0]], [[0.9, 0.1], [0.2, 0.8]], "AB"))
    assert table["count"].tolist() == [2, 0]
    assert table.loc[1, ["lwlrap", "low", "high", "accuracy"]].isna().all()


def test_the_interval_is_that_of_resampled_clips() -> None:
    """For a mean of many clips the bootstrap agrees with the normal approximation."""
    own = random_predictions(2_000, 4)
    table = per_class(own)
    for column in range(4):
        has = own.truth[:, column] > 0
        rank = (own.probabilities[has] >= own.probabilities[has, column][:, None]).sum(axis=1)
        half = 1.96 * (1 / rank).std() / np.sqrt(has.sum())
        assert table["low"][column] == pytest.approx(table["lwlrap"][column] - half, abs=0.2 * half)
        assert table["high"][column] == pytest.approx(table["lwlrap"][column] + half, abs=0.2 * half)
    pd.testing.assert_frame_equal(table, per_class(own))
    assert not np.allclose(table["low"], per_class(own, seed=1)["low"])


def test_no_clips_have_no_scores() -> None:
    empty = HAND.select([])
    assert np.isnan(score(empty).lwlrap)
    assert per_class(empty)["lwlrap"].isna().all()


@pytest.fixture
def class_scores() -> pd.DataFrame:
    """Scores of four classes: Siren has no clip, Meow a single one and so no interval."""
    return pd.DataFrame(
        {
            "class": ["Bark", "Knock", "Meow", "Siren"],
            "lwlrap": [0.9, 0.5, 0.5, np.nan],
            "low": [0.7, 0.3, np.nan, np.nan],
            "high": [1.0, 0.8, np.nan, np.nan],
            "count": [20, 10, 1, 0],
        }
    )


def test_classes_are_sorted_hardest_first_and_those_without_clips_left_out(
    class_scores: pd.DataFrame,
) -> None:
    assert sort_scores(class_scores)["class"].tolist() == ["Knock", "Meow", "Bark"]


def test_class_scores_in_words(class_scores: pd.DataFrame) -> None:
    text = describe_class_scores(sort_scores(class_scores))
    assert text == "Hardest: Knock 0.50, Meow 0.50, Bark 0.90. Easiest: Bark, 0.90."


def test_public_and_private_apart() -> None:
    rows = [("test/0.wav", "A", "Public"), ("test/1.wav", "B", "Private"), ("test/2.wav", "D", "Private")]
    truth = pd.DataFrame(rows, columns=["clip_id", "labels", "usage"])
    own = Predictions(
        ["test/2.wav", "test/9.wav", "test/1.wav", "test/0.wav"],
        ["B", "A"],
        np.zeros((4, 2)),
        np.array([[0.3, 0.7], [0.5, 0.5], [0.4, 0.6], [0.2, 0.8]]),
    )
    test = with_truth(own, truth)
    assert test.classes == ["B", "A", "D"]
    assert test.clip_ids == ["test/2.wav", "test/1.wav", "test/0.wav"]
    scores = score_by_usage(test, truth)
    assert {usage: value.num_clips for usage, value in scores.items()} == {
        "all": 3,
        "Public": 1,
        "Private": 2,
    }
    assert scores["Public"].lwlrap == pytest.approx(1)
    assert scores["Private"].lwlrap == pytest.approx((1 / 2 + 1 / 3) / 2)  # D was never seen: ranked last
    assert list(score_by_usage(test, truth.assign(usage=""))) == ["all"]
    with pytest.raises(DatasetError, match="labels none of the 4 test clips"):
        with_truth(own, truth.assign(clip_id="test/x.wav"))
