"""Calibration, the worst clips and the answer for one, worked by hand."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.evaluation import answer, calibration, describe_calibration, worst_clips
from tests.helpers.predictions import HAND, predictions


def test_calibration_by_hand() -> None:
    own = predictions([[1, 0], [0, 1], [0, 0]], [[1.0, 0.1], [0.3, 0.2], [0.9, 0.9]], "AB")
    table = calibration(own, num_bins=2)
    assert table[["low", "high"]].to_numpy().tolist() == [[0, 0.5], [0.5, 1]]
    assert table["count"].tolist() == [3, 1]  # the unlabelled clip says nothing
    assert table["confidence"].tolist() == pytest.approx([0.2, 1.0])
    assert table["frequency"].tolist() == pytest.approx([1 / 3, 1])
    assert calibration(own, num_bins=10)["confidence"].isna().sum() == 6


@pytest.fixture
def bins() -> pd.DataFrame:
    """Four bins, the third of which is empty; in the last one the run is 30 points too sure."""
    return pd.DataFrame(
        {
            "low": [0.0, 0.25, 0.5, 0.75],
            "high": [0.25, 0.5, 0.75, 1.0],
            "confidence": [0.1, 0.3, np.nan, 0.9],
            "frequency": [0.1, 0.4, np.nan, 0.6],
            "count": [60, 20, 0, 20],
        }
    )


def test_calibration_in_words(bins: pd.DataFrame) -> None:
    text = describe_calibration(bins)
    assert "a probability is 8.0 points" in text  # (0 * 60 + 10 * 20 + 30 * 20) / 100
    assert "In the 20 of 50 % or more, it is 30 points too sure." in text
    assert "points too careful" in describe_calibration(bins.assign(frequency=[0.1, 0.4, np.nan, 1.0]))
    assert "50 %" not in describe_calibration(bins.head(2))


def test_worst_clips_come_first() -> None:
    table = worst_clips(HAND, 10)
    assert table["clip_id"].tolist() == ["curated/1.wav", "curated/2.wav", "curated/0.wav"]
    assert table["labels"].tolist() == ["B,C", "A", "A"]
    assert table["margin"].tolist() == pytest.approx([0.5, 0.4, -0.5])
    assert table["predicted"].tolist() == ["A", "C", "A"]
    assert table["probability"].tolist() == pytest.approx([0.6, 0.5, 0.7])
    assert len(worst_clips(HAND, 1)) == 1


def test_no_clips_give_empty_tables() -> None:
    empty = HAND.select([])
    assert calibration(empty)["count"].sum() == 0
    assert worst_clips(empty, 5).empty


def test_answer_has_the_clips_own_labels_however_unlikely() -> None:
    probabilities = pd.Series([0.05, 0.6, 0.3, 0.05], ["Bark", "Knock", "Meow", "Siren"])
    table = answer(probabilities, ["Siren", "Meow"], num_classes=2)
    assert table["class"].tolist() == ["Knock", "Meow", "Siren"]
    assert table["right"].tolist() == [False, True, True]
