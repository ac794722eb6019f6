"""Samples and browser audio of good and bad files."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fsat_core.audio import browser_audio, read_header, read_mono, resample
from fsat_core.audio.playable import describe_loss
from fsat_core.errors import AudioError
from tests.helpers.sound_files import RATE, noise, plain_wav, write


class Upload(io.BytesIO):
    """A file in memory that knows its name, as a page gets it."""

    name = "clip.wav"


def half(path: Path) -> Path:
    """The file, cut to half its bytes."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


BAD_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.write_bytes(b""), "empty (0 bytes)"),
    "text": (lambda path: path.write_text("fname,labels\na.wav,Bark\n"), "a text file"),
    "random": (lambda path: path.write_bytes(bytes(range(256)) * 40), "not readable as audio"),
    "no frames": (lambda path: write(path, noise(0)), "0 frames"),
    "no frames AIFF": (lambda path: write(path, noise(0), container="AIFF"), "0 frames"),
    "no block size": (lambda path: path.write_bytes(plain_wav(block_align=0)), "'fmt '"),
    "header only": (lambda path: path.write_bytes(plain_wav()[:30]), "'data' chunk"),
    "hole": (lambda path: path.write_bytes(plain_wav()[:36] + bytes(10_000)), "'data' chunk"),
    "data before fmt": (lambda path: path.write_bytes(b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd"), "'fmt '"),
    "truncated": (lambda path: half(write(path, noise())), "promises 6,000 frames and the file holds 2,989"),
    "truncated 24-bit": (lambda path: half(write(path, noise(), "PCM_24")), "promises 6,000 frames"),
    "truncated ADPCM": (lambda path: half(write(path, noise(), "IMA_ADPCM")), "truncated"),
    "truncated RF64": (lambda path: half(write(path, noise(), container="RF64")), "promises 6,000 frames"),
    "truncated AIFF": (lambda path: half(write(path, noise(), container="AIFF")), "truncated"),
    "truncated AU": (lambda path: half(write(path, noise(), container="AU")), "truncated"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_is_one_clear_line_whoever_reads_it(tmp_path: Path, kind: str) -> None:
    make, expected = BAD_FILES[kind]
    path = tmp_path / "clip.wav"
    make(path)
    upload = Upload(path.read_bytes())
    readers: list[Callable[[], object]] = [
        lambda: read_header(path),
        lambda: read_mono(path),
        lambda: read_mono(upload),
        lambda: browser_audio(path),
    ]
    for reader in readers:
        with pytest.raises(AudioError) as caught:
            reader()
        message = str(caught.value)
        assert message.startswith("clip.wav: ")
        assert expected in message
        assert "\n" not in message


@pytest.mark.parametrize("name", ["missing.wav", "."])
def test_what_cannot_be_opened_is_an_audio_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(AudioError, match="cannot be opened"):
        read_header(tmp_path / name)


def test_a_flac_that_breaks_off_is_an_error_when_read(tmp_path: Path) -> None:
    path = half(write(tmp_path / "a.flac", noise(40_000), container="FLAC"))
    with pytest.raises(AudioError, match=r"a\.flac: (damaged|truncated)"):
        read_mono(path)


@pytest.mark.parametrize("num_channels", [1, 2, 5])
def test_mono_is_the_mean_over_channels(tmp_path: Path, num_channels: int) -> None:
    samples = noise(num_channels=num_channels)
    wave, rate = read_mono(write(tmp_path / "a.wav", samples, "DOUBLE"))
    assert (wave.dtype, wave.shape, rate) == (np.float32, (6_000,), RATE)
    np.testing.assert_allclose(wave, samples.mean(axis=1), atol=1e-7)


@pytest.mark.parametrize(("container", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS")])
def test_a_part_is_a_slice_of_the_whole(tmp_path: Path, container: str, subtype: str) -> None:
    path = write(tmp_path / "a.bin", noise(30_000, 2), subtype, container)
    whole, _ = read_mono(path)
    np.testing.assert_allclose(read_mono(path, 12_345, 678)[0], whole[12_345:13_023], atol=1e-6)
    np.testing.assert_allclose(read_mono(path, 29_990)[0], whole[29_990:], atol=1e-6)
    assert len(read_mono(path, 29_990, 1_000)[0]) == 10


@pytest.mark.parametrize("start", [-1, 6_000])
def test_a_part_outside_the_file_is_an_error(tmp_path: Path, start: int) -> None:
    path = write(tmp_path / "a.wav", noise())
    with pytest.raises(AudioError, match="expected 0 to 5,999"):
        read_mono(path, start)


def test_an_upload_reads_like_its_file_and_can_be_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", noise(), container="FLAC")
    upload = io.BytesIO(path.read_bytes())
    for _ in range(2):
        np.testing.assert_array_equal(read_mono(upload)[0], read_mono(path)[0])


@pytest.mark.parametrize("values", [(np.nan,), (np.inf,), (-np.inf, np.inf)])
def test_a_sample_that_is_not_finite_is_an_error(tmp_path: Path, values: tuple[float, ...]) -> None:
    samples = noise()
    samples[4_000 : 4_000 + len(values), 0] = values
    path = write(tmp_path / "a.wav", samples, "FLOAT")
    for reader in (read_mono, browser_audio):
        with pytest.raises(AudioError, match=r"a\.wav: .*not a finite number"):
            reader(path)
    assert len(read_mono(path, 0, 4_000)[0]) == 4_000


def test_resampling_keeps_a_tone_and_its_duration() -> None:
    wave = np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100).astype(np.float32)
    lower = resample(wave, 44_100, 16_000)
    assert lower.dtype == np.float32
    assert len(lower) == 16_000
    expected = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    np.testing.assert_allclose(lower[500:-500], expected[500:-500], atol=1e-3)


def test_resampling_removes_what_would_alias() -> None:
    wave = np.sin(2 * np.pi * 12_000 * np.arange(44_100) / 44_100).astype(np.float32)
    assert np.abs(resample(wave, 44_100, 16_000)[500:-500]).max() < 1e-3


def test_equal_rates_return_the_same_array() -> None:
    wave = np.ones(10, dtype=np.float32)
    assert resample(wave, 16_000, 16_000) is wave


@pytest.mark.parametrize(
    ("container", "subtype", "mime"),
    [
        ("WAV", "PCM_16", "audio/wav"),
        ("WAV", "PCM_U8", "audio/wav"),
        ("FLAC", "PCM_16", "audio/flac"),
        ("OGG", "VORBIS", "audio/ogg"),
        ("MP3", "MPEG_LAYER_III", "audio/mpeg"),
    ],
)
def test_what_a_browser_plays_is_passed_on(tmp_path: Path, container: str, subtype: str, mime: str) -> None:
    path = write(tmp_path / "a.wav", noise(), subtype, container)  # the name does not decide
    assert browser_audio(path) == (path.read_bytes(), mime)
    assert browser_audio(io.BytesIO(path.read_bytes())) == (path.read_bytes(), mime)


@pytest.mark.parametrize(
    ("container", "subtype"),
    [("AIFF", "PCM_16"), ("AU", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "PCM_24"), ("WAV", "IMA_ADPCM")],
)
def test_the_rest_becomes_16_bit_wav(tmp_path: Path, container: str, subtype: str) -> None:
    path = write(tmp_path / "a.wav", noise(num_channels=2), subtype, container)
    content, mime = browser_audio(path)
    assert browser_audio(io.BytesIO(path.read_bytes())) == (content, mime)
    assert mime == "audio/wav"
    info = soundfile.info(io.BytesIO(content))
    assert (info.format, info.subtype, info.channels) == ("WAV", "PCM_16", 2)
    expected = soundfile.read(path)[0]
    np.testing.assert_allclose(soundfile.read(io.BytesIO(content))[0], expected, atol=1e-4)


@pytest.mark.parametrize(("container", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("WAV", "FLOAT")])
def test_what_is_too_large_to_send_is_compressed(tmp_path: Path, container: str, subtype: str) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(10 * RATE) / RATE)
    path = write(
        tmp_path / "a.bin", np.column_stack([tone, tone + noise(10 * RATE)[:, 0]]), subtype, container
    )
    content, mime = browser_audio(path, most_bytes=200_000)
    assert mime == "audio/ogg"
    assert 1_000 < len(content) < 200_000
    played, rate = soundfile.read(io.BytesIO(content))
    assert rate == 16_000
    assert len(played) == pytest.approx(10 * 16_000, abs=2)
    assert np.abs(np.fft.rfft(played)).argmax() == 4_400
    assert describe_loss(read_header(path), content, mime).startswith("A long clip: it is played in mono")
    assert browser_audio(path, most_bytes=5_000) == (b"", "audio/ogg")
    assert "too long to be played" in describe_loss(read_header(path), b"", mime)
    assert describe_loss(read_header(path), *browser_audio(path)) == ""


def test_a_float_file_beyond_full_scale_is_clipped_and_not_wrapped(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.array([[0.0], [2.0], [-2.0]]), "FLOAT")
    played = soundfile.read(io.BytesIO(browser_audio(path)[0]))[0]
    np.testing.assert_allclose(played, [0, 1, -1], atol=1e-4)


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_16_bit_samples_are_what_libsndfile_makes_of_them(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"clip.{suffix}"
    samples = np.random.default_rng(0).integers(-32_768, 32_768, 1_000).astype(np.int16)
    samples[:2] = -32_768, 32_767
    soundfile.write(path, samples, 8_000, subtype="PCM_16")
    wave, _ = read_mono(path)
    expected, _ = soundfile.read(path, dtype="float32")
    assert wave.dtype == np.float32
    np.testing.assert_array_equal(wave, expected)
