"""Abnormal lengths: thresholds, and groups of one exact length told from chance."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.dataset.lengths import LONG_S, abnormal_lengths, describe_abnormal, shared_lengths

NUM_CLIPS = 28_000
BLOCK = 1_152  # frames per MP3 frame


@pytest.fixture
def lengths() -> np.ndarray:
    """28,000 lengths spread over 0.3 to 30 s without any structure."""
    rng = np.random.default_rng(0)
    return np.exp(rng.uniform(np.log(13_230), np.log(1_323_000), NUM_CLIPS)).astype(np.int64)


def catalogue(
    num_frames: list[int], errors: list[str] | None = None, sample_rate: int = 44_100
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "num_frames": num_frames,
            "error": errors or [""] * len(num_frames),
            "num_same": 0,
            "duration_s": [frames / sample_rate for frames in num_frames],
        }
    )


def test_chance_meetings_are_not_reported(lengths: np.ndarray) -> None:
    assert pd.Series(lengths).duplicated().any()
    assert shared_lengths(pd.Series(lengths)).empty


@pytest.mark.parametrize(("length", "size"), [(2_538_889, 2), (44_100, 30), (661_500, 5)])
def test_a_group_beyond_chance_is_reported(lengths: np.ndarray, length: int, size: int) -> None:
    groups = shared_lengths(pd.Series(np.append(lengths, [length] * size)))
    assert groups.index.tolist() == [length]
    assert groups[length] >= size


def test_lengths_rounded_to_codec_blocks_are_chance(lengths: np.ndarray) -> None:
    rounded = pd.Series(lengths // BLOCK * BLOCK)
    assert rounded.value_counts().max() > 100
    assert shared_lengths(rounded, typical_share=1).empty


def test_a_group_stands_out_among_rounded_lengths(lengths: np.ndarray) -> None:
    rounded = lengths // BLOCK * BLOCK
    groups = shared_lengths(pd.Series(np.append(rounded, [500 * BLOCK] * 60)))
    assert groups.index.tolist() == [500 * BLOCK]


def test_the_usual_length_of_a_set_is_not_unusual(lengths: np.ndarray) -> None:
    usual = pd.Series(np.append(lengths, [220_500] * 5_000))
    assert shared_lengths(usual).empty
    assert shared_lengths(usual, typical_share=1).to_dict() == {220_500: 5_000 + (lengths == 220_500).sum()}
    assert shared_lengths(pd.Series([220_500] * 240)).empty


def test_smallest_group_is_a_parameter() -> None:
    lengths = pd.Series([*range(20_000, 60_000, 500), 2_000_000, 2_000_000])
    assert shared_lengths(lengths).to_dict() == {2_000_000: 2}
    assert shared_lengths(lengths, min_clips=3).empty


def test_no_clips_no_groups() -> None:
    assert shared_lengths(pd.Series([], dtype="int64")).empty


def test_thresholds_are_exclusive() -> None:
    table = abnormal_lengths(catalogue([99, 100, 500, 501], sample_rate=10), long_s=50.0, short_s=10.0)
    assert table["long"].tolist() == [False, False, False, True]
    assert table["short"].tolist() == [True, False, False, False]


def test_unreadable_clips_have_no_abnormal_length() -> None:
    rows = catalogue([0, 0, 2_000_000], ["empty", "empty", ""])
    table = abnormal_lengths(rows, long_s=20.0, short_s=0.1)
    assert table["short"].tolist() == [False, False, False]
    assert table["long"].tolist() == [False, False, True]


def test_rows_keep_the_index_of_the_catalogue() -> None:
    rows = catalogue([10, 20, 30], sample_rate=1).set_index(pd.Index([7, 3, 5]))
    assert abnormal_lengths(rows, long_s=25.0, short_s=15.0).index.tolist() == [7, 3, 5]


def test_a_time_is_long_or_short_at_every_sample_rate() -> None:
    rows = pd.concat(
        [catalogue([8_000, 2_500_001], sample_rate=16_000), catalogue([8_000, 2_500_000, 2_500_001])]
    )
    table = abnormal_lengths(rows, LONG_S, 0.4)
    assert table["short"].tolist() == [False, False, True, False, False]
    assert table["long"].tolist() == [False, True, False, False, True]


def test_what_is_odd_in_words() -> None:
    clips = pd.DataFrame({"error": ["", "", "", "truncated"]})
    abnormal = pd.DataFrame(
        {"long": [False, True, False, False], "short": [False, False, True, False], "num_same": [0, 3, 0, 0]}
    )
    assert describe_abnormal(clips, abnormal) == [
        "",
        "Long, 3 clips of this length",
        "Short",
        "Cannot be read",
    ]
