"""FSDKaggle2019 from a record on loopback, whose server does all that a bad server does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fsat_core.download import delivery
from fsat_core.download.connection import Patience
from fsat_core.download.delivery import download
from fsat_core.download.record import PARTS
from fsat_core.errors import FsatError
from tests.helpers.commands import Command
from tests.helpers.downloads import (
    HASTY,
    META_ZIP,
    QUICK,
    TEST_ZIP,
    contents,
    left_in,
    of_parts,
    patience_with,
)
from tests.helpers.record_server import NEEDS_ZIP, RECORD, RecordServer, split_zip_folder


@pytest.fixture
def other_server(small_archives: dict[str, bytes]) -> Iterator[RecordServer]:
    """A server that the first one can lead to, with other bytes under the same names."""
    with RecordServer({name: content[::-1] for name, content in small_archives.items()}).running() as running:
        yield running


@pytest.mark.parametrize(
    "faults",
    [
        *(["cut"], ["cut", "cut"], ["stall"], ["silence"], ["trickle"], ["hang_up"], ["garbage"]),
        *(["cut", "no_ranges"], ["cut", "another_range"], ["cut", "no_such_range"]),
        *(["long"], ["short"], ["cut", "long"], ["cut", "short"], ["more"], ["cut", "more"], ["page"]),
        *(["other_bytes"], ["cut", "other_bytes"], ["cut", "page"], ["error_500"], ["cut", "error_503"]),
        *(["to_a_file"], ["elsewhere"], ["cut", "elsewhere"]),
    ],
    ids="-".join,
)
def test_a_fault_and_then_all_is_right(
    faults: list[str], server: RecordServer, other_server: RecordServer, published: Path, tmp_path: Path
) -> None:
    server.faults[TEST_ZIP] = list(faults)
    server.elsewhere = other_server.root
    delivered = download(tmp_path / "set", ["meta", "test"], server.url, patience=patience_with(*faults))
    assert server.faults[TEST_ZIP] == []
    assert [(each.part, each.is_new) for each in delivered] == [("meta", True), ("test", True)]
    assert contents(tmp_path / "set") == of_parts(published, "meta", "test")
    assert left_in(tmp_path / "set") == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("cut", r"broke off at [\d,]+ bytes"),
        ("stall", "stalled"),
        ("silence", "stalled"),
        ("trickle", r"sent \d+ bytes in \d s"),
        ("hang_up", "closed connection without response"),
        ("garbage", "not HTTP"),
        ("long", r"offers \d+ bytes"),
        ("short", r"offers \d+ bytes"),
        ("more", "sent more than was listed"),
        ("other_bytes", "other bytes came, with the MD5 [0-9a-f]{32}"),
        ("page", "broke off at 27 bytes"),
        ("error_500", "answered 500"),
        ("error_503", "answered 503"),
        ("error_404", "answered 404"),
        ("to_a_file", "answered 302"),
        ("elsewhere", "other bytes came"),
        ("around", "answered 302"),
    ],
)
def test_a_fault_that_stays_is_one_line_and_can_be_taken_up(
    fault: str, reason: str, server: RecordServer, other_server: RecordServer, published: Path, tmp_path: Path
) -> None:
    server.always[TEST_ZIP] = fault
    server.elsewhere = other_server.root
    with pytest.raises(FsatError, match=f"^.*{reason}.*expected .*$"):
        download(tmp_path / "set", ["meta", "test"], server.url, patience=patience_with(fault))
    assert len(server.asked) < 60
    assert contents(tmp_path / "set") == of_parts(published, "meta")
    server.always.clear()
    server.faults.clear()
    download(tmp_path / "set", ["meta", "test"], server.url, patience=QUICK)
    assert contents(tmp_path / "set") == of_parts(published, "meta", "test")


def test_another_server_with_the_right_bytes_will_do(
    server: RecordServer, other_server: RecordServer, published: Path, tmp_path: Path
) -> None:
    server.elsewhere = other_server.root
    other_server.files = server.files
    server.always[TEST_ZIP] = "elsewhere"
    download(tmp_path, ["test"], server.url, patience=QUICK)
    assert contents(tmp_path) == of_parts(published, "test")


def test_it_goes_on_where_it_broke_off(server: RecordServer, tmp_path: Path) -> None:
    server.faults[TEST_ZIP] = ["cut", "cut"]
    size = len(server.files[TEST_ZIP])
    told: list[tuple[int, int]] = []
    download(tmp_path, ["test"], server.url, lambda _, done, total: told.append((done, total)), QUICK)
    half = size // 2
    quarter = half + (size - half) // 2
    assert server.asked[1:] == [(TEST_ZIP, ""), (TEST_ZIP, f"bytes={half}-"), (TEST_ZIP, f"bytes={quarter}-")]
    etag = server.entry(TEST_ZIP)["checksum"].removeprefix("md5:")
    assert server.conditions[2:] == [f'"{etag}"'] * 2
    assert (half, size) in told


@pytest.mark.parametrize(
    ("fault", "said"), [("another_range", "sent another range"), ("no_such_range", "answered 416")]
)
def test_a_server_that_is_at_odds_with_ranges_is_asked_for_all(
    fault: str, said: str, server: RecordServer, tmp_path: Path
) -> None:
    server.faults[TEST_ZIP] = ["cut", fault]
    told: list[str] = []
    download(tmp_path, ["test"], server.url, lambda step, *_: told.append(step), QUICK)
    half = len(server.files[TEST_ZIP]) // 2
    assert [wanted for _, wanted in server.asked[1:]] == ["", f"bytes={half}-", ""]
    assert any(said in step for step in told)


def test_faults_do_not_count_while_more_comes(server: RecordServer, tmp_path: Path) -> None:
    server.faults[TEST_ZIP] = ["cut"] * 4
    little = Patience(most_faults=1, progress_bytes=1_000_000, first_wait_s=0.01)
    with pytest.raises(FsatError, match="the last of 2 faults"):
        download(tmp_path, ["test"], server.url, patience=little)
    server.faults[TEST_ZIP] = ["cut"] * 4
    download(tmp_path, ["test"], server.url, patience=replace(little, progress_bytes=100))
    assert server.faults[TEST_ZIP] == []


@pytest.mark.parametrize("fault", ["error_500", "page", "cut", "silence", "garbage", "elsewhere"])
def test_a_listing_that_cannot_be_read(
    fault: str, server: RecordServer, other_server: RecordServer, tmp_path: Path
) -> None:
    server.elsewhere = other_server.root
    server.always[RECORD] = fault
    with pytest.raises(FsatError, match=r"^The record .*expected .*$"):
        download(tmp_path / "set", ["meta"], server.url, patience=patience_with(fault))
    assert contents(tmp_path / "set") == {}
    server.always.clear()
    server.faults[RECORD] = ["error_500", "cut"]
    assert download(tmp_path / "set", ["meta"], server.url, patience=QUICK)[0].is_new


def test_nobody_is_there(server: RecordServer, tmp_path: Path) -> None:
    with pytest.raises(FsatError, match="no connection"):
        download(tmp_path, ["meta"], "http://127.0.0.1:1/api/records/1", patience=QUICK)


# --- the whole set


@NEEDS_ZIP
def test_the_whole_set_through_all_faults(
    server: RecordServer, published: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "Patience", lambda: HASTY)
    pieces = split_zip_folder(published / PARTS["noisy"], tmp_path / "pieces")
    assert len(pieces) > 3
    server.files |= pieces
    for number, name in enumerate(server.files):
        server.faults[name] = [["cut", "no_ranges"], ["other_bytes"], ["stall"], ["error_500", "cut"]][
            number % 4
        ]
    out = tmp_path / "fsdkaggle2019"
    answer = command.json("download", out)
    assert contents(out) == contents(published)
    assert [(each["part"], each["is_new"]) for each in answer["parts"]] == [(part, True) for part in PARTS]
    noisy = of_parts(published, "noisy").values()
    assert (answer["parts"][2]["num_files"], answer["parts"][2]["num_bytes"]) == (4, sum(map(len, noisy)))
    scanned = command.json("scan", "--data", out)
    counts = {split: each["num_clips"] for split, each in scanned["splits"].items()}
    assert counts == {"curated": 14, "noisy": 4, "test": 4}
    assert (scanned["num_errors"], scanned["warnings"]) == (0, [])
    num_asked = len(server.asked)
    assert "was here already" in command("download", out)
    assert len(server.asked) == num_asked


def test_the_parts_that_are_named(
    server: RecordServer, published: Path, tmp_path: Path, command: Command
) -> None:
    out = command("download", tmp_path / "set", "--part", "test", "--part", "meta")
    assert "fsat scan --data" in out
    assert contents(tmp_path / "set") == of_parts(published, "meta", "test")
    assert "invalid choice: 'all'" in command.error("download", tmp_path / "set", "--part", "all")
    assert "FSDKaggle2019.audio_train_noisy.zip" in command.error("download", tmp_path / "set")


def test_a_part_that_is_there_is_left_alone(server: RecordServer, tmp_path: Path) -> None:
    (tmp_path / PARTS["meta"]).mkdir()
    (tmp_path / PARTS["meta"] / "mine.csv").write_text("mine")
    delivered = download(tmp_path, ["meta", "doc"], server.url, patience=QUICK)
    assert [each.is_new for each in delivered] == [False, True]
    assert (tmp_path / PARTS["meta"] / "mine.csv").read_text() == "mine"
    assert META_ZIP not in dict(server.asked)
