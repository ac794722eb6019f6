"""Bars of clips per class and of labels per clip."""

from fsat_core.charts.counts import class_counts_figure, labels_per_clip_figure
from fsat_core.dataset import Catalogue
from fsat_core.dataset.statistics import class_counts, labels_per_clip


def test_largest_class_is_the_top_bar(small_catalogue: Catalogue) -> None:
    figure = class_counts_figure(class_counts(small_catalogue))
    bottom, top = figure.layout.yaxis.range
    assert bottom > top  # a reversed axis: the first category is on top
    assert figure.data[0].y[0] == "Bark"
    assert [bar.name for bar in figure.data[:3] if bar.showlegend] == ["Curated", "Noisy"]
    assert [text.strip() for text in figure.data[3].text] == ["5", "3", "1"]


def test_bars_of_many_classes_keep_their_height(large_catalogue: Catalogue) -> None:
    assert class_counts_figure(class_counts(large_catalogue)).layout.height >= 80 * 18


def test_bars_name_the_numbers_of_labels(small_catalogue: Catalogue) -> None:
    (bars,) = labels_per_clip_figure(labels_per_clip(small_catalogue)).data
    assert list(bars.y) == ["Not known", "1 label", "2 labels", "3 labels"]
