"""What a listing of Zenodo's says of the archives."""

import json
from typing import Any

import pytest

from fsat_core.download.connection import Patience
from fsat_core.download.record import PARTS, read_record
from fsat_core.errors import FsatError


def entry(name: str, **changes: Any) -> dict[str, Any]:
    links = {"self": f"https://zenodo.org/api/records/3612637/files/{name}/content"}
    return {"key": name, "size": 7, "checksum": f"md5:{'0a' * 16}", "links": links} | changes


def listing(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"id": 3612637, "files": entries}).encode()


def test_a_split_archive_has_its_pieces_in_order() -> None:
    stem = PARTS["noisy"]
    names = [f"{stem}.zip", *(f"{stem}.z{number:02d}" for number in (3, 1, 2, *range(10, 3, -1)))]
    others = [entry("FSDKaggle2019.meta.zip"), entry("read.me"), entry(f"{stem}.zip.md5")]
    (part,) = read_record(listing(*others, *map(entry, names)), ["noisy"])
    assert [file.name.removeprefix(f"{stem}.") for file in part.files] == [
        *(f"z{number:02d}" for number in range(1, 11)),
        "zip",
    ]
    assert (part.name, part.folder, part.num_bytes) == ("noisy", stem, 77)
    assert part.files[0].url.endswith(f"{stem}.z01/content")
    assert part.files[0].md5 == "0a" * 16


@pytest.mark.parametrize("pieces", [(), ("z01",), ("z02", "zip"), ("z01", "z03", "zip"), ("z00", "zip")])
def test_a_piece_is_missing(pieces: tuple[str, ...]) -> None:
    names = [f"{PARTS['noisy']}.{end}" for end in pieces]
    with pytest.raises(FsatError, match=r"expected FSDKaggle2019.audio_train_noisy.zip, with all its pieces"):
        read_record(listing(*map(entry, names)), ["noisy"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"7",
        b'{"files": 7}',
        b'{"files": [7]}',
        b'{"files": [{"key": []}]}',
        b"\xff",
        b"{}",
    ],
)
def test_no_listing(content: bytes) -> None:
    with pytest.raises(FsatError, match=r"^The record cannot be read: expected JSON"):
        read_record(content, ["meta"])


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 0},
        {"size": -7},
        {"size": "7"},
        {"size": True},
        {"size": 10**400},
        {"checksum": "md5:0a"},
        {"checksum": f"sha1:{'0a' * 16}"},
        {"checksum": None},
        {"links": {}},
        {"links": {"self": "file:///etc/hostname"}},
        {"links": {"self": 7}},
        {"links": None},
    ],
    ids=str,
)
def test_a_file_that_is_not_described(changes: dict[str, Any]) -> None:
    name = "FSDKaggle2019.meta.zip"
    with pytest.raises(FsatError, match=f"does not say what {name} is"):
        read_record(listing(entry(name, **changes)), ["meta"])


def test_waiting_grows_up_to_a_limit() -> None:
    patience = Patience(first_wait_s=1, longest_wait_s=10)
    assert [patience.wait_s(number, 0) for number in range(1, 7)] == [1, 2, 4, 8, 10, 10]
    assert patience.wait_s(1, 5) == 5
    assert patience.wait_s(1, 86_400) == 10
