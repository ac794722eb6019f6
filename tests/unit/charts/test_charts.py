"""The charts of Explore: what they count, in which order, and how little they send."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.charts.cooccurrence import cooccurrence, cooccurrence_figure, describe_pairs
from fsat_core.charts.counts import (
    class_counts,
    class_counts_figure,
    describe_extremes,
    labels_per_clip,
    labels_per_clip_figure,
)
from fsat_core.charts.lengths import (
    Unit,
    length_histogram,
    length_histogram_figure,
    length_violins_figure,
    log_density,
)
from fsat_core.charts.selection import LabelKind, select_clips

RATE = 44_100
MAX_BYTES = 300_000


def catalogue(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    """A catalogue of (split, labels, num_frames)."""
    table = pd.DataFrame(rows, columns=["split", "labels", "num_frames"])
    table["num_labels"] = [len(labels.split(",")) if labels else 0 for labels in table["labels"]]
    table["duration_s"] = (table["num_frames"] / RATE).where(table["num_frames"] > 0)
    return table


@pytest.fixture
def small() -> pd.DataFrame:
    return catalogue(
        [
            ("curated", "Bark", 10_000),
            ("curated", "Bark,Yell", 20_000),
            ("curated", "Yell", 30_000),
            ("noisy", "Bark", 40_000),
            ("noisy", "Bark,Knock,Yell", 50_000),
            ("noisy", "Bark", 0),
            ("test", "", 100_000),
            ("test", "", 5_000),
        ]
    )


@pytest.fixture(scope="module")
def large() -> pd.DataFrame:
    """28,000 clips of 80 classes with names as long as the longest of FSDKaggle2019."""
    rng = np.random.default_rng(0)
    names = [f"Class_{i:02d}_with_a_name_of_many_words" for i in range(80)]
    labels = [",".join(rng.choice(names, rng.choice([1, 1, 1, 2, 3]), replace=False)) for _ in range(2_000)]
    splits = rng.choice(["curated", "noisy", "test"], 28_000, p=[0.2, 0.6, 0.2])
    frames = (rng.lognormal(1.5, 0.8, 28_000) * RATE).astype(int)
    rows = [
        (str(split), labels[i % 2_000], int(num_frames))
        for i, (split, num_frames) in enumerate(zip(splits, frames, strict=True))
    ]
    return catalogue(rows)


@pytest.mark.parametrize(
    ("splits", "labels", "expected"),
    [
        (["curated"], "all", [0, 1, 2]),
        (["curated"], "single", [0, 2]),
        (["curated", "noisy"], "several", [1, 4]),
        (["test"], "all", [6, 7]),
        (["test"], "single", []),
        ([], "all", []),
    ],
)
def test_select_clips(small: pd.DataFrame, splits: list[str], labels: LabelKind, expected: list[int]) -> None:
    assert list(select_clips(small, splits, labels).index) == expected


def test_class_counts_are_sorted_and_split(small: pd.DataFrame) -> None:
    counts = class_counts(small)
    assert list(counts.index) == ["Bark", "Yell", "Knock"]
    assert list(counts.columns) == ["curated", "noisy"]
    assert counts.to_numpy().tolist() == [[2, 3], [2, 1], [0, 1]]


def test_equal_classes_are_sorted_by_name() -> None:
    counts = class_counts(catalogue([("curated", name, 1) for name in ("b", "c", "a", "c")]))
    assert list(counts.index) == ["c", "a", "b"]


def test_class_counts_of_unlabelled_clips_are_empty(small: pd.DataFrame) -> None:
    assert class_counts(small[small["split"] == "test"]).empty


def test_largest_class_is_the_top_bar(small: pd.DataFrame) -> None:
    figure = class_counts_figure(class_counts(small))
    bottom, top = figure.layout.yaxis.range
    assert bottom > top  # a reversed axis: the first category is on top
    assert figure.data[0].y[0] == "Bark"
    assert [bar.name for bar in figure.data[:3] if bar.showlegend] == ["Curated", "Noisy"]
    assert [text.strip() for text in figure.data[3].text] == ["5", "3", "1"]


def test_bars_of_many_classes_keep_their_height(large: pd.DataFrame) -> None:
    assert class_counts_figure(class_counts(large)).layout.height >= 80 * 18


def test_extremes_are_named(small: pd.DataFrame) -> None:
    assert describe_extremes(class_counts(small)) == "Largest: Bark, 5 clips. Smallest: Knock, 1 clip."


def test_many_equal_extremes_are_counted() -> None:
    rows = [("curated", name, 1) for name in ("big", "big", "e", "d", "c", "b", "a")]
    expected = "Largest: big, 2 clips. Smallest: a, b, c and 2 more, 1 clip each."
    assert describe_extremes(class_counts(catalogue(rows))) == expected


def test_labels_per_clip(small: pd.DataFrame) -> None:
    counts = labels_per_clip(small)
    assert counts.to_dict() == {0: 2, 1: 4, 2: 1, 3: 1}
    assert list(labels_per_clip_figure(counts).data[0].y) == ["Not known", "1 label", "2 labels", "3 labels"]


@pytest.mark.parametrize("unit", ["frames", "seconds"])
@pytest.mark.parametrize("log_lengths", [False, True])
def test_every_readable_clip_is_in_one_bin(large: pd.DataFrame, unit: Unit, log_lengths: bool) -> None:
    histogram = length_histogram(large, unit, log_lengths)
    readable = large[large["num_frames"] > 0]
    is_test = readable["split"] == "test"
    assert len(histogram.edges) == 101
    assert histogram.counts["Train"].sum() == (~is_test).sum()
    assert histogram.counts["Test"].sum() == is_test.sum()


@pytest.mark.parametrize("unit", ["frames", "seconds"])
@pytest.mark.parametrize("log_lengths", [False, True])
def test_frames_of_a_bin_find_its_clips(large: pd.DataFrame, unit: Unit, log_lengths: bool) -> None:
    histogram = length_histogram(large, unit, log_lengths)
    total = histogram.counts["Train"] + histogram.counts["Test"]
    for (shortest, longest), count in zip(histogram.frames, total, strict=True):
        found = large["num_frames"].between(shortest, longest) & (large["num_frames"] > 0)
        assert found.sum() == count


def test_bars_carry_their_bin(small: pd.DataFrame) -> None:
    histogram = length_histogram(small)
    train, test = length_histogram_figure(histogram, log_counts=True).data
    assert (train.name, test.name) == ("Train", "Test")
    assert histogram.frames[train.customdata].tolist() == [[n, n] for n in range(10_000, 60_000, 10_000)]
    assert histogram.frames[test.customdata].tolist() == [[5_000, 5_000], [100_000, 100_000]]


def test_histogram_of_one_length_and_of_none(small: pd.DataFrame) -> None:
    for log_lengths in (False, True):
        one = length_histogram(small.head(1), log_lengths=log_lengths)
        assert one.counts["Train"].sum() == 1
        length_histogram_figure(one, log_counts=True).to_json()
        none = length_histogram(small.head(0), log_lengths=log_lengths)
        assert sum(map(np.sum, none.counts.values())) == 0
        length_histogram_figure(none, log_counts=True).to_json()


def test_violins_are_of_the_largest_classes_in_order(large: pd.DataFrame) -> None:
    figure = length_violins_figure(large)
    assert list(figure.layout.yaxis.ticktext) == list(class_counts(large).index[:25])
    assert len(figure.data[1].x) == 25


def test_violin_shows_median_and_stays_within_the_lengths() -> None:
    lengths = [1_000, 2_000, 4_000, 8_000, 16_000]
    figure = length_violins_figure(catalogue([("curated", "Bark", n) for n in lengths]), "frames")
    assert figure.data[1].x[0] == 4_000
    outline = [x for x in figure.data[0].x if x is not None]
    assert (min(outline), max(outline)) == (1_000, 16_000)


def test_violins_of_equal_lengths_and_of_no_class(small: pd.DataFrame) -> None:
    length_violins_figure(catalogue([("curated", "Bark", 10_000)] * 3)).to_json()
    assert len(length_violins_figure(small[small["split"] == "test"]).data[1].x) == 0


def test_density_peaks_where_the_clips_are() -> None:
    lengths = 10 ** np.random.default_rng(0).normal(4, 0.2, 2_000)
    grid, density = log_density(lengths)
    assert density.sum() == pytest.approx(1)
    assert np.log10(grid[density.argmax()]) == pytest.approx(4, abs=0.1)
    assert density[[0, -1]].max() < 0.1 * density.max()


def test_cooccurrence_counts_pairs(small: pd.DataFrame) -> None:
    pairs = cooccurrence(small)
    assert list(pairs.index) == list(pairs.columns) == ["Bark", "Yell", "Knock"]
    assert pairs.loc["Bark", "Yell"] == pairs.loc["Yell", "Bark"] == 2
    assert pairs.loc["Bark", "Knock"] == 1
    assert np.diag(pairs).sum() == 0
    assert (
        describe_pairs(pairs) == "3 pairs of 3 classes occur together, most often Bark with Yell (2 clips)."
    )


def test_classes_that_stay_alone_are_not_in_the_heat_map() -> None:
    pairs = cooccurrence(catalogue([("curated", "Bark,Yell", 1), ("curated", "Knock", 1)]))
    assert list(pairs.index) == ["Bark", "Yell"]
    assert list(map(list, cooccurrence_figure(pairs).data[0].z)) == [[None, 1], [1, None]]


def test_cooccurrence_of_single_labels_is_empty(small: pd.DataFrame) -> None:
    assert cooccurrence(small[small["num_labels"] < 2]).empty


def test_no_page_sends_much(large: pd.DataFrame) -> None:
    figures = [
        class_counts_figure(class_counts(large)),
        labels_per_clip_figure(labels_per_clip(large)),
        length_histogram_figure(length_histogram(large), log_counts=True),
        length_violins_figure(large),
        cooccurrence_figure(cooccurrence(large)),
    ]
    assert sum(len(figure.to_json()) for figure in figures) < MAX_BYTES
