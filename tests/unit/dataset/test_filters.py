"""Filters of the page Clips: what its address says is what it lists."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import pandas as pd
import pytest

from fsat_core.dataset.lengths import abnormal_lengths
from ui.clips.clip_filters import ORDER_CHOICES, SHOW_CHOICES, Filters
from ui.shared.links import clips_query

USUAL = Filters(short_frames=17_640)
SPLITS = ("curated", "noisy", "test")
CLASSES = ("Bark", "Bark_and_yell", "Yell")


def read(query: dict[str, str | list[str]]) -> Filters:
    """Filters from an address, over the text that a browser shows."""
    return Filters.read(parse_qs(urlencode(query, doseq=True)), USUAL, SPLITS, CLASSES)


@pytest.mark.parametrize(
    "filters",
    [
        USUAL,
        *(replace(USUAL, show=show) for show in SHOW_CHOICES),
        *(replace(USUAL, order=order) for order in ORDER_CHOICES),
        replace(USUAL, split=["curated", "test"], label="Bark_and_yell", labels="several"),
        replace(USUAL, min_frames=0, max_frames=1_000, find="a+b & c=d"),
        replace(USUAL, long_frames=5, short_frames=6),
    ],
)
def test_what_is_written_is_read_back(filters: Filters) -> None:
    assert read(filters.query(USUAL)) == filters


def test_a_plain_visit_lists_abnormal_lengths() -> None:
    assert read({}) == USUAL
    assert USUAL.show == "abnormal"


def test_a_filter_without_a_kind_of_length_lists_all_lengths() -> None:
    assert read({"label": "Yell"}) == replace(USUAL, show="all", label="Yell")


def test_links_from_other_pages_are_understood() -> None:
    link = clips_query(["noisy"], "Bark", min_frames=3, max_frames=9, labels="single", show="same")
    expected = replace(
        USUAL, show="same", split=["noisy"], label="Bark", labels="single", min_frames=3, max_frames=9
    )
    assert read(link) == expected


def test_nonsense_is_dropped() -> None:
    query: dict[str, str | list[str]] = {
        "show": "x",
        "split": ["mars", "test"],
        "label": "Cat",
        "labels": "9",
        "min_frames": "1e3",
        "long_frames": "0",
        "order": "random",
    }
    assert read(query) == replace(USUAL, show="all", split=["test"])


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
