"""What a browser is given of a clip."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fsat_core.audio.mel import mel_frequencies
from fsat_core.audio.packing import file_stamp, frequency_ticks, pack_picture, pack_wave, read_sound
from fsat_core.errors import AudioError


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


def test_an_open_file_is_read_as_one_at_a_path(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.sin(np.arange(4_410) / 7), 44_100, "PCM_24")
    by_path, opened = read_sound(path, mfcc=True), read_sound(io.BytesIO(path.read_bytes()), mfcc=True)
    assert (opened.content, opened.mime, opened.duration_s) == (by_path.content, "audio/wav", 0.1)
    assert [picture.caption for picture in opened.pictures] == [
        "Log-mel spectrogram, upper 80 dB",
        "MFCC, each coefficient standardised",
    ]
    assert list(map(pack_picture, opened.pictures)) == list(map(pack_picture, by_path.pictures))
    assert pack_wave(opened.overview, 0, 0.1) == pack_wave(by_path.overview, 0, 0.1)


def test_a_file_that_changes_has_another_stamp(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(b"one")
    before = file_stamp(path)
    assert file_stamp(path) == before
    path.write_bytes(b"three")
    assert file_stamp(path) != before
    path.unlink()
    with pytest.raises(AudioError, match=r"clip\.wav: cannot be read .* rescan the data set"):
        file_stamp(path)
