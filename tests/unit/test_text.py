"""Wording that messages share."""

import pytest

from fsat_core.text import counted, list_some, size_text


@pytest.mark.parametrize(
    ("num_bytes", "text"),
    [(0, "0 kB"), (640_400, "640 kB"), (14_560_000, "14.6 MB"), (2_100_000_000, "2.1 GB")],
)
def test_sizes(num_bytes: int, text: str) -> None:
    assert size_text(num_bytes) == text


def test_names_and_counts() -> None:
    assert list_some(["a", "b", "c"], 3) == "a, b, c"
    assert list_some(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert [counted(number, "clip") for number in (0, 1, 1_234)] == ["0 clips", "1 clip", "1,234 clips"]
