"""Only regular files are opened, and names say nothing."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fsat_core.audio.header import read_header
from fsat_core.audio.reading import read_mono
from fsat_core.errors import AudioError
from tests.helpers.sound_files import noise, write


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


NO_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "folder": (Path.mkdir, "a folder"),
    "named pipe": (os.mkfifo, "a named pipe"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "a device"),
    "socket": (make_socket, "no such device or address"),
    "missing": (lambda path: None, "no such file or directory"),
    "link to itself": (lambda path: path.symlink_to(path), "symbolic links"),
}


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_regular_file_is_one_line_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    make, expected = NO_FILES[kind]
    path = tmp_path / "a.wav"
    make(path)
    for reader in (read_header, read_mono):
        with pytest.raises(AudioError, match=rf"^a\.wav: cannot be opened \(.*{expected}.*check its name"):
            reader(path)


@pytest.mark.parametrize("name", ["bark\0.wav", "bark\ud800.wav", "b" * 5_000])
def test_a_name_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(AudioError, match="cannot be opened"):
        read_header(f"{tmp_path}/{name}")


@pytest.mark.parametrize(
    "name", ["a.raw", "a.RAW", "a.mp3", "a.txt", "a.htk", "a", "._a.wav", "a.m4a", "a.sd2"]
)
@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG", "MP3"])
def test_the_name_says_nothing(tmp_path: Path, name: str, container: str) -> None:
    subtype = {"OGG": "VORBIS", "MP3": "MPEG_LAYER_III"}.get(container, "PCM_16")
    plain = write(tmp_path / "plain", noise(), subtype, container)
    path = tmp_path / name
    path.write_bytes(plain.read_bytes())
    np.testing.assert_array_equal(read_mono(path)[0], read_mono(plain)[0])
    with path.open("rb") as file:  # which has a name, too
        np.testing.assert_array_equal(read_mono(file)[0], read_mono(plain)[0])


@pytest.mark.parametrize("stray", ["._", "._a.mp3", ".AppleDouble/a.mp3"])
def test_stray_files_of_a_mac_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stray: str
) -> None:
    """libsndfile looks for a resource fork beside each MP3, and for one without a name where it works."""
    path = write(tmp_path / "a.mp3", noise(), "MPEG_LAYER_III", "MP3")
    expected, _ = read_mono(path)
    (tmp_path / stray).parent.mkdir(exist_ok=True)
    (tmp_path / stray).write_bytes(b"\0\5\26\7" + bytes(4_092))
    monkeypatch.chdir(tmp_path)
    assert read_header(path).num_frames == 6_000
    np.testing.assert_allclose(read_mono(path)[0], expected, atol=1e-4)


def test_a_position_that_no_file_has_leaves_nothing_on_standard_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """FFmpeg's library prints what a seek raises, and goes on."""
    content = write(tmp_path / "a.caf", noise(2_000), container="CAF").read_bytes()
    at = content.index(b"data", 100)  # six bytes less before it, and what follows seems to be a huge chunk
    path = tmp_path / "b.caf"
    path.write_bytes(content[: at - 6] + content[at:])
    with pytest.raises(AudioError):
        read_header(path)
    assert capfd.readouterr().err == ""
