"""FSDKaggle2019 from a record on loopback, whose server does all that a bad server does."""

import json
import os
import signal
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from filelock import FileLock

from fsat_core.download import delivery
from fsat_core.download.connection import Patience
from fsat_core.download.delivery import WORK, download
from fsat_core.download.record import PARTS
from fsat_core.errors import FsatError
from tests.helpers.commands import Command
from tests.helpers.record_server import NEEDS_ZIP, RECORD, RecordServer, split_zip_folder, zip_folder

TEST_ZIP = "FSDKaggle2019.audio_test.zip"
META_ZIP = "FSDKaggle2019.meta.zip"
QUICK = Patience(stall_s=0.5, most_faults=3, progress_bytes=5_000, first_wait_s=0.01, longest_wait_s=0.02)


@pytest.fixture(scope="session")
def published(write_set: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny set in the layout of the record, with noisy clips that a split archive needs pieces for."""
    root = write_set(tmp_path_factory.mktemp("published") / "set", "zenodo")
    rng = np.random.default_rng(0)
    for path in (root / PARTS["noisy"]).iterdir():
        sf.write(path, rng.uniform(-1, 1, 40_000), 8_000, subtype="PCM_16")
    (root / PARTS["doc"]).mkdir()
    (root / PARTS["doc"] / "README.md").write_text("Documentation")
    return root


@pytest.fixture(scope="session")
def small_archives(published: Path) -> dict[str, bytes]:
    """The archives of all parts but the noisy one."""
    return {f"{name}.zip": zip_folder(published / name) for part, name in PARTS.items() if part != "noisy"}


@pytest.fixture
def server(small_archives: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with RecordServer(small_archives).running() as running:
        monkeypatch.setenv("FSAT_RECORD_URL", running.url)
        yield running


@pytest.fixture
def other_server(small_archives: dict[str, bytes]) -> Iterator[RecordServer]:
    """A server that the first one can lead to, with other bytes under the same names."""
    with RecordServer({name: content[::-1] for name, content in small_archives.items()}).running() as running:
        yield running


def contents(folder: Path) -> dict[str, bytes]:
    """All files in a folder but those that a download keeps for itself."""
    paths = [path for path in folder.rglob("*") if path.is_file() and WORK not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def of_parts(published: Path, *parts: str) -> dict[str, bytes]:
    names = {PARTS[part] for part in parts}
    return {name: content for name, content in contents(published).items() if Path(name).parts[0] in names}


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / WORK).iterdir() if path.name != "lock")


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
    delivered = download(tmp_path / "set", ["meta", "test"], server.url, patience=QUICK)
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
        download(tmp_path / "set", ["meta", "test"], server.url, patience=QUICK)
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
        download(tmp_path / "set", ["meta"], server.url, patience=QUICK)
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
    monkeypatch.setattr(delivery, "Patience", lambda: QUICK)
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


# --- it is killed, or stopped


def test_a_kill_in_the_middle_of_a_file(
    server: RecordServer, published: Path, tmp_path: Path, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    server.faults[TEST_ZIP] = ["stall"]
    half = len(server.files[TEST_ZIP]) // 2
    partial = tmp_path / WORK / f"{TEST_ZIP}.partial"
    # Tests in the background of a shell are started with that signal ignored, and so is all that they start.
    code = "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "runpy.run_module('fsat_core', run_name='__main__')"
    program = [sys.executable, "-c", code, "download", str(tmp_path), "--part", "test"]
    with subprocess.Popen(program, env={**os.environ}, stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: partial.is_file() and partial.stat().st_size == half)
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / PARTS["test"]).exists()
    download(tmp_path, ["test"], server.url, patience=QUICK)
    assert server.asked[-1] == (TEST_ZIP, f"bytes={half}-")
    assert contents(tmp_path) == of_parts(published, "test")


@pytest.mark.parametrize("step", ["Downloading", "Checking", "Unpacking", "sync", "rename", "unlink"])
def test_an_end_at_any_step_is_taken_up(
    step: str, server: RecordServer, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def tell(said: str, done: int, total: int) -> None:
        if said.startswith(step) and done:
            raise KeyboardInterrupt

    with monkeypatch.context() as patches:
        if step == "sync":
            patches.setattr(os, "sync", end)
        elif step in ("rename", "unlink"):
            original = getattr(Path, step)

            def end_at_ours(path: Path, *arguments: object, **names: object) -> object:
                if path.name == {"rename": "unpacked", "unlink": TEST_ZIP}[step]:
                    end()
                return original(path, *arguments, **names)

            patches.setattr(Path, step, end_at_ours)
        with pytest.raises(KeyboardInterrupt):
            download(tmp_path, ["test"], server.url, tell, QUICK)
    assert (tmp_path / PARTS["test"]).exists() == (step == "unlink")
    assert left_in(tmp_path) != []
    num_asked = len(server.asked)
    download(tmp_path, ["test"], server.url, patience=QUICK)
    assert contents(tmp_path) == of_parts(published, "test")
    assert left_in(tmp_path) == []
    if step != "Downloading":
        assert TEST_ZIP not in dict(server.asked[num_asked:])  # what had come was kept


def test_ctrl_c_is_one_line(
    server: RecordServer, tmp_path: Path, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    server.faults[TEST_ZIP] = ["stall"]
    partial = tmp_path / WORK / f"{TEST_ZIP}.partial"
    # Tests in the background of a shell are started with that signal ignored, and so is all that they start.
    code = "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "runpy.run_module('fsat_core', run_name='__main__')"
    program = [sys.executable, "-c", code, "download", str(tmp_path), "--part", "test"]
    with subprocess.Popen(program, env={**os.environ}, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: partial.is_file() and partial.stat().st_size > 0)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert errors.splitlines()[-1] == "fsat_core: interrupted"
    assert process.returncode == 1
    assert partial.stat().st_size > 0


# --- what cannot be kept


Usage = namedtuple("Usage", "total used free")


def test_space_is_checked_first(
    server: RecordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = len(server.files[TEST_ZIP])  # enough to download it, not to unpack it too
    monkeypatch.setattr(delivery.shutil, "disk_usage", lambda _: Usage(0, 0, free))
    with pytest.raises(FsatError, match=r"has \d+ kB of free space, expected \d+ kB for the download"):
        download(tmp_path, ["test"], server.url, patience=QUICK)
    assert [name for name, _ in server.asked] == [RECORD]


def test_space_is_needed_for_what_is_missing_only(
    server: RecordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = server.files[TEST_ZIP]
    monkeypatch.setattr(delivery.shutil, "disk_usage", lambda _: Usage(0, 0, 2 * len(content)))
    with pytest.raises(FsatError, match="free space"):
        download(tmp_path, ["test"], server.url, patience=QUICK)
    (tmp_path / WORK / f"{TEST_ZIP}.partial").write_bytes(content[: len(content) * 3 // 4])
    download(tmp_path, ["test"], server.url, patience=QUICK)
    assert server.asked[-1] == (TEST_ZIP, f"bytes={len(content) * 3 // 4}-")


def test_space_for_what_an_archive_really_holds(
    server: RecordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loud").mkdir()
    (tmp_path / "loud" / "zeros.wav").write_bytes(bytes(1_000_000))
    server.files[TEST_ZIP] = zip_folder(tmp_path / "loud")
    monkeypatch.setattr(delivery.shutil, "disk_usage", lambda _: Usage(0, 0, 900_000))
    with pytest.raises(FsatError, match=r"expected 1\.0 MB for what FSDKaggle2019.audio_test.zip holds"):
        download(tmp_path / "set", ["test"], server.url, patience=QUICK)
    assert not (tmp_path / "set" / PARTS["test"]).exists()


def test_one_at_a_time(server: RecordServer, tmp_path: Path) -> None:
    (tmp_path / WORK).mkdir()
    with (
        FileLock(tmp_path / WORK / "lock"),
        pytest.raises(FsatError, match="another download into it is running"),
    ):
        download(tmp_path, ["test"], server.url, patience=QUICK)
    assert server.asked == []


def test_a_folder_that_is_none(server: RecordServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FsatError, match="cannot hold the data set"):
        download(tmp_path / "file", ["test"], server.url, patience=QUICK)


# --- archives that are wrong


def test_an_archive_that_is_none(server: RecordServer, tmp_path: Path) -> None:
    server.files[TEST_ZIP] = b"no archive" * 100
    for _ in range(2):
        with pytest.raises(FsatError, match=r"cannot be unpacked .*as the record lists them"):
            download(tmp_path, ["test"], server.url, patience=QUICK)
        assert contents(tmp_path) == {}
    assert [name for name, _ in server.asked] == [RECORD, TEST_ZIP, RECORD]


def test_an_archive_that_has_changed_on_the_disk(
    server: RecordServer, published: Path, tmp_path: Path
) -> None:
    content = bytearray(server.files[TEST_ZIP])
    content[100] ^= 1
    (tmp_path / WORK).mkdir()
    (tmp_path / WORK / TEST_ZIP).write_bytes(content)
    with pytest.raises(FsatError, match=r"1 file had changed on the disk, and is removed"):
        download(tmp_path, ["test"], server.url, patience=QUICK)
    assert contents(tmp_path) == {}
    download(tmp_path, ["test"], server.url, patience=QUICK)
    assert contents(tmp_path) == of_parts(published, "test")


def test_a_record_without_a_piece(server: RecordServer, tmp_path: Path) -> None:
    entries = [
        server.entry(TEST_ZIP) | {"key": f"FSDKaggle2019.audio_train_noisy.{end}"} for end in ("z02", "zip")
    ]
    server.listing = json.dumps({"files": entries}).encode()
    with pytest.raises(FsatError, match=r"expected FSDKaggle2019.audio_train_noisy.zip, with all its pieces"):
        download(tmp_path, ["noisy"], server.url, patience=QUICK)
