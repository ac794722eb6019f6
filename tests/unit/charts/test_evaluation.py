"""Charts of Evaluate: the numbers they carry, and the sentences beside them."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.charts.evaluation import (
    answer,
    answer_figure,
    class_scores_figure,
    describe_calibration,
    describe_class_scores,
    reliability_figure,
    sort_scores,
)

NAMES = ["Bark", "Knock", "Meow", "Siren"]


@pytest.fixture
def scores() -> pd.DataFrame:
    """Scores of four classes: Siren has no clip, Meow a single one and so no interval."""
    return pd.DataFrame(
        {
            "class": NAMES,
            "lwlrap": [0.9, 0.5, 0.5, np.nan],
            "low": [0.7, 0.3, np.nan, np.nan],
            "high": [1.0, 0.8, np.nan, np.nan],
            "count": [20, 10, 1, 0],
        }
    )


@pytest.fixture
def bins() -> pd.DataFrame:
    """Four bins, the third of which is empty; in the last one the run is 30 points too sure."""
    return pd.DataFrame(
        {
            "low": [0.0, 0.25, 0.5, 0.75],
            "high": [0.25, 0.5, 0.75, 1.0],
            "confidence": [0.1, 0.3, np.nan, 0.9],
            "frequency": [0.1, 0.4, np.nan, 0.6],
            "count": [60, 20, 0, 20],
        }
    )


def test_classes_are_sorted_hardest_first_and_those_without_clips_left_out(scores: pd.DataFrame) -> None:
    assert sort_scores(scores)["class"].tolist() == ["Knock", "Meow", "Bark"]


def test_dots_carry_the_interval_as_distances(scores: pd.DataFrame) -> None:
    figure = class_scores_figure(sort_scores(scores))
    (dots,) = figure.data
    assert list(dots.x) == [0.5, 0.5, 0.9]
    np.testing.assert_allclose(dots.error_x.array, [0.3, np.nan, 0.1])
    np.testing.assert_allclose(dots.error_x.arrayminus, [0.2, np.nan, 0.2])
    assert figure.layout.yaxis.ticktext == ("Knock  <b>10</b>", "Meow  <b>1</b>", "Bark  <b>20</b>")
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1], "the first row is on top"
    assert dots.customdata[0] == "Knock: 0.500, 95 % interval 0.300 to 0.800, 10 clips"
    assert dots.customdata[1] == "Meow: 0.500, 1 clip"


def test_many_classes_have_their_axis_on_top(scores: pd.DataFrame) -> None:
    few, many = scores.iloc[[0, 1] * 5], scores.iloc[[0, 1] * 40]
    assert class_scores_figure(few).layout.xaxis.side == "bottom"
    figure = class_scores_figure(many)
    assert figure.layout.xaxis.side == "top"
    assert figure.layout.height / 80 < class_scores_figure(few).layout.height / 10


def test_class_scores_in_words(scores: pd.DataFrame) -> None:
    text = describe_class_scores(sort_scores(scores))
    assert text == "Hardest: Knock 0.50, Meow 0.50, Bark 0.90. Easiest: Bark, 0.90."


def test_reliability_passes_over_empty_bins(bins: pd.DataFrame) -> None:
    ideal, curve, bars = reliability_figure(bins).data
    assert list(ideal.x) == list(ideal.y)
    assert list(curve.x) == [0.1, 0.3, 0.9]
    assert list(curve.y) == [0.1, 0.4, 0.6]
    np.testing.assert_allclose(bars.x, [0.125, 0.375, 0.625, 0.875])
    np.testing.assert_allclose(bars.y, [60, 20, np.nan, 20])


def test_calibration_in_words(bins: pd.DataFrame) -> None:
    text = describe_calibration(bins)
    assert "a probability is 8.0 points" in text  # (0 * 60 + 10 * 20 + 30 * 20) / 100
    assert "In the 20 of 50 % or more, it is 30 points too sure." in text
    assert "points too careful" in describe_calibration(bins.assign(frequency=[0.1, 0.4, np.nan, 1.0]))
    assert "50 %" not in describe_calibration(bins.head(2))


def test_answer_has_the_clips_own_labels_however_unlikely() -> None:
    probabilities = pd.Series([0.05, 0.6, 0.3, 0.05], NAMES)
    table = answer(probabilities, ["Siren", "Meow"], num_classes=2)
    assert table["class"].tolist() == ["Knock", "Meow", "Siren"]
    assert table["right"].tolist() == [False, True, True]
    own, other = answer_figure(table).data
    assert (own.name, list(own.y), list(own.x)) == ("Its label", [1, 2], [0.3, 0.05])
    assert (other.name, list(other.y), list(other.x)) == ("Not its label", [0], [0.6])
