"""The heat map of classes that occur together."""

from collections.abc import Callable

import pandas as pd

from fsat_core.charts.cooccurrence import cooccurrence_figure
from fsat_core.dataset.statistics import cooccurrence

CatalogueOf = Callable[[list[tuple[str, str, int]]], pd.DataFrame]


def test_classes_that_stay_alone_are_not_in_the_heat_map(catalogue_of: CatalogueOf) -> None:
    pairs = cooccurrence(catalogue_of([("curated", "Bark,Yell", 1), ("curated", "Knock", 1)]))
    assert list(pairs.index) == ["Bark", "Yell"]
    assert list(map(list, cooccurrence_figure(pairs).data[0].z)) == [[None, 1], [1, None]]
