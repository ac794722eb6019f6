"""What a header may promise: rates, channels and lengths that are worked on, and one line for all others."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fsat_core.audio import (
    FeatureSpec,
    browser_audio,
    build_cache,
    envelope,
    extract,
    mel_overview,
    mfcc_overview,
    read_header,
    read_mono,
    windows,
)
from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.levels import measure_levels
from fsat_core.audio.limits import HIGHEST_RATE, LOUDEST, LOWEST_RATE, check_limits, max_frames, within_memory
from fsat_core.audio.packing import read_sound
from fsat_core.audio.spectrogram import usual_spectrogram
from fsat_core.errors import AudioError, ConfigError
from fsat_core.settings import Settings
from tools.long_sounds import write_silent_flac, write_sparse_wav


def wav_at(path: Path, sample_rate: int, num_frames: int = 1_000) -> Path:
    """A WAV whose header names this rate."""
    sound = bytes(2 * num_frames)
    fmt = struct.pack("<IHHIIHH", 16, 1, 1, sample_rate, min(2 * sample_rate, 2**32 - 1), 2, 16)
    body = b"WAVEfmt " + fmt + b"data" + struct.pack("<I", len(sound)) + sound
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


class Upload(io.BytesIO):
    """A file in memory that knows its name, as a page gets it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.read_bytes())
        self.name = path.name


READERS: dict[str, Callable[[Path], object]] = {
    "header": read_header,
    "samples": read_mono,
    "blocks": MonoWave,
    "upload": lambda path: read_mono(Upload(path)),
    "browser": browser_audio,
    "envelope": lambda path: envelope(path, 0, 1, 100),
    "spectrogram": mel_overview,
    "player": read_sound,
}
EVERY_READER = pytest.mark.parametrize("read", READERS.values(), ids=READERS)


@EVERY_READER
@pytest.mark.parametrize("sample_rate", [1, 10, 99, 1_000_001, 10**8, 2**31 - 1])
def test_a_rate_that_no_sound_has_is_refused(
    tmp_path: Path, sample_rate: int, read: Callable[[Path], object]
) -> None:
    with pytest.raises(AudioError, match=rf"^a\.wav: a sample rate of {sample_rate:,} Hz, expected 100 to"):
        read(wav_at(tmp_path / "a.wav", sample_rate))


@EVERY_READER
def test_a_day_of_silence_in_68_bytes_is_refused(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = write_silent_flac(tmp_path / "a.flac", 86_400, 1)
    with pytest.raises(AudioError, match=r"^a\.flac: a sample rate of 1 Hz"):
        read(path)


@EVERY_READER
def test_a_clip_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], object]
) -> None:
    monkeypatch.setenv("FSAT_MAX_CLIP_S", "60")
    soundfile.write(tmp_path / "a.flac", np.zeros(60 * 8_000 + 1), 8_000)
    with pytest.raises(AudioError, match=r"^a\.flac: 60 s of sound, expected at most 60 s; .*FSAT_MAX"):
        read(tmp_path / "a.flac")
    monkeypatch.setenv("FSAT_MAX_CLIP_S", "61")
    read(tmp_path / "a.flac")


def test_four_hours_are_read_and_not_more(tmp_path: Path) -> None:
    assert read_header(write_sparse_wav(tmp_path / "a.wav", 4 * 3_600)).num_frames == 4 * 3_600 * 44_100
    with pytest.raises(AudioError, match=r"^b\.wav: 14,401 s of sound, expected at most 14,400 s"):
        read_header(write_sparse_wav(tmp_path / "b.wav", 4 * 3_600 + 1))


@pytest.mark.parametrize("sample_rate", [LOWEST_RATE, 250, 8_000, 384_000, HIGHEST_RATE])
def test_rates_of_loggers_and_of_hydrophones_are_read(tmp_path: Path, sample_rate: int) -> None:
    path = wav_at(tmp_path / "a.wav", sample_rate)
    assert read_header(path).sample_rate == sample_rate
    assert read_sound(path, mfcc=True).duration_s == pytest.approx(1_000 / sample_rate)


