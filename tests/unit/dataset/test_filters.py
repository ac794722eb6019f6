"""Filters of the catalogue: which rows each leaves, and in which order."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from fsat_core.dataset.filters import Filters, LabelKind, select_clips
from fsat_core.dataset.lengths import abnormal_lengths

USUAL = Filters(short_frames=17_640)


def test_only_what_leaves_clips_out_narrows() -> None:
    kept = replace(USUAL, show="long", order="name", long_frames=7, short_frames=3)
    assert not kept.narrows
    assert replace(kept, find="x").narrows
    assert replace(kept, split=["test"]).narrows


@pytest.fixture
def catalogue() -> pd.DataFrame:
    rows = [
        ("curated", "Aa.wav", "Bark", 100, ""),
        ("curated", "b.wav", "Bark_and_yell", 300, ""),
        ("noisy", "c.wav", "Bark,Yell", 200, ""),
        ("test", "d.wav", "", 0, "d.wav: empty"),
    ]
    table = pd.DataFrame(rows, columns=["split", "fname", "labels", "num_frames", "error"])
    table["num_labels"] = [1, 1, 2, 0]
    return table


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, ["b.wav", "c.wav", "Aa.wav", "d.wav"]),
        ({"order": "shortest"}, ["d.wav", "Aa.wav", "c.wav", "b.wav"]),
        ({"label": "Bark"}, ["c.wav", "Aa.wav"]),
        ({"label": "Yell"}, ["c.wav"]),
        ({"labels": "single"}, ["b.wav", "Aa.wav"]),
        ({"labels": "several"}, ["c.wav"]),
        ({"split": ["noisy", "test"]}, ["c.wav", "d.wav"]),
        ({"find": "AA"}, ["Aa.wav"]),
        ({"find": ".*"}, []),
        ({"min_frames": 200}, ["b.wav", "c.wav"]),
        ({"max_frames": 200}, ["c.wav", "Aa.wav"]),
        ({"show": "long"}, ["b.wav"]),
        ({"show": "short"}, ["Aa.wav"]),
        ({"show": "unreadable"}, ["d.wav"]),
        ({"show": "abnormal"}, ["b.wav", "Aa.wav"]),
    ],
)
def test_each_filter_leaves_the_right_rows(
    catalogue: pd.DataFrame, changes: dict[str, Any], names: list[str]
) -> None:
    filters = replace(Filters(short_frames=150, long_frames=250, show="all"), **changes)
    marks = abnormal_lengths(catalogue, filters.long_frames, filters.short_frames)
    assert catalogue["fname"].iloc[filters.select(catalogue, marks)].tolist() == names


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
def test_select_clips(
    small_catalogue: pd.DataFrame, splits: list[str], labels: LabelKind, expected: list[int]
) -> None:
    assert list(select_clips(small_catalogue, splits, labels).index) == expected
