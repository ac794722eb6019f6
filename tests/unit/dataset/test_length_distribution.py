"""Lengths in bins and as a density."""

import numpy as np
import pytest

from fsat_core.dataset import Catalogue
from fsat_core.dataset.length_distribution import Unit, length_histogram, log_density


@pytest.mark.parametrize("unit", ["frames", "seconds"])
@pytest.mark.parametrize("log_lengths", [False, True])
def test_every_readable_clip_is_in_one_bin(large_catalogue: Catalogue, unit: Unit, log_lengths: bool) -> None:
    histogram = length_histogram(large_catalogue, unit, log_lengths)
    readable = large_catalogue.filter("num_frames > 0").frame()
    is_test = readable["split"] == "test"
    assert len(histogram.edges) == 101
    assert histogram.counts["Train"].sum() == (~is_test).sum()
    assert histogram.counts["Test"].sum() == is_test.sum()


@pytest.mark.parametrize("unit", ["frames", "seconds"])
@pytest.mark.parametrize("log_lengths", [False, True])
def test_bounds_of_a_bin_find_its_clips(large_catalogue: Catalogue, unit: Unit, log_lengths: bool) -> None:
    lengths = large_catalogue.frame()[{"frames": "num_frames", "seconds": "duration_s"}[unit]]
    histogram = length_histogram(large_catalogue, unit, log_lengths)
    total = histogram.counts["Train"] + histogram.counts["Test"]
    for (shortest, longest), count in zip(histogram.bounds, total, strict=True):
        assert lengths.between(shortest, longest).sum() == count


def test_density_peaks_where_the_clips_are() -> None:
    lengths = 10 ** np.random.default_rng(0).normal(4, 0.2, 2_000)
    grid, density = log_density(lengths)
    assert density.sum() == pytest.approx(1)
    assert np.log10(grid[density.argmax()]) == pytest.approx(4, abs=0.1)
    assert density[[0, -1]].max() < 0.1 * density.max()
