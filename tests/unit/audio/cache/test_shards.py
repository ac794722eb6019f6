"""The feature cache in processes: the same bytes as from threads, whatever is killed on the way."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fsat_core.audio import FeatureSpec, build_cache
from fsat_core.audio.cache import build
from fsat_core.audio.cache.compute import compute
from fsat_core.audio.cache.shards import Row, Shards
from fsat_core.errors import FsatError, Stopped
from tests.helpers.shards import Reader, full_disk

RATE = 8_000
WAVE = FeatureSpec("wave", RATE, 0.5)
MFCC = FeatureSpec("mfcc", RATE, 0.5, n_mfcc=13, n_fft=512, hop_length=128)
SPECS = pytest.mark.parametrize("spec", [WAVE, MFCC], ids=["wave", "mfcc"])
Clips = list[tuple[str, Path]]


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two or three clips in each, in processes from the first byte."""
    monkeypatch.setattr(build, "_SHARD_BYTES", 20_000)
    monkeypatch.setattr(build, "PROCESSES_FROM_BYTES", {"wave": 0, "mfcc": 0})


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path / "opened")


def folder_of(cache_dir: Path) -> Path:
    (folder,) = (path for path in (cache_dir / "features").iterdir() if path.is_dir())
    return folder


def assert_as_from_threads(clips: Clips, spec: FeatureSpec, cache_dir: Path) -> None:
    """The files of a cache are those that one thread writes, and no others are left."""
    one_thread = cache_dir.with_name("one_thread")
    build_cache(clips, spec, one_thread, num_workers=1)
    files = {path.name: path.read_bytes() for path in folder_of(cache_dir).iterdir()}
    assert files == {path.name: path.read_bytes() for path in folder_of(one_thread).iterdir()}


@SPECS
def test_the_files_are_those_of_threads(
    clips: Clips, tmp_path: Path, reader: Reader, spec: FeatureSpec
) -> None:
    clips[3][1].write_bytes(clips[3][1].read_bytes()[:1_000])
    clips.insert(2, ("curated/missing.wav", tmp_path / "missing.wav"))
    calls: list[tuple[int, int]] = []
    build_cache(clips, spec, tmp_path / "cache", lambda *call: calls.append(call), num_workers=2, read=reader)
    assert os.getpid() not in reader.pids
    assert sorted(reader.names) == sorted(path.name for _, path in clips)
    assert (calls[0], calls[-1]) == ((0, 11), (11, 11))
    assert calls == sorted(calls)
    assert_as_from_threads(clips, spec, tmp_path / "cache")


