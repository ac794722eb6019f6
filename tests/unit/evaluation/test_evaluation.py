"""Scores per class, confusions, calibration, worst clips and truths, on predictions worked by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.dataset import open_dataset
from fsat_core.errors import DatasetError
from fsat_core.evaluation import (
    Predictions,
    calibration,
    confused_clips,
    confusion,
    outranked_clips,
    outranking,
    per_class,
    read_truth,
    score,
    score_by_usage,
    worst_clips,
)
from fsat_core.runs.predictions import with_truth


def predictions(
    truth: list[list[int]], probabilities: list[list[float]], classes: str = "ABC", first: int = 0
) -> Predictions:
    names = [f"curated/{first + index}.wav" for index in range(len(truth))]
    return Predictions(names, list(classes), np.array(truth, np.float32), np.array(probabilities))


# Ranking precisions: A of clip 0: 1; B and C of clip 1: 1/2 and 2/3; A of clip 2: 1/3; clip 3 has no label.
HAND = predictions(
    [[1, 0, 0], [0, 1, 1], [1, 0, 0], [0, 0, 0]],
    [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.4, 0.5], [0.8, 0.1, 0.1]],
)


def random_predictions(num_clips: int, num_classes: int, seed: int = 0) -> Predictions:
    rng = np.random.default_rng(seed)
    truth = np.eye(num_classes, dtype=np.float32)[rng.integers(num_classes, size=num_clips)]
    clip_ids = [f"curated/{index}.wav" for index in range(num_clips)]
    classes = [f"class {index}" for index in range(num_classes)]
    return Predictions(clip_ids, classes, truth, np.clip(rng.random(truth.shape) + 0.3 * truth, 0, 1))


def test_scores_by_hand() -> None:
    scores = score(HAND)
    assert scores.lwlrap == pytest.approx((1 + 1 / 2 + 2 / 3 + 1 / 3) / 4)
    assert scores.accuracy == pytest.approx(1 / 3)
    assert scores.num_clips == 3


def test_each_class_by_hand() -> None:
    table = per_class(HAND).set_index("class")
    assert table["lwlrap"].tolist() == pytest.approx([(1 + 1 / 3) / 2, 1 / 2, 2 / 3])
    assert table["count"].tolist() == [2, 1, 1]
    assert table["accuracy"].tolist() == pytest.approx([1 / 2, 0, 0])
    assert table.loc["A", ["low", "high"]].tolist() == pytest.approx([1 / 3, 1])
    assert table.loc[["B", "C"], ["low", "high"]].isna().all(axis=None)  # one clip says nothing of spread


def test_a_class_without_clips_has_no_score() -> None:
    table = per_class(predictions([[1, 0], [1, 0]], [[0.9, 0.1], [0.2, 0.8]], "AB"))
    assert table["count"].tolist() == [2, 0]
    assert table.loc[1, ["lwlrap", "low", "high", "accuracy"]].isna().all()


def test_the_interval_is_that_of_resampled_clips() -> None:
    """For a mean of many clips the bootstrap agrees with the normal approximation."""
    own = random_predictions(2_000, 4)
    table = per_class(own)
    for column in range(4):
        has = own.truth[:, column] > 0
        rank = (own.probabilities[has] >= own.probabilities[has, column][:, None]).sum(axis=1)
        half = 1.96 * (1 / rank).std() / np.sqrt(has.sum())
        assert table["low"][column] == pytest.approx(table["lwlrap"][column] - half, abs=0.2 * half)
        assert table["high"][column] == pytest.approx(table["lwlrap"][column] + half, abs=0.2 * half)
    pd.testing.assert_frame_equal(table, per_class(own))
    assert not np.allclose(table["low"], per_class(own, seed=1)["low"])


def test_confusion_counts_true_by_predicted_of_single_labels() -> None:
    table = confusion(HAND)
    assert table.loc["A"].tolist() == [1, 0, 1]
    assert table.to_numpy().sum() == 2  # neither the clip with two labels nor the one with none


def test_cells_of_a_confusion_name_the_clips_that_they_count() -> None:
    own = random_predictions(60, 4)
    counts = confusion(own)
    found = [confused_clips(own, true, heard) for true in own.classes for heard in own.classes]
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


def test_calibration_by_hand() -> None:
    own = predictions([[1, 0], [0, 1], [0, 0]], [[1.0, 0.1], [0.3, 0.2], [0.9, 0.9]], "AB")
    table = calibration(own, num_bins=2)
    assert table[["low", "high"]].to_numpy().tolist() == [[0, 0.5], [0.5, 1]]
    assert table["count"].tolist() == [3, 1]  # the unlabelled clip says nothing
    assert table["confidence"].tolist() == pytest.approx([0.2, 1.0])
    assert table["frequency"].tolist() == pytest.approx([1 / 3, 1])
    assert calibration(own, num_bins=10)["confidence"].isna().sum() == 6


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
    assert np.isnan(score(empty).lwlrap)
    assert per_class(empty)["lwlrap"].isna().all()
    assert confusion(empty).to_numpy().sum() == outranking(empty).to_numpy().sum() == 0
    assert calibration(empty)["count"].sum() == 0
    assert worst_clips(empty, 5).empty


def write_truth(path: Path, text: str) -> pd.DataFrame:
    path.write_text(text)
    return read_truth(path)


def test_truth_from_a_table(tmp_path: Path) -> None:
    text = 'fname,labels,usage,license\na.wav,"A, B",Public,CC0\nb.wav,C,private,CC0\nc.wav,,Private,CC0\n'
    truth = write_truth(tmp_path / "truth.csv", text)
    assert truth.to_numpy().tolist() == [
        ["test/a.wav", "A,B", "Public"],
        ["test/b.wav", "C", "Private"],
        ["test/c.wav", "", "Private"],
    ]
    assert write_truth(tmp_path / "plain.csv", "fname,labels\na.wav,A\n")["usage"].tolist() == [""]


def test_truth_from_both_layouts(kaggle_set: Path, zenodo_set: Path) -> None:
    zenodo = read_truth(open_dataset(zenodo_set))
    assert zenodo["usage"].tolist() == ["Private", "Public", "Private", "Public"]
    assert zenodo.loc[0, ["clip_id", "labels"]].tolist() == ["test/test_bark.wav", "Bark"]
    kaggle = read_truth(open_dataset(kaggle_set))
    assert kaggle["labels"].tolist() == [""] * 4
    assert kaggle["usage"].tolist() == [""] * 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fname,label\na.wav,A\n", "no column 'labels'"),
        ("name,labels\na.wav,A\n", "no column 'fname'"),
        ("fname,labels\na.wav,A\na.wav,B\n", "'a.wav' occurs twice"),
    ],
)
def test_a_truth_that_is_none_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DatasetError, match=words) as error:
        write_truth(tmp_path / "truth.csv", text)
    assert "\n" not in str(error.value)


def test_public_and_private_apart() -> None:
    rows = [("test/0.wav", "A", "Public"), ("test/1.wav", "B", "Private"), ("test/2.wav", "D", "Private")]
    truth = pd.DataFrame(rows, columns=["clip_id", "labels", "usage"])
    own = Predictions(
        ["test/2.wav", "test/9.wav", "test/1.wav", "test/0.wav"],
        ["B", "A"],
        np.zeros((4, 2)),
        np.array([[0.3, 0.7], [0.5, 0.5], [0.4, 0.6], [0.2, 0.8]]),
    )
    test = with_truth(own, truth)
    assert test.classes == ["B", "A", "D"]
    assert test.clip_ids == ["test/2.wav", "test/1.wav", "test/0.wav"]
    scores = score_by_usage(test, truth)
    assert {usage: value.num_clips for usage, value in scores.items()} == {
        "all": 3,
        "Public": 1,
        "Private": 2,
    }
    assert scores["Public"].lwlrap == pytest.approx(1)
    assert scores["Private"].lwlrap == pytest.approx((1 / 2 + 1 / 3) / 2)  # D was never seen: ranked last
    assert list(score_by_usage(test, truth.assign(usage=""))) == ["all"]
    with pytest.raises(DatasetError, match="labels none of the 4 test clips"):
        with_truth(own, truth.assign(clip_id="test/x.wav"))
