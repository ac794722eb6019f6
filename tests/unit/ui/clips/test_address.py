"""The address of the page Clips: what it says is what is listed."""

from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import pytest

from fsat_core.dataset.filters import Filters
from fsat_core.listing import ORDERS, SHOW_CHOICES
from ui.clips.address import USUAL, filters_query, read_filters
from ui.shared.links import class_query, clips_query, evaluation_query

SPLITS = ("curated", "noisy", "test")
CLASSES = ("Bark", "Bark_and_yell", "Yell")


def read(query: dict[str, str | list[str]]) -> Filters:
    """Filters from an address, over the text that a browser shows."""
    return read_filters(parse_qs(urlencode(query, doseq=True)), SPLITS, CLASSES)


@pytest.mark.parametrize(
    "filters",
    [
        USUAL,
        *(replace(USUAL, show=show) for show in SHOW_CHOICES),
        *(replace(USUAL, order=order) for order in ORDERS),
        replace(USUAL, split=["curated", "test"], label="Bark_and_yell", labels="several"),
        replace(USUAL, label="Bark", also="Yell", num_labels=0),
        replace(USUAL, min_frames=0, max_frames=1_000, find="a+b & c=d"),
        replace(USUAL, long_s=5.0, short_s=1e-05, min_s=1 / 3, max_s=2_538_889 / 44_100),
    ],
)
def test_what_is_written_is_read_back(filters: Filters) -> None:
    assert read(filters_query(filters)) == filters


def test_a_plain_visit_lists_abnormal_lengths() -> None:
    assert read({}) == USUAL
    assert USUAL.show == "abnormal"


def test_a_filter_without_a_kind_of_length_lists_all_lengths() -> None:
    assert read({"label": "Yell"}) == replace(USUAL, show="all", label="Yell")


def test_links_from_other_pages_are_understood() -> None:
    link = clips_query(["noisy"], "Bark", lengths=[3, 9], unit="frames", labels="single", show="same")
    expected = replace(
        USUAL, show="same", split=["noisy"], label="Bark", labels="single", min_frames=3, max_frames=9
    )
    assert read(link) == expected
    assert read(clips_query(lengths=[0.5, 300 / 44_100])) == replace(
        USUAL, show="all", min_s=0.5, max_s=300 / 44_100
    )


def test_a_link_to_two_classes_and_to_a_number_of_labels_is_understood() -> None:
    assert read(clips_query(label="Bark", also="Yell")) == replace(
        USUAL, show="all", label="Bark", also="Yell"
    )
    assert read(clips_query(num_labels=0)) == replace(USUAL, show="all", num_labels=0)


def test_nonsense_is_dropped() -> None:
    query: dict[str, str | list[str]] = {
        "show": "x",
        "split": ["mars", "test"],
        "label": "Cat",
        "labels": "9",
        "min_frames": "1e3",
        "long_s": "0",
        "short_s": "nan",
        "min_s": "-1",
        "order": "random",
    }
    assert read(query) == replace(USUAL, show="all", split=["test"])


def test_links_keep_whose_labels_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.query_params", {"truth": "everybody"})
    for query in (clips_query(), class_query("Bark"), evaluation_query("r", "Classes")):
        assert query["truth"] == "everybody"
