"""The demo set is written whole or not at all, and the same for a seed."""

import hashlib
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from fsat_core.dataset.demo.plan import plan_demo
from fsat_core.dataset.demo.sounds import SOUNDS
from fsat_core.dataset.demo.write import write_demo
from fsat_core.dataset.layouts import open_dataset
from fsat_core.errors import DatasetError

# Only a few clips, for the tests that are about folders.
write_short = partial(write_demo, plan=lambda seed: plan_demo(seed)[-4:])


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# The same in a new folder and over an older demo set, of which nothing stays.
def test_same_seed_gives_the_same_bytes(demo_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "DEMO").write_text("Demo data of an older format\n")
    (tmp_path / "left_over.wav").write_bytes(b"")
    write_demo(tmp_path, seed=0)
    assert hashes(tmp_path) == hashes(demo_dir)


def test_progress_counts_every_clip(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    write_short(tmp_path / "demo", progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_open_dataset_reads_it(demo_dir: Path) -> None:
    dataset = open_dataset(demo_dir)
    assert dataset.is_demo
    assert dataset.layout == "kaggle"
    assert dataset.classes == tuple(sorted(SOUNDS))
    assert dataset.table["split"].value_counts().to_dict() == {"curated": 120, "noisy": 48, "test": 36}


def test_marker_says_in_two_lines_that_the_set_is_synthesised(demo_dir: Path) -> None:
    lines = (demo_dir / "DEMO").read_text().splitlines()
    assert len(lines) == 2
    assert "synthesised" in lines[0]
    assert "seed 0" in lines[1]


def test_a_set_of_the_same_seed_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    write_short(out, seed=3)
    (out / "note.txt").write_text("mine")
    lock = tmp_path / ".demo.demo-lock"
    lock.unlink()
    write_short(out, seed=3, progress=interrupt)
    assert (out / "note.txt").is_file()
    assert not lock.exists()  # a set on a read-only disk can be opened too
    write_short(out, seed=4)
    assert not (out / "note.txt").exists()
    assert "seed 4" in (out / "DEMO").read_text()


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DatasetError, match="other files in it") as refusal:
        write_short(tmp_path)
    assert "\n" not in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    out.write_text("not a folder")
    with pytest.raises(DatasetError, match="is a file"):
        write_short(out)
    with pytest.raises(DatasetError, match="Cannot write the demo set"):
        write_short(out / "below")
    assert out.read_text() == "not a folder"


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="seed -1"):
        write_short(tmp_path / "demo", seed=-1)


def test_an_interrupted_run_leaves_no_half_set(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_short(tmp_path / "demo", progress=interrupt)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_an_interrupted_run_leaves_the_older_set(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    write_short(out, seed=0)
    before = hashes(out)
    with pytest.raises(KeyboardInterrupt):
        write_short(out, seed=1, progress=interrupt)
    assert hashes(out) == before
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [out]


def test_leftovers_of_a_killed_run_are_no_hindrance(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    partial = tmp_path / ".demo.demo-partial"
    (partial / "train_curated").mkdir(parents=True)
    (partial / "half.wav").write_bytes(b"")
    write_short(out)
    assert not (out / "half.wav").exists()
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [out]


# Two visitors open the app for the first time at once.
def test_two_writers_at_once_make_one_set(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    second = Thread(target=write_short, args=(out,))
    calls: list[int] = []

    def start_the_second(done: int, total: int) -> None:
        calls.append(done)
        if done == 1:
            second.start()
            second.join(timeout=0.3)
            assert second.is_alive()  # it waits

    write_short(out, progress=start_the_second)
    second.join()
    assert calls == [1, 2, 3, 4]
    assert (out / "DEMO").is_file()
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [out]


def interrupt(done: int, total: int) -> None:
    if done == 2:
        raise KeyboardInterrupt
