"""The list of types holds what the readers read, and nothing else."""

import av
import pytest
import soundfile

from fsat_core.audio.types import FFMPEG, SNDFILE, TYPES, is_sound_name

NOT_TOLD_BY_CONTENT = {"RAW", "SD2", "HTK", "MPC2K", "MAT4", "MAT5"}


def test_every_format_of_libsndfile_is_in_it_or_left_out_on_purpose() -> None:
    assert set(SNDFILE) | NOT_TOLD_BY_CONTENT == set(soundfile.available_formats())


def test_every_demuxer_exists() -> None:
    for name in FFMPEG:
        assert av.ContainerFormat(name, "r").is_input


@pytest.mark.parametrize("name", ["hls", "concat", "dash", "sdp", "rtsp", "image2", "lavfi", "tty"])
def test_no_demuxer_that_opens_what_a_file_names_is_in_it(name: str) -> None:
    assert name not in FFMPEG


def test_names_in_any_case_are_taken_for_sound() -> None:
    assert all(is_sound_name(f"clip.{name}") and is_sound_name(f"clip.{name.upper()}") for name in TYPES)
    assert not any(map(is_sound_name, ("Thumbs.db", ".DS_Store", "wav", ".wav", "notes.txt", "a.wav.part")))
