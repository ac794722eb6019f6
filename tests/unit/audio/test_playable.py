"""What browsers get: files as they are where browsers play them, and else 16-bit WAV."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fsat_core.audio import browser_audio, read_mono, resample
from fsat_core.audio.playable import saved_name
from tests.helpers.sound_files import RATE, noise, plain_wav, write


def played(path: Path) -> tuple[np.ndarray, int]:
    """The samples [shape=(n, num_channels)] and the rate of what a browser gets, which is WAV of 16 bits."""
    content, mime = browser_audio(path)
    assert mime == "audio/wav"
    assert soundfile.info(io.BytesIO(content)).subtype == "PCM_16"
    return soundfile.read(io.BytesIO(content), always_2d=True)


@pytest.mark.parametrize("rate", [100, 250, 2_560, 7_999, 192_000, 384_000])
@pytest.mark.parametrize("num_channels", [1, 2])
def test_rates_that_no_browser_plays_are_resampled(tmp_path: Path, rate: int, num_channels: int) -> None:
    path = tmp_path / "a.wav"
    times_s = np.arange(2 * rate) / rate
    tone = np.tile(0.5 * np.sin(2 * np.pi * 0.05 * rate * times_s)[:, np.newaxis], num_channels)
    soundfile.write(path, tone, rate, subtype="PCM_24")
    samples, new_rate = played(path)
    assert new_rate == (8_000 if rate < 8_000 else 96_000)
    assert samples.shape == (2 * new_rate, num_channels)
    expected = resample(tone[:, 0].astype(np.float32), rate, new_rate)
    np.testing.assert_allclose(samples[:, 0], expected[: len(samples)], atol=2e-3)


@pytest.mark.parametrize("num_channels", [3, 6, 33])
def test_many_channels_are_mixed_down(tmp_path: Path, num_channels: int) -> None:
    path = write(tmp_path / "a.wav", noise(num_channels=num_channels))
    samples, rate = played(path)
    assert (samples.shape[1], rate) == (1, RATE)
    np.testing.assert_allclose(samples[:, 0], read_mono(path)[0], atol=1e-4)


def test_a_file_that_claims_more_than_it_holds_is_converted(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(plain_wav(data_size=216))
    samples, _ = played(path)
    assert len(samples) == 100


@pytest.mark.parametrize(
    ("name", "mime", "saved"),
    [
        ("a.wav", "audio/wav", "a.wav"),
        ("a.m4a", "audio/wav", "a.wav"),
        ("a.b.AIFF", "audio/ogg", "a.b.ogg"),
        ("take 1.5", "audio/wav", "take 1.5.wav"),
        ("a.MP3", "audio/mpeg", "a.MP3"),
        ("a.opus", "audio/ogg", "a.opus"),
    ],
)
def test_sound_that_was_converted_is_saved_under_a_suffix_that_fits(name: str, mime: str, saved: str) -> None:
    assert saved_name(name, mime) == saved
