"""What an ensemble says of a clip: its likeliest classes, and its windows."""

import io

import numpy as np
import pandas as pd
import pytest

from fsat_core.prediction import ClipPrediction, describe_prediction, predictions_csv, window_edges
from fsat_core.prediction.clip_prediction import coarsen, top_classes
from tests.helpers.clip_prediction import prediction


def test_top_classes_come_with_the_spread_of_the_members_that_know_them() -> None:
    table = top_classes(prediction(), 4)
    assert table.index.tolist() == ["Knock", "Meow", "Bark", "Siren"]
    assert table["probability"].tolist() == [0.5, 0.25, 0.2, 0.05]
    assert table["low"].tolist() == [0.4, 0.2, 0.1, 0.1]
    assert table["high"].tolist() == [0.6, 0.2, 0.3, 0.1]


def test_one_member_has_no_spread() -> None:
    assert "among" not in describe_prediction(prediction([[0.2, 0.5, 0.25, 0.05]]))


@pytest.mark.parametrize("words", ["Knock 50%", "40% to 60%", "2 networks"])
def test_description(words: str) -> None:
    assert words in describe_prediction(prediction())


def test_windows_share_the_clip_among_them() -> None:
    np.testing.assert_allclose(window_edges(prediction()), [0.0, 1.5, 2.5, 3.5, 5.0])


def test_csv_has_all_probabilities() -> None:
    good = ClipPrediction("a.wav", ["Bark", "Knock"], ["x fold 0"], probabilities=np.array([0.25, 0.75]))
    bad = ClipPrediction("b.wav", [], [], error="b.wav: empty")
    rows = pd.read_csv(io.StringIO(predictions_csv([bad, good])), keep_default_na=False)
    assert rows.columns.tolist() == ["file", "top_1", "top_2", "top_3", "error", "Bark", "Knock"]
    assert rows.iloc[1].tolist() == ["a.wav", "Knock", "Bark", "", "", "0.25", "0.75"]
    assert rows.iloc[0].tolist() == ["b.wav", "", "", "", "b.wav: empty", "", ""]


def test_a_class_may_be_called_as_another_column_of_the_csv() -> None:
    answer = ClipPrediction("a.wav", ["error", "file"], ["x fold 0"], probabilities=np.array([0.25, 0.75]))
    header, row = predictions_csv([answer]).splitlines()
    assert header == "file,top_1,top_2,top_3,error,error (class),file (class)"
    assert row == "a.wav,file,error,,,0.25,0.75"
    odd = ClipPrediction(
        "a.wav", ["file", "file (class)"], ["x fold 0"], probabilities=np.array([0.25, 0.75])
    )
    header, row = predictions_csv([odd]).splitlines()
    assert header == "file,top_1,top_2,top_3,error,file (class 2),file (class)"
    assert row == "a.wav,file (class),file,,,0.25,0.75"


def test_csv_of_files_that_cannot_be_read() -> None:
    bad = ClipPrediction("b.wav", [], [], error="b.wav: empty")
    assert predictions_csv([bad]).splitlines() == ["file,top_1,top_2,top_3,error", "b.wav,,,,b.wav: empty"]


def test_a_coarse_prediction_keeps_what_is_loudest_of_neighbours() -> None:
    rng = np.random.default_rng(0)
    fine = ClipPrediction(
        "a.wav",
        ["Bark", "Knock"],
        ["x fold 0"],
        window_starts_s=np.arange(23.0),
        over_time=rng.random((23, 2)),
        window_s=2.0,
        duration_s=24.0,
    )
    assert coarsen(fine, 23) is fine
    coarse = coarsen(fine, 10)
    assert (coarse.windows_each, len(coarse.over_time)) == (3, 8)
    np.testing.assert_array_equal(coarse.over_time[1], fine.over_time[3:6].max(axis=0))
    np.testing.assert_array_equal(coarse.over_time[-1], fine.over_time[21:].max(axis=0))
    np.testing.assert_array_equal(coarse.window_starts_s, [1, 4, 7, 10, 13, 16, 19, 21.5])
    edges = window_edges(coarse)
    assert (edges[0], edges[-1], len(edges)) == (0, 24, 9)
    assert (np.diff(edges) > 0).all()
