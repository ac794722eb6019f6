"""Lengths of MPEG streams: with a tag, without one, with one that lies."""

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from fsat_core.audio.decoding.mpeg import Mpeg, count_mpeg
from fsat_core.audio.header import header_of
from fsat_core.audio.reading import read_mono
from fsat_core.errors import AudioError
from tests.helpers.sound_files import noise, write

NUM_FRAMES = 60_000
PER_MPEG_FRAME = 576  # of MPEG-2 at 22,050 Hz


@pytest.fixture
def tagged(tmp_path: Path) -> bytes:
    """An MP3 of variable bit rate with a tag, as LAME writes it."""
    swelling = 0.01 * noise(NUM_FRAMES) * np.linspace(0, 3, NUM_FRAMES)[:, np.newaxis] ** 4
    return write(tmp_path / "a.mp3", swelling, "MPEG_LAYER_III", "MP3").read_bytes()


def count_in(content: bytes) -> int:
    """The number in the tag of a file."""
    return int.from_bytes(content[content.index(b"Xing") + 8 :][:4])


def with_count(content: bytes, count: int) -> bytes:
    """The file with another number in its tag."""
    at = content.index(b"Xing") + 8
    return content[:at] + count.to_bytes(4, "big") + content[at + 4 :]


def counted(content: bytes) -> Mpeg | None:
    return count_mpeg(content[:4_096], len(content), io.BytesIO(content))


def without_tag(content: bytes) -> bytes:
    """The file without its first MPEG frame, which holds the tag."""
    whole, second = counted(content), 1
    assert whole is not None
    while True:
        second = content.index(content[:2], second + 1)
        rest = counted(content[second:])
        if rest is not None and (rest.num_frames, rest.is_tagged) == (whole.num_frames, False):
            return content[second:]


ID3 = b"ID3\4\0\0" + bytes([0, 0, 1, 72]) + bytes(200)  # 200 bytes of padding
WAYS: dict[str, Callable[[bytes], bytes]] = {
    "no tag": without_tag,
    "0": lambda content: with_count(content, 0),
    "half": lambda content: with_count(content, 50),
    "a little less": lambda content: with_count(content, count_in(content) - 1),
    "very many": lambda content: with_count(content, 0xFFFFFFF0),
    "a flipped bit": lambda content: with_count(content, 1 << 26),
    "an encoder that nobody knows": lambda content: content.replace(b"LAME", b"LAIE", 1),
    "a tag that one reader knows": lambda content: (content[:6] + b"\x08" + content[7:]).replace(
        b"LAME", b"LAIE"
    ),
    "no count": lambda content: content.replace(b"Xing\0\0\0\x0f", b"Xing\0\0\0\x0e"),
}


def test_a_true_tag_is_believed_to_the_sample(tagged: bytes) -> None:
    found = counted(tagged)
    assert found is not None
    assert found.is_tagged
    assert found.num_frames is not None
    assert NUM_FRAMES < found.num_frames < NUM_FRAMES + 4 * PER_MPEG_FRAME
    assert header_of(io.BytesIO(tagged)).num_frames == NUM_FRAMES
    assert len(read_mono(io.BytesIO(tagged))[0]) == NUM_FRAMES


@pytest.mark.parametrize("before", [b"", ID3, ID3 + ID3])
@pytest.mark.parametrize("way", WAYS)
def test_without_a_true_tag_all_that_is_there_is_read(tagged: bytes, way: str, before: bytes) -> None:
    content = before + WAYS[way](tagged)
    file = io.BytesIO(content)
    num_frames = header_of(file).num_frames
    assert abs(num_frames - NUM_FRAMES) < 4 * PER_MPEG_FRAME
    wave, _ = read_mono(file)
    assert len(wave) == num_frames
    whole, _ = read_mono(io.BytesIO(tagged))
    np.testing.assert_allclose(np.square(wave).sum(), np.square(whole).sum(), rtol=0.1)


@pytest.mark.parametrize("behind", [b"", bytes(500), b"TAG" + bytes(125), b"APETAGEX" + bytes(100)])
def test_tags_behind_the_sound_do_not_matter(tagged: bytes, behind: bytes) -> None:
    assert counted(tagged + behind) == counted(tagged)


def test_a_stream_that_breaks_off_is_read_as_far_as_it_goes(tagged: bytes) -> None:
    file = io.BytesIO(tagged[: len(tagged) * 3 // 4])
    header = header_of(file)
    assert 0.3 * NUM_FRAMES < header.num_frames < NUM_FRAMES
    assert len(read_mono(file)[0]) == header.num_frames


def test_nothing_is_said_on_standard_error(tagged: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """mpg123 within libsndfile speaks up on standard error where a stream is odd."""
    middle = len(tagged) // 2
    with_junk = tagged[:middle] + b"junk" * 999 + tagged[middle:]
    for content in (tagged[:middle], with_junk, tagged[7:], tagged[middle:]):
        with suppress(AudioError):
            read_mono(io.BytesIO(content))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"", b"\xff", b"RIFF", b"ID3\4", bytes(100), b"\x00\xff\xfb\x90"])
def test_what_is_no_mpeg_stream(content: bytes) -> None:
    found = counted(content)
    assert found is None or found.num_frames is None
