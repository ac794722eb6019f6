"""Lengths of FLAC files: with a header that says nothing, or something wrong."""

import io
from pathlib import Path

import numpy as np
import pytest

from fsat_core.audio.decoding.flac import parse_flac
from fsat_core.audio.header import header_of
from fsat_core.audio.reading import read_mono
from fsat_core.errors import AudioError
from tests.helpers.sound_files import noise, write

NUM_FRAMES = 50_001
AT = 21  # in the file: the last 4 of the 36 bits of the length's byte, and the four bytes behind


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    """A FLAC file."""
    return write(tmp_path / "a.flac", noise(NUM_FRAMES), container="FLAC").read_bytes()


def end_of(content: bytes) -> int:
    """Where the last FLAC frame ends."""
    found = parse_flac(content[:4_096], len(content), io.BytesIO(content))
    assert found is not None
    return found.end


def saying(content: bytes, num_frames: int) -> io.BytesIO:
    """The file with another length in its header."""
    field = int.from_bytes(content[AT : AT + 5]) >> 36 << 36 | num_frames
    return io.BytesIO(content[:AT] + field.to_bytes(5) + content[AT + 5 :])


def test_the_last_frame_says_where_the_sound_ends(content: bytes) -> None:
    assert int.from_bytes(content[AT : AT + 5]) & (1 << 36) - 1 == NUM_FRAMES
    assert end_of(content) == NUM_FRAMES


@pytest.mark.parametrize("num_frames", [1, 4_096, 4_097, 200, 192, 70_000, 1_200_000])
def test_it_does_for_every_number_of_frames(tmp_path: Path, num_frames: int) -> None:
    content = write(tmp_path / "a.flac", noise(num_frames), container="FLAC").read_bytes()
    assert end_of(content) == num_frames
    assert header_of(io.BytesIO(content)).num_frames == num_frames


@pytest.mark.parametrize("said", [0, 1, NUM_FRAMES - 1, 1 << 35, (1 << 36) - 1])
def test_a_length_that_is_unknown_or_impossible_or_too_small_is_counted(content: bytes, said: int) -> None:
    file = saying(content, said)
    header = header_of(file)
    assert (header.num_frames, header.warning) == (NUM_FRAMES, "")
    np.testing.assert_array_equal(read_mono(file)[0], read_mono(io.BytesIO(content))[0])


@pytest.mark.parametrize("bit", range(36))
def test_no_flipped_bit_of_a_length_takes_more_memory_or_another_error(content: bytes, bit: int) -> None:
    said = NUM_FRAMES ^ 1 << bit
    file = saying(content, said)
    if 1.2 * NUM_FRAMES < said < 1e9:
        with pytest.raises(AudioError, match="truncated, the header promises"):
            read_mono(file)
    else:
        assert header_of(file).num_frames == len(read_mono(file)[0]) == NUM_FRAMES


def test_a_length_that_is_a_little_too_large_is_a_warning(content: bytes) -> None:
    file = saying(content, NUM_FRAMES * 6 // 5)
    assert header_of(file).num_frames == len(read_mono(file)[0]) == NUM_FRAMES
    assert "promises 60,001 frames and the file holds 50,001" in header_of(file).warning


def test_a_file_that_breaks_off_is_refused_unless_the_setting_says_otherwise(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO(content[: len(content) // 2])
    for reader in (header_of, read_mono):
        with pytest.raises(AudioError, match="truncated, the header promises 50,001 frames"):
            reader(file)
    monkeypatch.setenv("FSAT_READ_TRUNCATED", "1")
    num_frames = header_of(file).num_frames
    assert 0.4 * NUM_FRAMES < num_frames < 0.5 * NUM_FRAMES
    np.testing.assert_array_equal(read_mono(file)[0], read_mono(io.BytesIO(content))[0][:num_frames])
