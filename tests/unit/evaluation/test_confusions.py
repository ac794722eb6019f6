"""Which class is taken for which: counts and clips worked by hand, and what is said of them."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.evaluation import (
    confused_clips,
    confusion,
    count_confusions,
    describe_confusion,
    describe_outranking,
    largest_confusions,
    name_cell,
    outranked_clips,
    outranking,
)
from tests.helpers.predictions import HAND, random_predictions

NAMES = ["Bark", "Knock", "Meow", "Siren"]


def test_confusion_counts_true_by_predicted_of_single_labels() -> None:
    table = confusion(HAND)
    assert table.loc["A"].tolist() == [1, 0, 1]
    assert table.to_numpy().sum() == 2  # neither the clip with two labels nor the one with none


def test_cells_of_a_confusion_name_the_clips_that_they_count() -> None:
    own = random_predictions(60, 4)
    counts = confusion(own)
    found = [confused_clips(own, true, predicted) for true in own.classes for predicted in own.classes]
    assert [len(clips) for clips in found] == counts.to_numpy().ravel().tolist()
    assert sorted(clip_id for clips in found for clip_id in clips) == sorted(own.clip_ids)
    assert confused_clips(HAND, "A", "C") == ["curated/2.wav"]
    assert confused_clips(HAND, "B", "A") == []  # a clip of two labels


def test_outranking_counts_wrong_classes_above_right_ones() -> None:
    table = outranking(HAND)
    assert table.loc["A"].tolist() == [1, 1, 1]  # clip 0 is right; in clip 2, B and C are above A
    assert table.loc["B"].tolist() == [1, 0, 0]  # in clip 1, A is above B; C, which is below it, is right too
    assert table.loc["C"].tolist() == [1, 0, 0]
    own = random_predictions(60, 4)
    counts = outranking(own)
    found = [outranked_clips(own, true, above) for true in own.classes for above in own.classes]
    assert [len(clips) for clips in found] == counts.to_numpy().ravel().tolist()
    assert outranked_clips(HAND, "A", "A") == ["curated/0.wav"]
    assert outranked_clips(HAND, "B", "A") == outranked_clips(HAND, "C", "A") == ["curated/1.wav"]
    assert outranked_clips(HAND, "C", "B") == [], "B is above C in clip 1, which has both"


def test_no_clips_give_no_confusions() -> None:
    empty = HAND.select([])
    assert confusion(empty).to_numpy().sum() == outranking(empty).to_numpy().sum() == 0


@pytest.fixture
def counts() -> pd.DataFrame:
    """Confusions of four classes: Siren has no clip, Knock is heard as Bark more often than as itself."""
    rows = [[8, 1, 1, 0], [3, 2, 0, 0], [0, 0, 4, 1], [0, 0, 0, 0]]
    return pd.DataFrame(rows, index=NAMES, columns=NAMES)


def test_largest_confusions_leave_out_what_is_right(counts: pd.DataFrame) -> None:
    pairs = largest_confusions(counts, 2)
    assert pairs.to_dict("records") == [
        {"true": "Knock", "predicted": "Bark", "clips": 3, "share": 0.6},
        {"true": "Meow", "predicted": "Siren", "clips": 1, "share": 0.2},
    ]
    assert counts.loc["Bark", "Bark"] == 8, "the table that was passed is not changed"


def test_confusion_in_words(counts: pd.DataFrame) -> None:
    assert describe_confusion(counts) == (
        "14 of 20 clips with one label are recognised (70%). Most often confused: Knock heard as Bark (3)."
    )
    assert "confused" not in describe_confusion(pd.DataFrame(np.eye(2), index=NAMES[:2], columns=NAMES[:2]))


@pytest.fixture
def outranked() -> tuple[pd.DataFrame, pd.Series]:
    """Two classes, Bark of 10 clips and Knock of 4; with clips of both, a row is more than its class."""
    rows = [[6, 3, 4], [1, 2, 2], [0, 0, 0]]
    return pd.DataFrame(rows, NAMES[:3], NAMES[:3]), pd.Series([10, 4, 0], NAMES[:3])


def test_what_is_most_often_ranked_above(outranked: tuple[pd.DataFrame, pd.Series]) -> None:
    counts, totals = outranked
    assert largest_confusions(counts, 1, totals).to_dict("records") == [
        {"true": "Bark", "predicted": "Meow", "clips": 4, "share": 0.4}
    ]
    assert describe_outranking(counts, totals) == (
        "8 of 14 labels have no class above them that the clip lacks (57%). "
        "Most often above: Meow above Bark (4)."
    )
    right = pd.DataFrame(np.diag([3, 2]), NAMES[:2], NAMES[:2])
    assert "Most often" not in describe_outranking(right, pd.Series([3, 2], NAMES[:2]))


def test_cells_in_words() -> None:
    assert name_cell(("Bark", "Meow")) == "Bark heard as Meow"
    assert name_cell(("Bark", "Meow"), outranked=True) == "Bark below Meow"


@pytest.mark.parametrize("outranked", [False, True])
def test_counts_come_with_the_clips_that_they_are_of(outranked: bool) -> None:
    found = count_confusions(HAND, outranked)
    counts, clips = (outranking, outranked_clips) if outranked else (confusion, confused_clips)
    pd.testing.assert_frame_equal(found.counts, counts(HAND))
    assert found.totals.to_dict() == ({"A": 2, "B": 1, "C": 1} if outranked else {"A": 2, "B": 0, "C": 0})
    assert found.describe() == (
        describe_outranking(found.counts, found.totals) if outranked else describe_confusion(found.counts)
    )
    for cell in (("A", "A"), ("A", "B"), ("B", "C")):
        assert found.clips(HAND, cell) == clips(HAND, *cell)
