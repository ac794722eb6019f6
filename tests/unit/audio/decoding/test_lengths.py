"""Lengths of samples of a fixed size: what headers claim, and what files hold."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fsat_core.audio.header import header_of
from fsat_core.audio.reading import read_mono
from fsat_core.errors import AudioError
from tests.helpers.sound_files import RATE, noise, plain_wav

NUM_FRAMES, NUM_CHANNELS = 6_000, 2
DATA_BYTES = 2 * NUM_CHANNELS * NUM_FRAMES
# Of each container: what its size of the data stands behind, how many bytes on, their number and order, and
# how much of the chunk is no sound.
FIELDS = {
    "WAV": (b"data", 4, 4, "little", 0),
    "RF64": (b"ds64", 16, 8, "little", 0),
    "AIFF": (b"SSND", 4, 4, "big", 8),
    "AU": (b".snd", 8, 4, "big", 0),
    "W64": (b"data\xf3\xac", 16, 8, "little", 24),
    "CAF": (b"data", 4, 8, "big", 4),
}
UNKNOWN = [0, 0x7FFFFFFF, 0x7FFFF000, 0x80000023, 0x80000000, 0xFFFFFFFF, 0xFFFFFFDB]


def lying(container: str, claimed: int, num_frames: int = NUM_FRAMES) -> io.BytesIO:
    """A sound file whose header claims so many bytes of sound, or that it does not know (0, or very many)."""
    file = io.BytesIO()
    samples = noise(num_frames, NUM_CHANNELS)
    soundfile.write(file, samples, RATE, subtype="PCM_16", format=container)
    content = bytearray(file.getvalue())
    name, offset, width, order, extra = FIELDS[container]
    at = content.index(name) + offset
    value = claimed + extra if 0 < claimed < 0x7FFFF000 else claimed
    content[at : at + width] = value.to_bytes(width, order)  # type: ignore[arg-type]
    return io.BytesIO(bytes(content))


@pytest.mark.parametrize("claimed", UNKNOWN)
@pytest.mark.parametrize("container", FIELDS)
def test_a_length_that_the_writer_did_not_know_is_that_of_the_file(container: str, claimed: int) -> None:
    file = lying(container, claimed)
    header = header_of(file)
    assert (header.num_frames, header.num_channels, header.warning) == (NUM_FRAMES, NUM_CHANNELS, "")
    np.testing.assert_allclose(read_mono(file)[0], noise(NUM_FRAMES, NUM_CHANNELS).mean(axis=1), atol=1e-4)


@pytest.mark.parametrize("claimed", [(1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 62])
@pytest.mark.parametrize("container", [name for name, field in FIELDS.items() if field[2] == 8])
def test_a_length_that_no_file_has_is_that_of_the_file(container: str, claimed: int) -> None:
    file = lying(container, claimed)
    assert header_of(file).num_frames == len(read_mono(file)[0]) == NUM_FRAMES


@pytest.mark.parametrize("start", [0, 8, 23])
def test_sound_in_an_au_file_begins_behind_its_header(start: int) -> None:
    content = bytearray(lying("AU", 0xFFFFFFFF).getvalue())
    content[4:8] = start.to_bytes(4, "big")
    file = io.BytesIO(bytes(content))
    assert header_of(file).num_frames == len(read_mono(file)[0]) == NUM_FRAMES


@pytest.mark.parametrize("more", [1, 16, DATA_BYTES // 10, DATA_BYTES // 5])
@pytest.mark.parametrize("container", FIELDS)
def test_a_header_that_claims_a_little_more_is_a_warning(container: str, more: int) -> None:
    file = lying(container, DATA_BYTES + more)
    header = header_of(file)
    assert header.num_frames == NUM_FRAMES
    assert len(read_mono(file)[0]) == NUM_FRAMES
    assert "promises" in header.warning
    assert header.warning.endswith("what is there is used.")


@pytest.mark.parametrize("container", FIELDS)
def test_a_file_that_holds_much_less_is_refused_unless_the_setting_says_otherwise(
    container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = lying(container, 2 * DATA_BYTES)
    for reader in (header_of, read_mono):
        with pytest.raises(AudioError, match=r"truncated, the header promises .* FSAT_READ_TRUNCATED=1"):
            reader(file)
    monkeypatch.setenv("FSAT_READ_TRUNCATED", "1")
    assert (header_of(file).num_frames, len(read_mono(file)[0])) == (NUM_FRAMES, NUM_FRAMES)
    assert "promises" in header_of(file).warning


def test_sixteen_bytes_less_of_a_very_short_file_are_a_warning() -> None:
    file = lying("WAV", 16 + 4 * 5, num_frames=5)
    assert (header_of(file).num_frames, len(read_mono(file)[0])) == (5, 5)
    assert "promises 9 frames and the file holds 5" in header_of(file).warning


@pytest.mark.parametrize("riff_size", [0, 8, 36, 0x7FFFFFFF, 0xFFFFFFFF])
@pytest.mark.parametrize("data_size", UNKNOWN)
def test_whatever_the_outer_size_of_a_wav_from_a_pipe_is(data_size: int, riff_size: int) -> None:
    file = io.BytesIO(plain_wav(data_size, riff_size))
    assert (header_of(file).num_frames, len(read_mono(file)[0])) == (100, 100)


@pytest.mark.parametrize("container", FIELDS)
def test_no_frames_are_no_frames(container: str) -> None:
    file = lying(container, 0, num_frames=0)
    for reader in (header_of, read_mono):
        with pytest.raises(AudioError, match="a sound file with 0 frames"):
            reader(file)


def test_chunks_behind_an_empty_data_chunk_are_no_sound(tmp_path: Path) -> None:
    sound_bytes = 200
    tail = b"LIST" + struct.pack("<I", 25) + b"x" * 26
    content = plain_wav(data_size=0)[:-sound_bytes] + tail + tail
    with pytest.raises(AudioError, match="0 frames"):
        header_of(io.BytesIO(content))
    assert header_of(io.BytesIO(plain_wav(data_size=0) + tail)).num_frames >= 100


def test_a_length_beyond_any_file_is_one_line() -> None:
    for claimed in (0x70000000, 0x7FFF0000):
        with pytest.raises(AudioError, match="truncated"):
            header_of(lying("WAV", claimed))