def test_channels_count_against_the_length() -> None:
    assert max_frames(48_000, 8) == 14_400 * 48_000
    assert max_frames(48_000, 16) == 7_200 * 48_000
    assert max_frames(768_000, 1) == 14_400 * 384_000
    check_limits("a.wav", 7_200 * 48_000, 48_000, 16)
    with pytest.raises(AudioError, match=r"7,201 s of sound of 16 channels at 48,000 Hz, .* at most 7,200"):
        check_limits("a.wav", 7_201 * 48_000, 48_000, 16)
    for num_channels in (0, 1_025):
        with pytest.raises(AudioError, match=rf"{num_channels:,} channels, expected 1 to 1,024"):
            check_limits("a.wav", 1, 48_000, num_channels)


@pytest.mark.parametrize("value", [1.01 * LOUDEST, -1e19, 3e38, np.nan, np.inf])
def test_a_sample_that_no_sum_of_squares_can_hold_is_refused(tmp_path: Path, value: float) -> None:
    samples = np.zeros(1_000)
    samples[500] = value
    soundfile.write(tmp_path / "a.wav", samples, 8_000, subtype="FLOAT")
    for read in (read_mono, read_sound):
        with pytest.raises(AudioError, match=r"^a\.wav: holds a sample "):
            read(tmp_path / "a.wav")


@pytest.mark.parametrize("level", [1e-30, 1.0, LOUDEST])
def test_what_is_computed_of_the_loudest_sound_is_finite(tmp_path: Path, level: float) -> None:
    path = tmp_path / "a.wav"
    tone = level * np.sign(np.sin(2 * np.pi * 100 * np.arange(80_000) / 8_000))
    soundfile.write(path, tone, 8_000, subtype="FLOAT")
    wave = MonoWave(path)
    levels = measure_levels(wave.at(8_000), 8_000)
    assert np.isfinite([levels.peak, levels.rms_db, levels.silence_ratio, levels.clipping_ratio]).all()
    for spec in (
        FeatureSpec("wave", 8_000, 2.0),
        FeatureSpec("wave", 44_100, 2.0),
        FeatureSpec("mfcc", 4_000, 2.0),
        FeatureSpec("mfcc", 192_000, 2.0),
    ):
        at_rate = np.concatenate(list(wave.at(spec.sample_rate)))
        assert np.isfinite(extract(windows(at_rate, spec.num_samples), spec)).all()
    for picture in (
        usual_spectrogram(mel_overview(path)).db,
        mfcc_overview(mel_overview(path, with_mean=True))[0],
    ):
        assert np.isfinite(picture).all()


def test_a_loud_clip_is_left_out_of_features_by_name(tmp_path: Path) -> None:
    for name, level in (("good", 0.5), ("loud", 1e19)):
        soundfile.write(tmp_path / f"{name}.wav", np.full(8_000, level), 8_000, subtype="FLOAT")
    clips = [(name, tmp_path / f"{name}.wav") for name in ("good", "loud")]
    built = build_cache(clips, FeatureSpec("mfcc", 8_000, 0.5), tmp_path / "cache")
    assert list(built.errors) == ["loud"]
    assert built.errors["loud"].startswith("loud.wav: holds a sample of 1e+19, expected sound whose full")


@pytest.mark.parametrize("given", ["0", "-1", "59", "4h", "nan", "inf", "1e9"])
def test_a_limit_that_is_no_number_is_one_line(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("FSAT_MAX_CLIP_S", given)
    with pytest.raises(ConfigError, match=f"FSAT_MAX_CLIP_S='{given}', expected a number of seconds"):
        Settings.from_environment()


def test_child_processes_have_the_same_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSAT_MAX_CLIP_S", " 7200.5 ")
    settings = Settings.from_environment()
    assert settings.max_clip_s == 7_200.5
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment() == settings


def test_too_little_memory_is_the_error_of_one_clip() -> None:
    with pytest.raises(AudioError, match=r"^a\.wav: needs more memory than there is"), within_memory("a.wav"):
        raise MemoryError
