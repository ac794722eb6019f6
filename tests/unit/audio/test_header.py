"""Headers: those of libsndfile, and of WAV files without it."""

import struct
from pathlib import Path

import pytest
import soundfile

from fsat_core.audio import read_header, read_mono
from tests.helpers.sound_files import noise, plain_wav, write

FORMATS = [
    ("WAV", "PCM_U8", 1),
    ("WAV", "PCM_16", 1),
    ("WAV", "PCM_16", 2),
    ("WAV", "PCM_24", 2),
    ("WAV", "PCM_32", 1),
    ("WAV", "FLOAT", 1),
    ("WAV", "DOUBLE", 2),
    ("WAV", "ULAW", 1),
    ("WAV", "ALAW", 2),
    ("WAV", "IMA_ADPCM", 1),
    ("WAVEX", "PCM_24", 2),
    ("WAVEX", "FLOAT", 1),
    ("RF64", "PCM_16", 1),
    ("FLAC", "PCM_16", 2),
    ("OGG", "VORBIS", 1),
    ("MP3", "MPEG_LAYER_III", 1),
    ("AIFF", "PCM_16", 1),
    ("AU", "PCM_24", 2),
]


@pytest.mark.parametrize(("container", "subtype", "num_channels"), FORMATS)
def test_header_agrees_with_libsndfile(
    tmp_path: Path, container: str, subtype: str, num_channels: int
) -> None:
    path = write(tmp_path / "a.bin", noise(num_channels=num_channels), subtype, container)
    info = soundfile.info(path)
    assert read_header(path) == (
        info.frames,
        info.samplerate,
        info.channels,
        info.subtype,
        path.stat().st_size,
        "",
    )


def test_wav_header_is_read_without_libsndfile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.wav", noise())
    monkeypatch.setattr(soundfile, "info", lambda _: pytest.fail("the slow way was taken"))
    assert read_header(path).num_frames == 6_000


@pytest.mark.parametrize("size", [3, 26, 4_000, 4_048, 4_063, 4_070, 50_001])
@pytest.mark.parametrize("place", ["before_fmt", "before_data"])
def test_other_chunks_are_stepped_over(tmp_path: Path, size: int, place: str) -> None:
    path = tmp_path / "a.wav"
    chunk = b"LIST" + struct.pack("<I", size) + b"x" * (size + size % 2)
    path.write_bytes(plain_wav(before_fmt=chunk) if place == "before_fmt" else plain_wav(before_data=chunk))
    assert read_header(path).num_frames == 100
    assert len(read_mono(path)[0]) == 100


@pytest.mark.parametrize(("riff_size", "data_size"), [(0xFFFFFFFF, 0xFFFFFFFF), (8, 0)])
def test_a_wav_written_to_a_pipe_takes_its_length_from_the_file(
    tmp_path: Path, riff_size: int, data_size: int
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(plain_wav(data_size, riff_size))
    assert read_header(path).num_frames == 100
    assert len(read_mono(path)[0]) == 100


def test_a_riff_size_that_is_wrong_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(plain_wav(riff_size=0))
    assert read_header(path).num_frames == 100
