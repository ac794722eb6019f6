"""Charts of a prediction: the numbers they carry."""

import numpy as np
import pandas as pd

from fsat_core.charts.prediction import answer_figure, over_time_figure, top_classes_figure
from tests.helpers.clip_prediction import prediction


def test_bars_lines_and_dots() -> None:
    bars, spread, dots = top_classes_figure(prediction(), 2).data
    assert list(bars.x) == [0.5, 0.25]
    assert list(bars.customdata) == ["Knock", "Meow"]
    np.testing.assert_allclose(spread.x, [0.4, 0.6, np.nan, 0.2, 0.2, np.nan])
    assert sorted(zip(dots.y, dots.x, strict=True)) == [(0, 0.4), (0, 0.6), (1, 0.2), (1, 0.2)]
    assert dots.text[0] == "20260131-142530-mfcc_cnn-3f2a, fold 1"


def test_one_member_has_no_spread() -> None:
    figure = top_classes_figure(prediction([[0.2, 0.5, 0.25, 0.05]]), 3)
    assert len(figure.data) == 1


def test_names_on_the_axis_carry_the_probability() -> None:
    assert top_classes_figure(prediction(), 2).layout.yaxis.ticktext == (
        "Knock  <b>50%</b>",
        "Meow  <b>25%</b>",
    )


def test_course_over_time_is_at_the_middle_of_each_window() -> None:
    knock, meow = over_time_figure(prediction(), 2).data
    assert (knock.name, meow.name) == ("Knock", "Meow")
    np.testing.assert_allclose(knock.x, [1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(knock.y, [0.125, 0.25, 0.375, 0.5])


def test_own_labels_and_others_have_a_colour_each() -> None:
    table = pd.DataFrame(
        {"class": ["Knock", "Meow", "Siren"], "probability": [0.6, 0.3, 0.05], "right": [False, True, True]}
    )
    own, other = answer_figure(table).data
    assert (own.name, list(own.y), list(own.x)) == ("Its label", [1, 2], [0.3, 0.05])
    assert (other.name, list(other.y), list(other.x)) == ("Not its label", [0], [0.6])
