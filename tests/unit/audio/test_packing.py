"""What the player works out before it draws."""

from pathlib import Path

import numpy as np
import pytest

from fsat_core.audio.mel import mel_frequencies
from ui.player.component import player
from ui.player.sound import frequency_ticks


def test_frequency_ticks_lie_at_the_rows_of_their_frequencies() -> None:
    centres_hz = mel_frequencies(44_100, 128)
    ticks = {label: height for height, label in frequency_ticks(centres_hz)}
    assert list(ticks) == [
        "50 Hz",
        "100 Hz",
        "200 Hz",
        "500 Hz",
        "1 kHz",
        "2 kHz",
        "4 kHz",
        "8 kHz",
        "16 kHz",
    ]
    for label, hz in (("500 Hz", 500), ("1 kHz", 1_000), ("8 kHz", 8_000)):
        row = ticks[label] * 128 - 0.5
        assert np.interp(row, np.arange(128), centres_hz) == pytest.approx(hz)


def test_frequency_ticks_are_spaced_as_ears_hear() -> None:
    ticks = {label: height for height, label in frequency_ticks(mel_frequencies(44_100, 128))}
    low, high = ticks["1 kHz"] - ticks["500 Hz"], ticks["8 kHz"] - ticks["4 kHz"]
    assert low < high < 3 * low  # eight times as many hertz, but not eight times as high


def test_frequencies_outside_the_picture_have_no_tick() -> None:
    labels = [label for _, label in frequency_ticks(np.array([120.0, 400.0, 900.0]))]
    assert labels == ["200 Hz", "500 Hz"]


@pytest.mark.parametrize("key", ["", "a b", "a.b", "#a"])
def test_a_key_that_is_no_css_class_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="expected letters, digits"):
        player(Path("x.wav"), key=key, label="x")
