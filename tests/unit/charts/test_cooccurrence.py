"""The heat map of classes that occur together."""

from collections.abc import Callable

from fsat_core.charts.cooccurrence import cooccurrence_figure
from fsat_core.dataset import Catalogue
from fsat_core.dataset.statistics import cooccurrence

CatalogueOf = Callable[[list[tuple[str, str, int]]], Catalogue]


def test_classes_that_stay_alone_are_not_in_the_heat_map(catalogue_of: CatalogueOf) -> None:
    pairs = cooccurrence(catalogue_of([("curated", "Bark,Yell", 1), ("curated", "Knock", 1)]))
    assert list(pairs.index) == ["Bark", "Yell"]
    assert list(map(list, cooccurrence_figure(pairs).data[0].z)) == [[None, 1], [1, None]]


def test_each_pair_has_a_point_to_click(catalogue_of: CatalogueOf) -> None:
    pairs = cooccurrence(catalogue_of([("curated", "1,<b>", 1)] * 3))
    figure = cooccurrence_figure(pairs)
    points = figure.data[1]
    assert list(zip(points.y, points.x, points.customdata, strict=True)) == [(0, 1, 3), (1, 0, 3)]
    assert list(figure.layout.yaxis.ticktext) == ["1", "&lt;b&gt;"]
    assert points.selected.marker.opacity == points.unselected.marker.opacity == 0
