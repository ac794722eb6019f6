"""The boundary: frames out of a file, and one kind of error for whatever goes wrong in it."""

import errno
import io
import os
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from fsat_core.audio.decoding.sndfile import SndfileReader
from fsat_core.audio.decoding.sound import open_sound
from fsat_core.audio.header import header_of, read_header
from fsat_core.audio.playable import browser_audio
from fsat_core.audio.reading import mono_blocks, read_mono
from fsat_core.errors import AudioError
from tests.helpers.sound_files import RATE, noise, write

FAULTS = [
    MemoryError("Unable to allocate 429. GiB"),
    OverflowError("int too big to convert"),
    ValueError("Invalid shape"),
    TypeError("samplerate must be specified"),
    OSError(5, "Input/output error"),
    RuntimeError("Error 3"),
    soundfile.LibsndfileError(1),
    av.InvalidDataError(1, "Invalid data"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("method", ["read", "rewind"])
def test_whatever_a_reader_raises_is_one_line_about_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, method: str
) -> None:
    path = write(tmp_path / "a.aiff", noise(), container="AIFF")

    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(SndfileReader, method, fail)
    if method == "rewind" and isinstance(fault, soundfile.SoundFileError):
        assert len(read_mono(path)[0]) == 6_000, "what the first reader refuses is left to the second"
        return
    with pytest.raises(AudioError, match=r"^a\.aiff: (damaged|needs more memory)") as caught:
        read_mono(path)
    message = str(caught.value)
    assert "\n" not in message
    assert type(fault).__name__ not in message
    assert not fault.args or isinstance(fault, soundfile.SoundFileError) or str(fault.args[-1]) not in message


@pytest.mark.parametrize("reading", ["decoding.sound.read_at", "playable.read_content", "header.read_at"])
def test_a_drive_that_answers_no_more_is_one_line_about_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reading: str
) -> None:
    path = write(tmp_path / "a.wav", noise())

    def wait(*_: object) -> None:
        raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))

    monkeypatch.setattr(f"fsat_core.audio.{reading}", wait)
    read = header_of if reading.startswith("header") else browser_audio
    with pytest.raises(AudioError, match=r"cannot be read \([a-z ]+\), expected a drive that answers"):
        read(io.BytesIO(path.read_bytes()))


def test_errors_of_the_caller_are_the_callers(tmp_path: Path) -> None:
    with pytest.raises(KeyError), open_sound(write(tmp_path / "a.wav", noise())):
        raise KeyError("mine")


@pytest.fixture(params=["wav", "flac", "ogg", "gsm", "m4a", "mp3 without a tag"])
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A sound file of a kind: some of them cannot be sought in."""
    path = tmp_path / "clip"
    if request.param == "m4a":
        return write_m4a(path)
    if request.param == "mp3 without a tag":
        content = write(path, noise(40_000), "MPEG_LAYER_III", "MP3").read_bytes()
        path.write_bytes(content[content.index(content[:2], 300) :])
        return path
    kinds = {"flac": ("PCM_16", "FLAC"), "ogg": ("VORBIS", "OGG"), "gsm": ("GSM610", "WAV")}
    subtype, container = kinds.get(request.param, ("PCM_24", "WAV"))
    return write(path, noise(40_000), subtype, container)


def write_m4a(path: Path) -> Path:
    """A stereo sound of 40,000 frames as AAC in MP4."""
    samples = (noise(40_000, 2).T * 32_767).astype(np.int16)
    with av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("aac", RATE, layout="stereo")
        for start in range(0, 40_000, 1_024):
            part = np.ascontiguousarray(samples[:, start : start + 1_024].T).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(part, "s16", "stereo")
            frame.sample_rate = RATE
            frame.pts = start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def test_a_part_is_a_slice_of_the_whole(clip: Path) -> None:
    for source in (clip, io.BytesIO(clip.read_bytes())):
        whole, rate = read_mono(source)
        header = header_of(source)
        assert (header.num_frames, header.sample_rate) == (len(whole), rate)
        for start, num_frames in ((0, 100), (20_000, 5_000), (12_345, -1), (len(whole) - 1, 10)):
            stop = len(whole) if num_frames < 0 else start + num_frames
            part, _ = read_mono(source, start, num_frames)
            np.testing.assert_allclose(part, whole[start:stop], atol=1e-5)


def test_blocks_are_the_whole_in_order(clip: Path) -> None:
    whole, _ = read_mono(clip)
    blocks = list(mono_blocks(clip, block_frames=7_001))
    assert {len(block) for block in blocks[:-1]} == {7_001}
    assert all(block.dtype == np.float32 for block in blocks)
    np.testing.assert_allclose(np.concatenate(blocks), whole, atol=1e-5)
    part = np.concatenate(list(mono_blocks(clip, 9_000, 15_000, 4_000)))
    np.testing.assert_allclose(part, whole[9_000:24_000], atol=1e-5)
    assert list(mono_blocks(clip, 0, 0)) == []


def test_going_back_and_forth_gives_the_same_frames(clip: Path) -> None:
    with open_sound(clip) as sound:
        first = sound.read(500)
        sound.read(20_000)
        sound.seek(0)
        np.testing.assert_allclose(sound.read(500), first, atol=1e-5)
        assert sound.header.num_frames >= 38_000  # counted meanwhile, perhaps
        again = sound.read(500)
        sound.seek(500)
        np.testing.assert_allclose(sound.read(500), again, atol=1e-5)


@pytest.mark.parametrize("start", [-1, 50_000])
def test_a_part_outside_is_one_line(clip: Path, start: int) -> None:
    with pytest.raises(AudioError, match=rf"asked for frame {start:,}, expected 0 to "):
        read_mono(clip, start)


def test_blocks_of_very_many_channels_are_shorter(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros((9_000, 1_000)), 8_000, subtype="PCM_U8")
    blocks = list(mono_blocks(path))
    assert sum(map(len, blocks)) == read_header(path).num_frames == 9_000
    assert max(map(len, blocks)) < 9_000


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_ogg_that_breaks_off_is_as_long_as_what_is_there(tmp_path: Path, share: float) -> None:
    content = write(tmp_path / "a.ogg", noise(200_000), "VORBIS", "OGG").read_bytes()
    file = io.BytesIO(content[: int(share * len(content))])
    num_frames = header_of(file).num_frames
    assert 0.5 * share * 200_000 < num_frames < 1.1 * share * 200_000
    assert len(read_mono(file)[0]) == num_frames
