"""Charts of one class, and of classes whose names look like numbers or dates."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from fsat_core.charts.class_view import class_history_figure, company_figure, confused_figure
from fsat_core.charts.confusion import confusion_figure
from fsat_core.charts.counts import class_counts_figure

NAMES = ["1", "2", "2020-01-01"]
SQUARE = pd.DataFrame(np.ones((3, 3), int), index=NAMES, columns=NAMES)


def test_runs_are_drawn_in_their_order_with_their_intervals() -> None:
    columns = ["run", "made", "network", "lwlrap", "low", "high", "count"]
    rows = [["a", "1 Jan", "<b>", 0.5, 0.4, 0.7, 9], ["b", "2 Jan", "wave", 0.6, np.nan, np.nan, 1]]
    figure = class_history_figure(pd.DataFrame(rows, columns=columns))
    (dots,) = figure.data
    assert list(dots.y) == [0.5, 0.6]
    assert dots.error_y.array[0] == pytest.approx(0.2)
    assert list(figure.layout.xaxis.ticktext) == ["1 Jan<br>&lt;b&gt;", "2 Jan<br>wave"]
    assert list(dots.customdata) == ["a: 0.500, 95 % interval 0.400 to 0.700, 9 clips", "b: 0.600, 1 clip"]


@pytest.mark.parametrize(
    ("figure", "axes"),
    [
        (class_counts_figure(pd.DataFrame({"curated": [3, 2, 1]}, index=NAMES)), ("yaxis",)),
        (confusion_figure(SQUARE), ("xaxis", "yaxis")),
        (company_figure(pd.Series([3, 2, 1], NAMES)), ("yaxis",)),
        (confused_figure(pd.DataFrame({"class": NAMES, "heard_as": 1, "taken_for": 2}), "1"), ("yaxis",)),
    ],
    ids=["counts", "confusion", "company", "confused"],
)
def test_names_that_look_like_numbers_stay_names(figure: go.Figure, axes: tuple[str, ...]) -> None:
    assert all(figure.layout[axis].type == "category" for axis in axes)
