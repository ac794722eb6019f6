"""Pictures with a row per class: scores, and what changed between two runs."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.charts.class_rows import class_changes_figure, class_scores_figure
from fsat_core.evaluation import sort_changes, sort_scores

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


def test_changes_are_coloured_by_sign(changes: pd.DataFrame) -> None:
    table = sort_changes(changes)
    figure = class_changes_figure(table)
    better, worse = figure.data
    assert (better.name, list(better.y), list(better.x)) == ("Better", [0, 1], [0.3, 0.0])
    assert (worse.name, list(worse.y), list(worse.x)) == ("Worse", [2], [-0.3])
    np.testing.assert_allclose(better.error_x.array, [0.1, np.nan])
    np.testing.assert_allclose(better.error_x.arrayminus, [0.2, np.nan])
    np.testing.assert_allclose(worse.error_x.arrayminus, [0.4])
    assert worse.customdata == ("Knock: from 0.900 to 0.600 (-0.300, 95 % interval -0.700 to +0.100)",)
    assert better.customdata[1] == "Meow: from 0.700 to 0.700 (+0.000)"
    low, high = figure.layout.xaxis.range
    assert low < -0.7
    assert high > 0.4


def test_no_change_at_all_still_has_an_axis(changes: pd.DataFrame) -> None:
    same = changes.assign(change=0.0, low=np.nan, high=np.nan)
    low, high = class_changes_figure(sort_changes(same)).layout.xaxis.range
    assert low < 0 < high
