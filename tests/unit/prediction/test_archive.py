"""ZIPs of clips: what is in them, what is left out, and what is hostile."""

import io
import os
import struct
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from fsat_core.errors import AudioError
from fsat_core.prediction.archive import is_archive, list_clips

SOUND = b"RIFF" + bytes(1_000)


def pack(*names: str, method: int = zipfile.ZIP_DEFLATED, content: bytes = SOUND) -> bytes:
    """A ZIP of members that are called so."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            archive.writestr(info, content)
    return packed.getvalue()


def with_flags(content: bytes, flags: int) -> bytes:
    """A ZIP whose members have these flags."""
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(signature)
        while at >= 0:
            changed[at + offset : at + offset + 2] = struct.pack("<H", flags)
            at = changed.find(signature, at + 1)
    return bytes(changed)


def named(content: bytes, **options: int) -> tuple[list[str], str]:
    clips, left_out = list_clips(content, "a.zip", **options)
    return [clip.name for clip in clips], left_out


def test_clips_are_listed_in_order_and_read_one_by_one(tmp_path: Path) -> None:
    content = pack("b.wav", "x/a.FLAC", "x/")
    (tmp_path / "a.ZIP").write_bytes(content)
    assert is_archive("a.ZIP")
    for source in (content, tmp_path / "a.ZIP"):
        clips, left_out = list_clips(source, "a.zip")
        assert ([clip.name for clip in clips], left_out) == (["b.wav", "x/a.FLAC"], "")
        for clip in clips:
            with closing(clip.open()) as file:
                assert (file.read(), file.name) == (SOUND, clip.name)
            clip.write(tmp_path / "clip")
            assert (tmp_path / "clip").read_bytes() == SOUND
            assert clip.is_same(SOUND)
            assert not clip.is_same(SOUND[:-1] + b"x")


def test_what_is_no_clip_is_counted() -> None:
    names, left_out = named(
        pack(
            "a.wav", "../b.wav", "/c.wav", "C:\\d.wav", "e.zip", "f.txt", "g.txt", "._a.wav", "__MACOSX/a.wav"
        )
    )
    assert names == ["a.wav"]
    assert left_out == ("a.zip: left out 6 files (3 with a path that leads elsewhere, 2 .txt, 1 .zip).")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_occur_twice_are_two_clips() -> None:
    assert named(pack("a.wav", "a.wav"))[0] == ["a.wav", "a.wav"]


def test_names_are_read_as_they_were_meant() -> None:
    said_so = pack("Bär.wav")
    silent = with_flags(said_so, 0)  # many leave out the one that says UTF-8
    old = pack("Bxr.wav").replace(b"Bxr", "Bär".encode("cp437"))
    assert [named(content)[0] for content in (said_so, silent, old)] == [["Bär.wav"]] * 3


def test_of_many_only_the_first_are_taken() -> None:
    names, left_out = named(pack(*(f"{i}.wav" for i in range(7))), most_clips=3)
    assert names == ["0.wav", "1.wav", "2.wav"]
    assert left_out == "a.zip: left out 4 files (4 beyond the first 3)."


def test_a_clip_that_unpacks_to_too_much_is_left_out() -> None:
    assert named(pack("a.wav"), most_bytes=1_000) == ([], "a.zip: left out 1 file (1 of more than 1 kB).")


def test_a_clip_that_lies_about_its_size_is_an_error_without_filling_the_disk() -> None:
    content = pack("a.wav", content=bytes(100_000))
    lie = content.replace(struct.pack("<I", 100_000), struct.pack("<I", 50))
    (clip,) = list_clips(lie, "a.zip").clips
    with pytest.raises(AudioError, match=r"^a\.wav: cannot be unpacked \(.*crc.*\)"):
        clip.open()


def test_a_bomb_of_many_is_one_line() -> None:
    content = pack(*(f"{i}.wav" for i in range(25)), content=bytes(1_000))
    with pytest.raises(AudioError, match=r"^a\.zip: holds 25 kB when it is unpacked, expected at most 20 kB"):
        list_clips(content, "a.zip", most_bytes=1_000)


def test_a_list_that_memory_cannot_hold_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsat_core.prediction.archive._MOST_DIRECTORY", 1_000)
    with pytest.raises(AudioError, match=r"^a\.zip: lists 30 files in .* expected at most 50,000 in 1 kB"):
        list_clips(pack(*(f"{i}.wav" for i in range(30))), "a.zip")


def test_a_list_of_too_many_members_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsat_core.prediction.archive._MOST_MEMBERS", 29)
    with pytest.raises(AudioError, match=r"^a\.zip: lists 30 files in .* expected at most 29 in 10.0 MB"):
        list_clips(pack(*(f"{i}.wav" for i in range(30))), "a.zip")


def test_encrypted_and_otherwise_packed_clips_are_counted() -> None:
    assert named(with_flags(pack("a.wav", "b.wav"), 1)) == ([], "a.zip: left out 2 files (2 encrypted).")
    names, left_out = named(pack("a.wav", method=zipfile.ZIP_BZIP2))
    assert (names, "another method than Deflate" in left_out) == ([], True)


@pytest.mark.parametrize("content", [b"", b"just text", pack("a.wav")[:-10], b"PK\x03\x04" + os.urandom(200)])
def test_what_is_no_zip_is_one_line(content: bytes) -> None:
    with pytest.raises(AudioError, match=r"^a\.zip: cannot be read as a ZIP \(") as caught:
        list_clips(content, "a.zip")
    assert "\n" not in str(caught.value)


def test_a_pipe_is_no_zip(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.zip")
    with pytest.raises(AudioError, match="named pipe"):
        list_clips(tmp_path / "a.zip", "a.zip")
