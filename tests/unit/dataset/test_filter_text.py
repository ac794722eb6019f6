"""What filters leave, in words that tell one list from another."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fsat_core.dataset.filter_text import describe_filters
from fsat_core.dataset.filters import Filters

ALL = Filters(show="all")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "All clips"),
        ({"label": "Bark", "show": "long", "long_s": 10.0}, "Bark, longer than 10 s"),
        ({"show": "abnormal"}, "Of abnormal length"),
        ({"show": "short"}, "Shorter than 0.4 s"),
        ({"split": ["curated", "noisy"], "labels": "several"}, "Curated and noisy, with several labels"),
        ({"label": "Bark", "also": "Yell", "num_labels": 2}, "Bark and Yell, with 2 labels"),
        ({"num_labels": 0, "find": " 0a "}, "Without labels, named like 0a"),
        ({"min_s": 1.5, "max_s": 20.0, "max_frames": 44_100}, "1.5 to 20 s, at most 44,100 frames"),
        ({"status": ["relabelled", "removed"], "by": "ann"}, "Relabelled or removed by ann"),
        ({"since": date(2026, 1, 31), "min_frames": 5}, "Decided since 2026-01-31, at least 5 frames"),
        ({"order": "name", "show": "unreadable"}, "Unreadable"),
    ],
)
def test_what_filters_leave(changes: dict[str, Any], text: str) -> None:
    assert describe_filters(replace(ALL, **changes)) == text
