"""Archives, also split ones, and what is refused of them."""

import io
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fsat_core.download.split_zip import open_split_zip
from fsat_core.download.unpacking import DAMAGED, open_archive
from fsat_core.errors import FsatError
from tests.helpers.record_server import NEEDS_ZIP, split_zip_folder

Entry = tuple[str | zipfile.ZipInfo, bytes]


def write_archive(path: Path, *entries: Entry) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def unpacked(pieces: list[Path], out: Path) -> dict[str, bytes]:
    with open_archive(pieces) as archive:
        archive.unpack(out, lambda _: None)
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def in_order(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.z[0-9]*")) + sorted(folder.glob("*.zip"))


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A folder of files that do not get smaller, of many lengths, one of none, and one folder."""
    folder = tmp_path / "clips"
    (folder / "deeper").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number, length in enumerate([0, 1, 7_000, 65_536, 70_000, 200_000, 65_530, 3]):
        (folder / ("deeper" if number % 3 == 0 else "") / f"{number}.wav").write_bytes(rng.bytes(length))
    (folder / "zeros.wav").write_bytes(bytes(100_000))
    return folder


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- split archives


@NEEDS_ZIP
@pytest.mark.parametrize(
    "options", [(), ("-fz",), ("-0",), ("-z",)], ids=["plain", "zip64", "stored", "comment"]
)
def test_a_split_archive(options: tuple[str, ...], clips: Path, tmp_path: Path) -> None:
    split_zip_folder(clips, tmp_path / "pieces", *options)
    pieces = in_order(tmp_path / "pieces")
    assert [piece.suffix for piece in pieces[:3]] == [".z01", ".z02", ".z03"]
    assert pieces[-1].suffix == ".zip"
    assert pieces[0].read_bytes()[:4] == b"PK\x07\x08"
    assert unpacked(pieces, tmp_path / "out") == content_of(clips)


@NEEDS_ZIP
def test_a_directory_in_two_pieces(tmp_path: Path) -> None:
    """Of so many empty files that their directory alone is longer than a piece."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(1_500):
        (folder / f"{number:040d}.wav").touch()
    split_zip_folder(folder, tmp_path / "pieces")
    assert len(unpacked(in_order(tmp_path / "pieces"), tmp_path / "out")) == 1_500


@NEEDS_ZIP
@pytest.mark.parametrize("which", ["first", "middle", "last but one"])
def test_a_piece_that_is_missing(which: str, clips: Path, tmp_path: Path) -> None:
    split_zip_folder(clips, tmp_path / "pieces")
    pieces = in_order(tmp_path / "pieces")
    del pieces[{"first": 0, "middle": 2, "last but one": -2}[which]]
    with pytest.raises(zipfile.BadZipFile), open_split_zip(pieces):
        pass


@NEEDS_ZIP
def test_pieces_in_another_order(clips: Path, tmp_path: Path) -> None:
    split_zip_folder(clips, tmp_path / "pieces")
    pieces = in_order(tmp_path / "pieces")
    pieces[0], pieces[1] = pieces[1], pieces[0]
    with pytest.raises(DAMAGED):
        unpacked(pieces, tmp_path / "out")


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_archive_is_no_other_error(seed: int, tmp_path: Path) -> None:
    """Whatever bytes change, it is unpacked, refused, or damaged."""
    path = write_archive(tmp_path / "a.zip", ("a/b.wav", b"sound" * 100), ("a/c.wav", b""))
    content, rng = bytearray(path.read_bytes()), np.random.default_rng(seed)
    for place in rng.integers(0, len(content), rng.integers(1, 6)):
        content[place] = rng.integers(256)
    path.write_bytes(content[: rng.integers(1, len(content))] if seed % 4 == 0 else content)
    try:
        unpacked([path], tmp_path / "out")
    except (FsatError, *DAMAGED):
        pass


# --- what is in them


def test_files_that_are_in_one_folder(tmp_path: Path) -> None:
    entries = [("set/", b""), ("set/a.wav", b"a"), ("set/more/b.wav", b"b"), ("__MACOSX/set/._a.wav", b"x")]
    path = write_archive(tmp_path / "a.zip", *entries)
    assert unpacked([path], tmp_path / "out") == {"a.wav": b"a", "more/b.wav": b"b"}


def test_files_that_are_in_none(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.zip", ("a.wav", b"a"), ("more/b.wav", b"b"))
    assert unpacked([path], tmp_path / "out") == {"a.wav": b"a", "more/b.wav": b"b"}


def linked(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (("../x.wav", b"x"), "leads out"),
        (("a/../../x.wav", b"x"), "leads out"),
        (("/etc/x.wav", b"x"), "leads out"),
        (("C:/x.wav", b"x"), "leads out"),
        (("a\\..\\x.wav", b"x"), "leads out"),
        ((linked("a/link.wav", stat.S_IFLNK), b"/etc/hostname"), "a link or a device"),
        ((linked("a/pipe.wav", stat.S_IFIFO), b""), "a link or a device"),
        (("a/fine.wav", b"again"), "twice"),
        (("a/FINE.wav", b"again"), "twice"),
        (("a/fine.wav/below.wav", b"x"), "twice"),
        (("a/zeros.wav", bytes(60_000_000)), r"would grow from \d+ kB to 60\.0 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_is_refused(entry: Entry, reason: str, tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.zip", ("a/fine.wav", b"fine"), entry)
    with pytest.raises(FsatError, match=f"^a.zip .*{reason}.*expected .*Nothing of it was unpacked"):
        unpacked([path], tmp_path / "out")
    assert [found.name for found in tmp_path.iterdir()] == ["a.zip"]


def test_an_encrypted_or_empty_one_is_refused(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.zip", ("a/fine.wav", b"fine"))
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(FsatError, match="encrypted"):
        unpacked([path], tmp_path / "out")
    with pytest.raises(FsatError, match="holds no files"):
        unpacked([write_archive(tmp_path / "b.zip")], tmp_path / "out")


def test_a_file_that_is_longer_than_it_says(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.zip", ("a/zeros.wav", bytes(1_000_000)))
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\1\2") + 24
    content[at : at + 4] = (1_000).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(DAMAGED):
        unpacked([path], tmp_path / "out")
    assert (tmp_path / "out" / "zeros.wav").stat().st_size <= 1_000


def test_one_piece_is_an_archive_like_any_other(tmp_path: Path) -> None:
    plain = write_archive(tmp_path / "a.zip", ("a.wav", b"a" * 1_000), ("b.wav", b"b"))
    with open_split_zip([plain]) as (archive, entries):
        assert [(entry.filename, archive.read(entry)) for entry in entries] == [
            ("a.wav", b"a" * 1_000),
            ("b.wav", b"b"),
        ]
    with zipfile.ZipFile(io.BytesIO(plain.read_bytes())) as expected:
        assert [entry.CRC for entry in entries] == [entry.CRC for entry in expected.infolist()]
