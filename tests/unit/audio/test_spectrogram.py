"""Spectrograms as people want to look at them."""

import io
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from fsat_core.audio.overview import mel_overview
from fsat_core.audio.packing import draw_spectrogram, read_sound
from fsat_core.audio.spectrogram import (
    COLOURS,
    N_FFTS,
    SCALES,
    USUAL,
    Style,
    read_part,
    read_spectrogram,
    usual_spectrogram,
)

RATE = 44_100


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Two seconds of noise at -40 dBFS with a tone of 5 kHz from 1.0 to 1.2 s."""
    time_s = np.arange(2 * RATE) / RATE
    noise = 0.01 * np.random.default_rng(0).standard_normal(2 * RATE)
    burst = 0.5 * np.sin(2 * np.pi * 5_000 * time_s) * (np.abs(time_s - 1.1) < 0.1)
    soundfile.write(tmp_path / "tone.wav", noise + burst, RATE)
    return tmp_path / "tone.wav"


@pytest.mark.parametrize(("n_fft", "scale"), list(product(N_FFTS, SCALES)))
def test_a_tone_is_where_it_sounds_whatever_the_frames(tone: Path, n_fft: int, scale: str) -> None:
    picture = read_spectrogram(tone, n_fft, scale)  # type: ignore[arg-type]
    assert picture.db.shape == (len(picture.frequencies_hz), len(picture.times_s))
    assert picture.db.dtype == np.float32
    assert np.isfinite(picture.db).all()
    row, column = map(int, np.unravel_index(picture.db.argmax(), picture.db.shape))
    spacing = np.diff(picture.frequencies_hz)[min(row, len(picture.frequencies_hz) - 2)]
    assert picture.frequencies_hz[row] == pytest.approx(5_000, abs=max(spacing, 200))
    assert 1.0 - 0.05 <= picture.times_s[column] <= 1.2 + 0.05
    assert picture.db.mean(axis=1).min() > picture.db.mean() - 20  # no row is empty


def test_levels_compare_across_frames(tone: Path) -> None:
    usual = np.median(usual_spectrogram(mel_overview(tone)).db)
    for n_fft, scale in product(N_FFTS, SCALES):
        other = read_spectrogram(tone, n_fft, scale)
        assert np.median(other.db) == pytest.approx(usual, abs=8)


def test_the_usual_frames_give_the_usual_picture(tone: Path) -> None:
    usual, read = usual_spectrogram(mel_overview(tone)), read_spectrogram(tone, 0, "mel")
    np.testing.assert_array_equal(usual.db, read.db)
    np.testing.assert_array_equal(usual.times_s, read.times_s)


def test_range_and_colours_change_the_picture_alone(tone: Path) -> None:
    sound = read_sound(tone, mfcc=True, style=Style(n_fft=512, scale="linear", range_db=60, colours="gray"))
    first, mfcc = sound.pictures
    assert first.caption == "Spectrogram, FFT of 512 samples, upper 60 dB"
    assert [label for _, label in first.ticks] == ["5 kHz", "10 kHz", "15 kHz", "20 kHz"]
    assert mfcc == read_sound(tone, mfcc=True).pictures[1]
    red, green, blue = np.asarray(Image.open(io.BytesIO(first.jpeg))).reshape(-1, 3).T.astype(int)
    assert max(abs(red - green).max(), abs(green - blue).max()) <= 2
    looks = {
        draw_spectrogram(sound.spectrogram, replace(USUAL, range_db=range_db, colours=colours)).jpeg
        for range_db, colours in product((40, 100), COLOURS)
    }
    assert len(looks) == 2 * len(COLOURS)


def test_silence_is_dark_in_every_style(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(RATE), RATE)
    for n_fft, scale in product(N_FFTS, SCALES):
        picture = draw_spectrogram(
            read_spectrogram(tmp_path / "a.wav", n_fft, scale),
            Style(colours="gray"),
        )
        assert np.asarray(Image.open(io.BytesIO(picture.jpeg))).max() < 40


@pytest.mark.parametrize("scale", SCALES)
def test_a_part_is_finer_and_where_it_belongs(tone: Path, scale: str) -> None:
    part = read_part(tone, 0.95, 1.25, 512, scale)  # type: ignore[arg-type]
    whole = read_spectrogram(tone, 512, scale)  # type: ignore[arg-type]
    assert part.frequencies_hz.tolist() == whole.frequencies_hz.tolist()
    assert np.diff(part.times_s).max() < np.diff(whole.times_s).min()
    inside = (part.times_s > 0.95) & (part.times_s < 1.25)
    row = np.abs(part.frequencies_hz - 5_000).argmin()
    loud = part.times_s[inside][part.db[row, inside] > part.db[row].max() - 6]
    assert (loud.min(), loud.max()) == (pytest.approx(1.0, abs=0.01), pytest.approx(1.2, abs=0.01))
    assert part.db.max() == pytest.approx(whole.db.max(), abs=1)


def test_a_part_of_a_few_samples_draws(tone: Path) -> None:
    for start_s, stop_s in ((0.0, 1e-4), (1.99999, 2.0), (0.0, 2.0)):
        part = read_part(tone, start_s, stop_s, 0, "mel")
        assert part.times_s[0] - 0.02 <= start_s
        assert part.times_s[-1] + 0.02 >= stop_s
        assert draw_spectrogram(part, USUAL).jpeg
