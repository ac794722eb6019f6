"""What pages draw of a whole clip."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from fsat_core.audio import (
    envelope,
    mel_overview,
    mfcc,
    mfcc_overview,
    read_mono,
)
from fsat_core.audio.pictures import image_jpeg
from fsat_core.audio.spectrogram import usual_spectrogram
from fsat_core.errors import AudioError

RATE = 8_000


def write(path: Path, samples: np.ndarray, sample_rate: int = RATE, subtype: str = "FLOAT") -> Path:
    """The path of a new WAV."""
    soundfile.write(path, samples, sample_rate, subtype=subtype)
    return path


def noise(num_frames: int, num_channels: int = 1) -> np.ndarray:
    """Seeded noise [shape=(num_frames, num_channels)]."""
    return 0.1 * np.random.default_rng(0).standard_normal((num_frames, num_channels))


def test_an_envelope_holds_the_extremes_of_the_mono_mix(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", noise(10_000, 2))
    wave, _ = read_mono(path)
    seen = envelope(path, 0.25, 1.0, 100)
    part = wave[2_000:8_000].reshape(100, 60)
    assert not seen.is_samples
    np.testing.assert_array_equal(seen.low, part.min(axis=1))
    np.testing.assert_array_equal(seen.high, part.max(axis=1))
    np.testing.assert_allclose(seen.times_s, (2_000 + 60 * np.arange(100) + 29.5) / RATE)


@pytest.mark.parametrize("block_frames", [1, 777, 1 << 20])
def test_blocks_leave_no_trace(tmp_path: Path, block_frames: int) -> None:
    path = write(tmp_path / "a.wav", noise(9_999))
    whole = envelope(path, 0, 2, 300)
    for expected, seen in zip(whole, envelope(path, 0, 2, 300, block_frames), strict=True):
        np.testing.assert_array_equal(seen, expected)


def test_every_sample_is_in_a_bin(tmp_path: Path) -> None:
    for place in (0, 4_567, 9_998):
        samples = np.zeros(9_999)
        samples[place] = 1
        seen = envelope(write(tmp_path / f"{place}.wav", samples), 0, 9_999 / RATE, 700)
        assert len(seen.high) == 700
        assert (seen.high == 1).sum() == 1
        assert abs(seen.times_s[seen.high.argmax()] - place / RATE) <= 15 / RATE


def test_zoomed_in_it_is_the_samples(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", noise(10_000))
    wave, _ = read_mono(path)
    seen = envelope(path, 0.5, 0.51, 100)
    assert seen.is_samples
    np.testing.assert_array_equal(seen.low, wave[4_000:4_080])
    np.testing.assert_array_equal(seen.high, seen.low)
    np.testing.assert_allclose(seen.times_s, np.arange(4_000, 4_080) / RATE)


def test_only_the_part_in_view_is_read(tmp_path: Path) -> None:
    samples = noise(10_000)
    samples[9_000] = np.nan  # reading it is an error
    path = write(tmp_path / "a.wav", samples)
    assert len(envelope(path, 0, 1.0, 100).low) == 100
    with pytest.raises(AudioError, match="finite"):
        envelope(path, 0, 1.25, 100)


@pytest.mark.parametrize(("start_s", "stop_s"), [(-5, 99), (0, 1.25)])
def test_a_view_wider_than_the_clip_ends_with_it(tmp_path: Path, start_s: float, stop_s: float) -> None:
    seen = envelope(write(tmp_path / "a.wav", noise(10_000)), start_s, stop_s, 100)
    np.testing.assert_allclose(seen.times_s[[0, -1]], [49.5 / RATE, 9_949.5 / RATE])


@pytest.mark.parametrize(("start_s", "stop_s"), [(99, 100), (1, 1), (1, 0)])
def test_an_empty_view_is_one_sample(tmp_path: Path, start_s: float, stop_s: float) -> None:
    assert len(envelope(write(tmp_path / "a.wav", noise(10_000)), start_s, stop_s, 100).low) == 1


def test_an_upload_has_an_envelope(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", noise(10_000))
    upload = io.BytesIO(path.read_bytes())
    np.testing.assert_array_equal(envelope(upload, 0, 1, 50).low, envelope(path, 0, 1, 50).low)


@pytest.mark.parametrize("sample_rate", [8_000, 44_100, 192_000])
def test_a_tone_burst_is_where_it_sounds(tmp_path: Path, sample_rate: int) -> None:
    time_s = np.arange(2 * sample_rate) / sample_rate
    burst = np.sin(2 * np.pi * 1_000 * time_s) * (np.abs(time_s - 1.5) < 0.05)
    picture = usual_spectrogram(mel_overview(write(tmp_path / "a.wav", burst, sample_rate)))
    assert (
        picture.db.shape == (128, len(picture.times_s)) == (len(picture.frequencies_hz), picture.db.shape[1])
    )
    row, column = np.unravel_index(picture.db.argmax(), picture.db.shape)
    assert row == np.abs(picture.frequencies_hz - 1_000).argmin()
    assert picture.times_s[column] == pytest.approx(1.5, abs=0.06)
    assert picture.db.max() - picture.db.min() > 80


@pytest.mark.parametrize("num_frames", [100, 2_400, 100_001, 120_000, 480_000, 480_001])
def test_a_picture_has_many_columns_but_not_too_many(tmp_path: Path, num_frames: int) -> None:
    path = write(tmp_path / "a.wav", noise(num_frames))
    mel = mel_overview(path, 400, with_mean=True)
    for matrix, times_s in (usual_spectrogram(mel)[:2], mfcc_overview(mel)):
        assert matrix.dtype == np.float32
        assert matrix.shape[1] == len(times_s) <= 400
        assert matrix.shape[1] >= min(300, num_frames // 32)
        assert (np.diff(times_s) > 0).all()
        assert 0 <= times_s[0] < times_s[-1] <= num_frames / RATE + 0.3


def test_a_click_in_a_long_clip_stays_visible(tmp_path: Path) -> None:
    samples = np.zeros(60 * RATE)
    samples[33 * RATE] = 1
    picture = usual_spectrogram(mel_overview(write(tmp_path / "a.wav", samples), max_columns=100))
    loudest = picture.db.max(axis=0)
    assert picture.times_s[loudest.argmax()] == pytest.approx(33, abs=0.6)
    assert loudest.max() > np.median(loudest) + 50


@pytest.mark.parametrize("sample_rate", [8_000, 16_000, 44_100, 96_000, 192_000])
def test_no_row_is_empty(tmp_path: Path, sample_rate: int) -> None:
    picture = usual_spectrogram(mel_overview(write(tmp_path / "a.wav", noise(sample_rate), sample_rate)))
    assert picture.db.mean(axis=1).min() > picture.db.mean() - 20


def test_silence_draws(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros(RATE))
    mel = mel_overview(path, with_mean=True)
    for matrix in (usual_spectrogram(mel).db, mfcc_overview(mel)[0]):
        assert np.isfinite(matrix).all()
        assert Image.open(io.BytesIO(image_jpeg(matrix))).size == matrix.shape[::-1]


def test_an_mfcc_overview_is_the_mean_over_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", noise(512 * 99))
    coefficients = mfcc(read_mono(path)[0], RATE, n_mfcc=20)
    pooled, times_s = mfcc_overview(mel_overview(path, max_columns=30, with_mean=True), n_mfcc=20)
    assert pooled.shape == (20, 25)
    np.testing.assert_allclose(pooled, coefficients.reshape(20, 25, 4).mean(axis=2), atol=1e-3)
    np.testing.assert_allclose(times_s, (4 * np.arange(25) + 1.5) * 512 / RATE)


@pytest.mark.parametrize("max_columns", [30, 1_200])
@pytest.mark.parametrize("block", [100, 7_777, 40_000])
def test_spectrograms_do_not_hang_on_blocks(tmp_path: Path, max_columns: int, block: int) -> None:
    samples = noise(50_000) * np.linspace(0, 1, 50_000)[:, np.newaxis] ** 8  # parts of it are below the floor
    path = write(tmp_path / "a.wav", samples)
    whole, in_blocks = (
        mel_overview(path, max_columns, with_mean=True, block=size) for size in (1 << 20, block)
    )
    np.testing.assert_array_equal(in_blocks.times_s, whole.times_s)
    np.testing.assert_allclose(in_blocks.loudest, whole.loudest, rtol=1e-4)
    np.testing.assert_allclose(in_blocks.mean_db, whole.mean_db, atol=1e-3)


def test_the_mean_of_a_last_short_column_is_over_what_it_has(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", noise(512 * 100))
    coefficients = mfcc(read_mono(path)[0], RATE, n_mfcc=20)
    pooled, _ = mfcc_overview(mel_overview(path, max_columns=30, with_mean=True), n_mfcc=20)
    np.testing.assert_allclose(pooled[:, -1], coefficients[:, -1], atol=1e-3)


@pytest.mark.parametrize("read", [mel_overview, lambda path: envelope(path, 0, 1, 100)])
def test_a_bad_file_is_an_audio_error(tmp_path: Path, read: object) -> None:
    path = tmp_path / "a.wav"
    path.write_text("not audio")
    with pytest.raises(AudioError, match=r"a\.wav: a text file"):
        read(path)  # type: ignore[operator]