def test_small_sets_and_single_cores_start_no_process(
    clips: Clips, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_cache(clips, MFCC, tmp_path / "one_core", num_workers=1, read=reader)
    total = sum(path.stat().st_size for _, path in clips)
    monkeypatch.setattr(build, "PROCESSES_FROM_BYTES", {"mfcc": total + 1})
    build_cache(clips, MFCC, tmp_path / "small", num_workers=2, read=reader)
    assert reader.pids == {os.getpid()}


@SPECS
def test_killed_processes_cost_no_clip(clips: Clips, tmp_path: Path, spec: FeatureSpec) -> None:
    killing = Reader(tmp_path / "opened", kills_once=("2.wav", "5.wav", "9.wav"))
    build_cache(clips, spec, tmp_path / "cache", num_workers=2, read=killing)
    assert all(killing.names.count(name) > 1 for name in killing.kills_once)
    assert_as_from_threads(clips, spec, tmp_path / "cache")


def test_a_clip_that_kills_each_time_is_its_own_error(clips: Clips, tmp_path: Path) -> None:
    killing = Reader(tmp_path / "opened", kills=("4.wav",))
    built = build_cache(clips, MFCC, tmp_path / "cache", num_workers=2, read=killing)
    assert list(built.errors) == ["curated/4.wav"]
    assert built.errors["curated/4.wav"].startswith("curated/4.wav: ended the process that read it, 3 times")
    others = [clip for clip in clips if clip[0] != "curated/4.wav"]
    whole = build_cache(others, MFCC, tmp_path / "others", num_workers=1)
    for clip_id, _ in others:
        assert (built.windows(clip_id) == whole.windows(clip_id)).all()


@SPECS
def test_a_killed_build_keeps_its_shards(
    clips: Clips, tmp_path: Path, reader: Reader, spec: FeatureSpec
) -> None:
    names = [(clip_id, str(path)) for clip_id, path in clips]
    script = f"""
import os, signal
from pathlib import Path
from fsat_core.audio import FeatureSpec, build_cache
from fsat_core.audio.cache import build

def progress(done, total):
    if done > 4:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    build._SHARD_BYTES = 20_000
    build.PROCESSES_FROM_BYTES = {{"wave": 0, "mfcc": 0}}
    clips = [(clip_id, Path(path)) for clip_id, path in {names}]
    build_cache(clips, {spec!r}, Path({str(tmp_path / "cache")!r}), progress, num_workers=2)
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[4], check=False)
    assert killed.returncode == -signal.SIGKILL
    build_cache(clips, spec, tmp_path / "cache", num_workers=2, read=reader)
    assert len(reader.names) <= 5  # fewer, or none, where processes were quicker than the end
    assert_as_from_threads(clips, spec, tmp_path / "cache")


def test_a_stopped_build_keeps_its_shards_and_threads_go_on(
    clips: Clips, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = 0

    def progress(now: int, _: int) -> None:
        nonlocal done
        done = now

    with pytest.raises(Stopped):
        build_cache(clips, MFCC, tmp_path / "cache", progress, should_stop=lambda: done > 4, num_workers=2)
    monkeypatch.setattr(build, "PROCESSES_FROM_BYTES", {"mfcc": 1 << 40})
    build_cache(clips, MFCC, tmp_path / "cache", num_workers=2, read=reader)
    assert len(reader.names) <= 5  # fewer, or none, where processes were quicker than the end
    assert_as_from_threads(clips, MFCC, tmp_path / "cache")


def write_shard(cache_dir: Path, clips: Clips, first: int, last: int) -> Path:
    """A shard of a cache that has been begun; returns its folder."""
    shards = Shards(folder_of(cache_dir), MFCC)
    rows = [Row(number, *clips[number]) for number in range(first, last)]
    shards.write(rows, (compute(row.clip_id, row.path, MFCC, Reader(cache_dir / "log")) for row in rows))
    return shards.path(range(first, last))


@pytest.mark.parametrize("num_workers", [1, 2])
def test_shards_that_were_left_are_used_as_far_as_they_fit(
    clips: Clips, tmp_path: Path, reader: Reader, num_workers: int
) -> None:
    cache_dir = tmp_path / "cache"
    with pytest.raises(Stopped):
        build_cache(clips, MFCC, cache_dir, should_stop=lambda: True)
    write_shard(cache_dir, clips, 2, 4)
    write_shard(cache_dir, clips, 3, 6)  # of another cut: it overlaps, and does not follow
    write_shard(cache_dir, clips, 7, 9)
    damaged = write_shard(cache_dir, clips, 9, 10)
    os.truncate(damaged / "data", 10)
    unfinished = folder_of(cache_dir) / ".shard_00000000_00000002.12345678"
    unfinished.mkdir()
    build_cache(clips, MFCC, cache_dir, num_workers=num_workers, read=reader)
    assert {"2.wav", "3.wav", "7.wav", "8.wav"}.isdisjoint(reader.names)
    assert_as_from_threads(clips, MFCC, cache_dir)


def test_a_shard_that_somebody_else_has_written_is_kept(clips: Clips, tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        build_cache(clips, MFCC, tmp_path / "cache", should_stop=lambda: True)
    first = write_shard(tmp_path / "cache", clips, 0, 2)
    before = first.stat().st_ino
    assert write_shard(tmp_path / "cache", clips, 0, 2).stat().st_ino == before
    assert len(list(folder_of(tmp_path / "cache").glob(".shard_*"))) == 0


def test_a_full_disk_in_a_process_is_one_line(clips: Clips, tmp_path: Path) -> None:
    with pytest.raises(FsatError, match=r"^cannot keep features in .* \(No space left on device\)"):
        build_cache(clips, MFCC, tmp_path / "cache", num_workers=2, read=full_disk)
