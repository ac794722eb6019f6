"""The charts of Explore are small to send."""

from fsat_core.charts.cooccurrence import cooccurrence_figure
from fsat_core.charts.counts import class_counts_figure, labels_per_clip_figure
from fsat_core.charts.lengths import length_histogram_figure, length_violins_figure
from fsat_core.dataset import Catalogue
from fsat_core.dataset.length_distribution import length_histogram, lengths_by_class
from fsat_core.dataset.statistics import class_counts, cooccurrence, labels_per_clip

MAX_BYTES = 300_000


def test_no_page_sends_much(large_catalogue: Catalogue) -> None:
    classes = list(class_counts(large_catalogue).index)
    figures = [
        class_counts_figure(class_counts(large_catalogue)),
        labels_per_clip_figure(labels_per_clip(large_catalogue)),
        length_histogram_figure(length_histogram(large_catalogue), log_counts=True),
        length_violins_figure(lengths_by_class(large_catalogue, "seconds", classes[:25])),
        cooccurrence_figure(cooccurrence(large_catalogue)),
    ]
    assert sum(len(figure.to_json()) for figure in figures) < MAX_BYTES
