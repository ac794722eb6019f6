"""Filters of the catalogue: which rows each leaves, and in which order."""

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from fsat_core.dataset import Catalogue
from fsat_core.dataset.catalogue import hold_catalogue
from fsat_core.dataset.filters import Filters, select_clips
from fsat_core.listing import LabelKind

USUAL = Filters()


def test_only_what_leaves_clips_out_narrows() -> None:
    kept = replace(USUAL, show="long", order="name", long_s=7.0, short_s=3.0)
    assert not kept.narrows
    assert replace(kept, find="x").narrows
    assert replace(kept, split=["test"]).narrows


@pytest.fixture
def catalogue() -> Catalogue:
    rows = [
        ("curated", "Aa.wav", "Bark", 100, ""),
        ("curated", "b.wav", "Bark_and_yell", 300, ""),
        ("noisy", "c.wav", "Bark,Yell", 200, ""),
        ("test", "d.wav", "", 0, "d.wav: empty"),
    ]
    table = pd.DataFrame(rows, columns=["split", "fname", "labels", "num_frames", "error"])
    table["num_labels"] = [1, 1, 2, 0]
    table["duration_s"] = [10.0, 30.0, 40.0, math.nan]  # c.wav has half the sample rate of the others
    table["num_same"] = 0
    return hold_catalogue(table)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, ["c.wav", "b.wav", "Aa.wav", "d.wav"]),
        ({"order": "shortest"}, ["d.wav", "Aa.wav", "b.wav", "c.wav"]),
        ({"order": "most_frames"}, ["b.wav", "c.wav", "Aa.wav", "d.wav"]),
        ({"order": "name_down"}, ["d.wav", "c.wav", "b.wav", "Aa.wav"]),
        ({"order": "split_down"}, ["d.wav", "c.wav", "Aa.wav", "b.wav"]),
        ({"label": "Bark"}, ["c.wav", "Aa.wav"]),
        ({"label": "Yell"}, ["c.wav"]),
        ({"labels": "single"}, ["b.wav", "Aa.wav"]),
        ({"labels": "several"}, ["c.wav"]),
        ({"label": "Bark", "also": "Yell"}, ["c.wav"]),
        ({"label": "Bark", "also": "Bark_and_yell"}, []),
        ({"num_labels": 1}, ["b.wav", "Aa.wav"]),
        ({"num_labels": 0}, ["d.wav"]),
        ({"min_s": 30.0}, ["c.wav", "b.wav"]),
        ({"max_s": 30.0}, ["b.wav", "Aa.wav"]),
        ({"split": ["noisy", "test"]}, ["c.wav", "d.wav"]),
        ({"find": "AA"}, ["Aa.wav"]),
        ({"find": ".*"}, []),
        ({"min_frames": 200}, ["c.wav", "b.wav"]),
        ({"max_frames": 200}, ["c.wav", "Aa.wav"]),
        ({"show": "long"}, ["c.wav"]),
        ({"show": "short"}, ["Aa.wav"]),
        ({"show": "unreadable"}, ["d.wav"]),
        ({"show": "abnormal"}, ["c.wav", "Aa.wav"]),
    ],
)
def test_each_filter_leaves_the_right_rows(
    catalogue: Catalogue, changes: dict[str, Any], names: list[str]
) -> None:
    filters = replace(Filters(short_s=15.0, long_s=35.0, show="all"), **changes)
    assert filters.select(catalogue).frame(["fname"])["fname"].tolist() == names


@pytest.mark.parametrize(
    ("splits", "labels", "expected"),
    [
        (["curated"], "all", [0, 1, 2]),
        (["curated"], "single", [0, 2]),
        (["curated", "noisy"], "several", [1, 4]),
        (["test"], "all", [6, 7]),
        (["test"], "single", []),
        ([], "all", [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_select_clips(
    small_catalogue: Catalogue, splits: list[str], labels: LabelKind, expected: list[int]
) -> None:
    found = select_clips(small_catalogue, splits, labels).frame(["fname"])["fname"]
    assert found.tolist() == [f"{number}.wav" for number in expected]
