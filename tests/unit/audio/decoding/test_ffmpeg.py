"""The second reader: what it is not allowed to do, and files that are odd."""

import io
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from fsat_core.audio.header import header_of, read_header
from fsat_core.audio.reading import read_mono
from fsat_core.errors import AudioError
from tests.helpers.sound_files import RATE, noise, write, write_stream

PLAYLISTS = {
    "a.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{path}\n#EXT-X-ENDLIST\n",
    "a.ffconcat": "ffconcat version 1.0\nfile '{path}'\n",
    "a.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n",
    "a.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{path}</BaseURL>',
    "a.txt": "{path}\n",
}


@pytest.mark.parametrize("name", PLAYLISTS)
def test_no_file_that_a_file_names_is_opened(tmp_path: Path, name: str) -> None:
    secret = write(tmp_path / "secret.wav", noise())
    path = tmp_path / name
    for text in (PLAYLISTS[name].format(path=secret), PLAYLISTS[name].format(path=f"file://{secret}")):
        path.write_text(text)
        for source in (path, io.BytesIO(text.encode())):
            with pytest.raises(AudioError, match="a text file, not audio"):
                read_mono(source)


def test_damaged_packets_are_left_out_with_a_warning(tmp_path: Path) -> None:
    path = write_stream(tmp_path / "a.mka", "flac", "matroska")
    content = bytearray(path.read_bytes())
    middle = content.index(b"\xff\xf8", len(content) // 2)
    content[middle : middle + 4] = bytes(4)
    path.write_bytes(content)
    header = read_header(path)
    assert header.warning.endswith("packets are damaged and left out.")
    assert 30_000 < header.num_frames < 40_000
    assert len(read_mono(path)[0]) == header.num_frames


def test_a_file_whose_packets_are_mostly_damaged_is_refused(tmp_path: Path) -> None:
    path = write_stream(tmp_path / "a.mka", "flac", "matroska")
    content = path.read_bytes()
    second = content.index(b"\xff\xf8", content.index(b"\xff\xf8", 300) + 2)
    path.write_bytes(content[:second] + content[second:].replace(b"\xff\xf8", b"\0\0"))
    with pytest.raises(AudioError, match=r"a\.mka: damaged \(\d+ of \d+ packets cannot be decoded\)"):
        read_mono(path)


def test_tags_that_are_not_utf_8_do_not_matter(tmp_path: Path) -> None:
    path = write_stream(tmp_path / "a.mka", "flac", "matroska")
    content = path.read_bytes()
    assert b"Lavf" in content
    path.write_bytes(content.replace(b"Lavf", b"\xe8\xff\xfe\x80"))
    assert read_header(path).num_frames == 40_000


def test_pictures_beside_the_sound_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as file:
        picture = file.add_stream("mjpeg", 25, width=64, height=64, pix_fmt="yuvj420p")
        sound = file.add_stream("flac", RATE, layout="mono")
        still = av.VideoFrame(64, 64, "yuvj420p")
        frame = av.AudioFrame.from_ndarray((noise(4_000).T * 32_767).astype(np.int16), "s16", "mono")
        still.pts = frame.pts = 0
        frame.sample_rate = RATE
        packets = [*picture.encode(still), *picture.encode(None), *sound.encode(frame), *sound.encode(None)]
        file.mux(packets)
    np.testing.assert_allclose(read_mono(path)[0], noise(4_000)[:, 0], atol=1e-4)


def test_a_film_without_sound_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as file:
        picture = file.add_stream("mjpeg", 25, width=64, height=64, pix_fmt="yuvj420p")
        for part in (av.VideoFrame(64, 64, "yuvj420p"), None):
            file.mux(picture.encode(part))
    with pytest.raises(AudioError, match=r"a\.mkv: not readable as audio"):
        read_header(path)


def test_m4a_under_any_name_is_read(tmp_path: Path) -> None:
    path = write_stream(tmp_path / "a.mp3", "aac", "mp4")
    header = read_header(path)
    assert (header.subtype, header.sample_rate, header.num_channels) == ("AAC", RATE, 1)
    assert header.num_frames == len(read_mono(path)[0]) == header_of(io.BytesIO(path.read_bytes())).num_frames
    assert abs(header.num_frames - 40_000) < 2 * 1_024


def test_nothing_is_said_on_standard_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_stream(tmp_path / "a.mka", "flac", "matroska")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + bytes(range(256)) * 9 + content[len(content) * 3 // 4 :])
    read_header(path)
    with pytest.raises(AudioError):
        read_header(write(tmp_path / "b.wav", noise(0)))
    assert capfd.readouterr() == ("", "")


def test_ordinary_files_do_without_it(tmp_path: Path) -> None:
    names = []
    for container, subtype in (
        ("WAV", "PCM_16"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("MP3", "MPEG_LAYER_III"),
        ("AIFF", "PCM_16"),
    ):
        names.append(str(tmp_path / container))
        soundfile.write(names[-1], noise(), RATE, subtype=subtype, format=container)
    code = (
        "import sys; from pathlib import Path\n"
        "from fsat_core.audio import browser_audio, read_header, read_mono\n"
        "for name in sys.argv[1:]: read_header(name), read_mono(Path(name)), browser_audio(Path(name))\n"
        "print('av' in sys.modules)"
    )
    command = [sys.executable, "-c", code, *names]
    root = Path(__file__).parents[4]
    found = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert (found.stdout, found.stderr) == ("False\n", "")
