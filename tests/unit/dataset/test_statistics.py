"""What Explore counts, and in which order."""

from collections.abc import Callable

import numpy as np

from fsat_core.dataset import Catalogue
from fsat_core.dataset.statistics import (
    class_counts,
    cooccurrence,
    describe_extremes,
    describe_pairs,
    labels_per_clip,
)

CatalogueOf = Callable[[list[tuple[str, str, int]]], Catalogue]


def test_class_counts_are_sorted_and_split(small_catalogue: Catalogue) -> None:
    counts = class_counts(small_catalogue)
    assert list(counts.index) == ["Bark", "Yell", "Knock"]
    assert list(counts.columns) == ["curated", "noisy"]
    assert counts.to_numpy().tolist() == [[2, 3], [2, 1], [0, 1]]


def test_equal_classes_are_sorted_by_name(catalogue_of: CatalogueOf) -> None:
    counts = class_counts(catalogue_of([("curated", name, 1) for name in ("b", "c", "a", "c")]))
    assert list(counts.index) == ["c", "a", "b"]


def test_class_counts_of_unlabelled_clips_are_empty(small_catalogue: Catalogue) -> None:
    assert class_counts(small_catalogue.filter("split = 'test'")).empty


def test_extremes_are_named(small_catalogue: Catalogue) -> None:
    text = describe_extremes(class_counts(small_catalogue))
    assert text == "Largest: Bark, 5 clips. Smallest: Knock, 1 clip."


def test_many_equal_extremes_are_counted(catalogue_of: CatalogueOf) -> None:
    rows = [("curated", name, 1) for name in ("big", "big", "e", "d", "c", "b", "a")]
    expected = "Largest: big, 2 clips. Smallest: a, b, c and 2 more, 1 clip each."
    assert describe_extremes(class_counts(catalogue_of(rows))) == expected


def test_labels_per_clip(small_catalogue: Catalogue) -> None:
    assert labels_per_clip(small_catalogue).to_dict() == {0: 2, 1: 4, 2: 1, 3: 1}


def test_cooccurrence_counts_pairs(small_catalogue: Catalogue) -> None:
    pairs = cooccurrence(small_catalogue)
    assert list(pairs.index) == list(pairs.columns) == ["Bark", "Yell", "Knock"]
    assert pairs.loc["Bark", "Yell"] == pairs.loc["Yell", "Bark"] == 2
    assert pairs.loc["Bark", "Knock"] == 1
    assert np.diag(pairs).sum() == 0
    assert (
        describe_pairs(pairs) == "3 pairs of 3 classes occur together, most often Bark with Yell (2 clips)."
    )


def test_cooccurrence_of_single_labels_is_empty(small_catalogue: Catalogue) -> None:
    assert cooccurrence(small_catalogue.filter("num_labels < 2")).empty
