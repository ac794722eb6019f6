"""The histogram of lengths, and the outlines for each class."""

from collections.abc import Callable

import numpy as np
import pytest

from fsat_core.charts.lengths import length_histogram_figure, length_violins_figure
from fsat_core.dataset import Catalogue
from fsat_core.dataset.length_distribution import length_histogram, lengths_by_class, summarise_lengths
from fsat_core.dataset.statistics import class_counts

CatalogueOf = Callable[[list[tuple[str, str, int]]], Catalogue]


def test_bars_carry_their_bin(small_catalogue: Catalogue) -> None:
    histogram = length_histogram(small_catalogue, "frames")
    train, test = length_histogram_figure(histogram, log_counts=True).data
    assert (train.name, test.name) == ("Train", "Test")
    assert histogram.bounds[train.customdata].tolist() == [[n, n] for n in range(10_000, 60_000, 10_000)]
    assert histogram.bounds[test.customdata].tolist() == [[5_000, 5_000], [100_000, 100_000]]


def test_histogram_of_one_length_and_of_none(small_catalogue: Catalogue) -> None:
    for log_lengths in (False, True):
        one = length_histogram(small_catalogue.filter("fname = '0.wav'"), log_lengths=log_lengths)
        assert one.counts["Train"].sum() == 1
        length_histogram_figure(one, log_counts=True).to_json()
        none = length_histogram(small_catalogue.filter("false"), log_lengths=log_lengths)
        assert sum(map(np.sum, none.counts.values())) == 0
        length_histogram_figure(none, log_counts=True).to_json()


def test_violins_are_of_the_largest_classes_in_order(large_catalogue: Catalogue) -> None:
    table = summarise_lengths(large_catalogue, "seconds")
    groups = lengths_by_class(large_catalogue, "seconds", table["class"].tolist())
    figure = length_violins_figure(groups)
    assert list(figure.layout.yaxis.ticktext) == list(class_counts(large_catalogue).index)
    assert len(figure.data[1].x) == 80
    medians = [float(np.median(lengths)) for lengths in groups.values()]
    assert table["median"].tolist() == pytest.approx(medians)
    quartiles = [np.percentile(lengths, 25) for lengths in groups.values()]
    assert table["low_quartile"].tolist() == pytest.approx(quartiles)
    assert table["clips"].sum() == sum(map(len, groups.values()))


def test_violin_shows_median_and_stays_within_the_lengths(catalogue_of: CatalogueOf) -> None:
    lengths = [1_000, 2_000, 4_000, 8_000, 16_000]
    catalogue = catalogue_of([("curated", "Bark", n) for n in lengths])
    figure = length_violins_figure(lengths_by_class(catalogue, "frames", ["Bark"]), "frames")
    assert figure.data[1].x[0] == 4_000
    outline = [x for x in figure.data[0].x if x is not None]
    assert (min(outline), max(outline)) == (1_000, 16_000)


def test_axes_write_seconds_in_full_and_whole_numbers_of_clips(catalogue_of: CatalogueOf) -> None:
    catalogue = catalogue_of([("curated", "Bark", n) for n in (10_000, 20_000, 2_000_000)])
    formats = {
        unit: length_violins_figure(lengths_by_class(catalogue, unit, ["Bark"]), unit).layout.xaxis.tickformat
        for unit in ("seconds", "frames")
    }
    assert formats == {"seconds": "~g", "frames": "~s"}, "half a second is 0.5, and not 500m"
    few = length_histogram(catalogue, "seconds")
    assert length_histogram_figure(few).layout.yaxis.dtick == 1


def test_violins_of_equal_lengths_and_of_no_class(
    small_catalogue: Catalogue, catalogue_of: CatalogueOf
) -> None:
    alike = catalogue_of([("curated", "Bark", 10_000)] * 3)
    length_violins_figure(lengths_by_class(alike, "seconds", ["Bark"])).to_json()
    assert summarise_lengths(small_catalogue.filter("split = 'test'"), "seconds").empty
