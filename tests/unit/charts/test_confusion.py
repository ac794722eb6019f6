"""The map of confusions: shares, the points that can be selected, and the frame."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.charts.confusion import confusion_figure

NAMES = ["Bark", "Knock", "Meow", "Siren"]


@pytest.fixture
def counts() -> pd.DataFrame:
    """Confusions of four classes: Siren has no clip, Knock is heard as Bark more often than as itself."""
    rows = [[8, 1, 1, 0], [3, 2, 0, 0], [0, 0, 4, 1], [0, 0, 0, 0]]
    return pd.DataFrame(rows, index=NAMES, columns=NAMES)


def test_confusions_are_shares_of_the_true_class(counts: pd.DataFrame) -> None:
    heat, _ = confusion_figure(counts).data
    assert list(heat.y) == ["Bark", "Knock", "Meow"]
    assert list(heat.x) == NAMES
    assert list(heat.z[1]) == [0.6, 0.4, None, None]
    assert list(heat.text[1]) == [3, 2, "", ""]
    assert heat.texttemplate


def test_many_classes_are_not_numbered() -> None:
    names = [f"Class {index}" for index in range(17)]
    counts = pd.DataFrame(np.eye(17, dtype=int), index=names, columns=names)
    assert confusion_figure(counts).data[0].texttemplate is None


def test_each_cell_with_clips_has_a_point_that_names_it(counts: pd.DataFrame) -> None:
    points = confusion_figure(counts).data[1]
    assert list(zip(points.y, points.x, strict=True)) == [
        ("Bark", "Bark"),
        ("Bark", "Knock"),
        ("Bark", "Meow"),
        ("Knock", "Bark"),
        ("Knock", "Knock"),
        ("Meow", "Meow"),
        ("Meow", "Siren"),
    ]
    assert points.customdata[3] == "Knock heard as Bark: 3 clips (60%)"
    assert points.customdata[6] == "Meow heard as Siren: 1 clip (20%)"
    assert points.marker.opacity == points.selected.marker.opacity == points.unselected.marker.opacity == 0


def test_the_chosen_cell_is_framed(counts: pd.DataFrame) -> None:
    assert not confusion_figure(counts).layout.shapes
    (frame,) = confusion_figure(counts, chosen=("Knock", "Meow")).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (1.5, 2.5, 0.5, 1.5)
    assert not confusion_figure(counts, chosen=("Siren", "Meow")).layout.shapes, "Siren has no row"
    assert not confusion_figure(counts, chosen=("Knock", "Drip")).layout.shapes, "Drip is not drawn"


@pytest.fixture
def outranking() -> tuple[pd.DataFrame, pd.Series]:
    """Two classes, Bark of 10 clips and Knock of 4; with clips of both, a row is more than its class."""
    rows = [[6, 3, 4], [1, 2, 2], [0, 0, 0]]
    return pd.DataFrame(rows, NAMES[:3], NAMES[:3]), pd.Series([10, 4, 0], NAMES[:3])


def test_what_is_ranked_above_is_a_share_of_the_class(outranking: tuple[pd.DataFrame, pd.Series]) -> None:
    counts, totals = outranking
    heat, points = confusion_figure(counts, totals, outranked=True).data
    assert list(heat.z[0]) == [0.6, 0.3, 0.4]
    assert points.customdata[:2] == (
        "Bark with no wrong class above it: 6 clips (60%)",
        "Bark below Knock: 3 clips (30%)",
    )
