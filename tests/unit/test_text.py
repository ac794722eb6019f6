"""Wording that messages share."""

import pytest

from fsat_core.errors import AudioError
from fsat_core.text import counted, duration_text, list_some, readable, size_text


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("caf\u00e9 \U0001f600.wav", "caf\u00e9 \U0001f600.wav"),
        ("non\u00a0breaking", "non\u00a0breaking"),
        ("modi\udce8.wav", "modi\\xe8.wav"),
        ("two\nlines\r\t\x00\x1b\x85\u2028", "two\\u000alines\\u000d\\u0009\\u0000\\u001b\\u0085\\u2028"),
        ("\ud83d", "\\ud83d"),
    ],
)
def test_text_is_on_one_line_and_in_utf_8(text: str, shown: str) -> None:
    assert readable(text) == shown
    assert str(AudioError(text)) == shown
    shown.encode()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (36.4, "36 s"), (725, "12 min 5 s"), (3600, "1 h"), (12_000, "3 h 20 min"), (14_400, "4 h")],
)
def test_a_length_of_time_is_said_without_noughts(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
