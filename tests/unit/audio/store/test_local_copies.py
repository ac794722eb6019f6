"""The copies of clips from elsewhere: whole, bounded, and of use to several threads and processes at once."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fsat_core.audio.store.local_copies import LocalCopies

SIZE = 1_000
STAMP = (SIZE, 1_700_000_000_000_000_000)


def writer(content: bytes = b"x" * SIZE) -> Callable[[Path], None]:
    def download(path: Path) -> None:
        path.write_bytes(content)

    return download


def refuse(_: Path) -> None:
    raise AssertionError("downloaded, although it is there")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "clips"


@pytest.fixture
def copies(folder: Path) -> LocalCopies:
    """Room for ten clips."""
    return LocalCopies(folder, 10 * SIZE)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_a_clip_is_brought_once(copies: LocalCopies, folder: Path) -> None:
    copies.bring(folder / "a.wav", STAMP, writer())
    assert (folder / "a.wav").read_bytes() == b"x" * SIZE
    assert copies.is_here(folder / "a.wav", STAMP)
    copies.bring(folder / "a.wav", STAMP, refuse)


@pytest.mark.parametrize("stamp", [(SIZE + 1, STAMP[1]), (SIZE, STAMP[1] + 1_000_000_000)])
def test_a_copy_of_an_earlier_clip_is_none(copies: LocalCopies, folder: Path, stamp: tuple[int, int]) -> None:
    copies.bring(folder / "a.wav", STAMP, writer())
    assert not copies.is_here(folder / "a.wav", stamp)
    copies.bring(folder / "a.wav", stamp, writer(b"y" * stamp[0]))
    assert (folder / "a.wav").read_bytes() == b"y" * stamp[0]


def test_those_that_were_used_longest_ago_make_room(copies: LocalCopies, folder: Path) -> None:
    for number in range(10):
        copies.bring(folder / f"{number}.wav", STAMP, writer())
    assert len(names(folder)) == 10
    assert copies.is_here(folder / "0.wav", STAMP)  # which uses it
    copies.bring(folder / "new.wav", STAMP, writer())
    left = names(folder)
    assert {"0.wav", "9.wav", "new.wav"} <= left
    assert not {"1.wav", "2.wav"} & left
    assert len(left) <= 10


def test_copies_of_before_and_of_other_processes_count(copies: LocalCopies, folder: Path) -> None:
    for number in range(8):
        LocalCopies(folder, 10 * SIZE).bring(folder / f"{number}.wav", STAMP, writer())
    for number in range(8):
        copies.bring(folder / f"new {number}.wav", STAMP, writer())
    assert len(names(folder)) <= 10
    assert {f"new {number}.wav" for number in range(8)} <= names(folder)


def test_a_clip_larger_than_the_bound_takes_the_place_of_all(copies: LocalCopies, folder: Path) -> None:
    copies.bring(folder / "a.wav", STAMP, writer())
    copies.bring(folder / "b.wav", (20 * SIZE, STAMP[1]), writer(b"x" * 20 * SIZE))
    assert names(folder) == {"b.wav"}


def test_a_clip_that_is_read_stays_whole(copies: LocalCopies, folder: Path) -> None:
    copies.bring(folder / "a.wav", STAMP, writer())
    with (folder / "a.wav").open("rb") as file:
        for number in range(20):
            copies.bring(folder / f"{number}.wav", STAMP, writer())
        assert "a.wav" not in names(folder)
        assert file.read() == b"x" * SIZE


def test_a_download_that_fails_leaves_nothing(copies: LocalCopies, folder: Path) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("broke off")

    copies.bring(folder / "a.wav", STAMP, writer(b"1" * SIZE))
    with pytest.raises(OSError, match="broke off"):
        copies.bring(folder / "a.wav", (SIZE, 0), fail)
    assert names(folder) == {"a.wav"}
    assert (folder / "a.wav").read_bytes() == b"1" * SIZE
    for number in range(9):  # its bytes are not counted any more
        copies.bring(folder / f"{number}.wav", STAMP, writer())
    assert len(names(folder)) == 10


def test_threads_that_want_one_clip_bring_it_once(copies: LocalCopies, folder: Path) -> None:
    begun, go_on = [], threading.Event()

    def slow(path: Path) -> None:
        begun.append(path)
        go_on.wait(30)
        path.write_bytes(b"x" * SIZE)

    with ThreadPoolExecutor(8) as pool:
        brought = [pool.submit(copies.bring, folder / "a.wav", STAMP, slow) for _ in range(8)]
        go_on.set()
        assert [future.result() for future in brought] == [None] * 8
    assert len(begun) == 1


def test_threads_that_want_many_clips_keep_to_the_bound(folder: Path) -> None:
    copies = LocalCopies(folder, 100 * SIZE)
    with ThreadPoolExecutor(8) as pool:
        paths = [folder / f"{number}.wav" for number in range(300)]
        list(pool.map(lambda path: copies.bring(path, STAMP, writer()), paths))
    assert 70 <= len(names(folder)) <= 100


BRING = """
import sys, time
from pathlib import Path
from fsat_core.audio.store.local_copies import LocalCopies
folder, pause_s = Path(sys.argv[1]), float(sys.argv[2])
def download(path):
    with path.open("wb") as file:
        for _ in range(10):
            file.write(b"x" * 2_000_000)
            file.flush()
            print("writing", flush=True)
            time.sleep(pause_s)
LocalCopies(folder, 10**9).bring(folder / "a.wav", (20_000_000, 1_700_000_000_000_000_000), download)
"""


def process(folder: Path, pause_s: float) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", BRING, str(folder), str(pause_s)], stdout=subprocess.PIPE, text=True
    )


def test_processes_that_bring_one_clip_at_once_all_find_it_whole(folder: Path) -> None:
    running = [process(folder, 0.01) for _ in range(3)]
    seen = set()
    while any(each.poll() is None for each in running):
        if (folder / "a.wav").exists():
            seen.add((folder / "a.wav").stat().st_size)
    for each in running:
        each.communicate()
    assert [each.returncode for each in running] == [0, 0, 0]
    assert seen | {(folder / "a.wav").stat().st_size} == {20_000_000}
    assert set((folder / "a.wav").read_bytes()) == {ord("x")}
    assert names(folder) == {"a.wav"}


def test_a_process_that_is_killed_leaves_no_clip(copies: LocalCopies, folder: Path) -> None:
    with process(folder, 30.0) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "writing\n"
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()
    assert not (folder / "a.wav").exists()
    (left,) = (folder / ".partial").iterdir()
    copies.bring(folder / "a.wav", STAMP, writer())
    assert left.exists(), "it may be another process's"
    os.utime(left, (0, 0))
    LocalCopies(folder, 10 * SIZE).bring(folder / "b.wav", STAMP, writer())
    assert names(folder) == {"a.wav", "b.wav"}
