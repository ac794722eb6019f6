"""Downloads that are killed or stopped, and what cannot be kept: nothing is lost, nothing half there."""

import json
import os
import signal
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from fsat_core.download import delivery
from fsat_core.download.delivery import WORK, download
from fsat_core.download.record import PARTS
from fsat_core.errors import FsatError
from tests.helpers.downloads import QUICK, TEST_ZIP, contents, left_in, of_parts
from tests.helpers.record_server import RECORD, RecordServer, zip_folder

# --- it is killed, or stopped


def test_a_kill_in_the_middle_of_a_file(
    server: RecordServer, published: Path, tmp_path: Path, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    server.faults[TEST_ZIP] = ["stall"]
    half = len(server.files[TEST_ZIP]) // 2
    partial = tmp_path / WORK / f"{TEST_ZIP}.partial"
    program = [sys.executable, "-m", "fsat_core", "download", str(tmp_path), "--part", "test"]
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
