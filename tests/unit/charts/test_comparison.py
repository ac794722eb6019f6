"""The picture of what changed between two runs, and the sentences beside it."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.charts.comparison import (
    class_changes_figure,
    describe_changes,
    describe_unshared,
    largest_changes,
    sort_changes,
)


@pytest.fixture
def changes() -> pd.DataFrame:
    """Changes of four classes: the second run does not know Siren, Meow has a single clip."""
    return pd.DataFrame(
        {
            "class": ["Bark", "Knock", "Meow", "Siren"],
            "first": [0.8, 0.6, 0.7, 0.4],
            "second": [0.5, 0.9, 0.7, np.nan],
            "change": [0.3, -0.3, 0.0, np.nan],
            "low": [0.1, -0.7, np.nan, np.nan],
            "high": [0.4, 0.1, np.nan, np.nan],
            "count": [20, 10, 1, 2],
        }
    )


def test_changes_are_sorted_and_coloured_by_sign(changes: pd.DataFrame) -> None:
    table = sort_changes(changes)
    assert table["class"].tolist() == ["Bark", "Meow", "Knock"]
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


def test_changes_in_words(changes: pd.DataFrame) -> None:
    table = sort_changes(changes)
    assert describe_changes(table) == (
        "1 of 3 classes are better, 1 worse, 1 the same. 1 of these changes is larger than chance explains."
    )
    assert "2 of these changes are" in describe_changes(table.assign(high=[0.4, np.nan, -0.1]))


def test_the_largest_changes_are_at_both_ends() -> None:
    changes = pd.DataFrame({"change": range(10, 0, -1)})
    assert largest_changes(changes, 2)["change"].tolist() == [10, 9, 2, 1]
    assert len(largest_changes(changes, 5)) == len(largest_changes(changes, 6)) == 10


def test_classes_of_one_run_alone_in_words() -> None:
    assert describe_unshared([], []) == ""
    assert describe_unshared(["Siren"], []) == "Not compared: only this run knows Siren."
    assert describe_unshared(["Siren"], list("ABCDEFG")) == (
        "Not compared: only this run knows Siren; only the other run knows A, B, C, D, E and 2 more."
    )
