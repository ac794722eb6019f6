"""One class: which of its clips are typical or odd, and what it is confused with."""

import pandas as pd
import pytest

from fsat_core.evaluation import count_confusions
from fsat_core.evaluation.class_view import confused_with, rank_by_length, rank_by_run, take_ends
from tests.helpers.predictions import HAND, predictions


def test_the_clips_of_a_class_are_ranked_by_what_a_run_finds_in_them() -> None:
    clips = pd.DataFrame({"clip_id": ["curated/2.wav", "curated/0.wav", "curated/new.wav"]})
    ranked = rank_by_run(HAND, "A", clips)
    assert ranked.to_numpy().tolist() == [["curated/0.wav", 0.7, "A"], ["curated/2.wav", 0.1, "C"]]


def test_without_a_run_lengths_are_ranked_by_their_ratio_to_the_median() -> None:
    seconds = [1.0, 2.0, 2.2, 10.0, 0.0]
    clips = pd.DataFrame({"clip_id": list("abcde"), "duration_s": seconds, "num_frames": [1, 1, 1, 1, 0]})
    assert rank_by_length(clips)["clip_id"].tolist() == ["c", "b", "a", "d"]


@pytest.mark.parametrize(
    ("num", "first", "last"), [(0, [], []), (1, [0], []), (3, [0, 1], [2]), (9, [0, 1, 2], [8, 7, 6])]
)
def test_no_clip_is_both_typical_and_odd(num: int, first: list[int], last: list[int]) -> None:
    ends = take_ends(pd.DataFrame({"clip_id": range(num)}), 3)
    assert [end["clip_id"].tolist() for end in ends] == [first, last]


def test_a_class_is_confused_in_both_directions() -> None:
    truth = [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
    heard = [[0, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]]
    found = count_confusions(predictions(truth, [[float(cell) for cell in row] for row in heard]), False)
    assert confused_with(found, "A").to_numpy().tolist() == [["B", 1, 1], ["C", 0, 1]]
    assert confused_with(found, "A", most=1)["class"].tolist() == ["B"]
    assert confused_with(found, "C").to_numpy().tolist() == [["A", 1, 0], ["B", 1, 0]]
