"""Building the feature cache: right values, one decode per clip, and whole again after anything."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fsat_core.audio import FeatureCache, FeatureSpec, build_cache, extract, read_mono, resample, windows
from fsat_core.audio.blocks import MonoWave
from fsat_core.errors import AudioError, FsatError, Stopped

RATE = 8_000
WAVE = FeatureSpec("wave", RATE, 0.5)
MFCC = FeatureSpec("mfcc", RATE, 0.5, n_mfcc=13, n_fft=512, hop_length=128)
SPECS = pytest.mark.parametrize("spec", [WAVE, MFCC], ids=["wave", "mfcc"])
Clips = list[tuple[str, Path]]


class Decoder:
    """Lists the names of the files that it has opened."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, path: Path) -> MonoWave:
        self.names.append(path.name)
        return MonoWave(path)


def folder_of(cache_dir: Path) -> Path:
    """The only cache in a cache folder."""
    (folder,) = (path for path in (cache_dir / "features").iterdir() if path.is_dir())
    return folder


def assert_same(first: FeatureCache, second: FeatureCache) -> None:
    """Both caches hold the same features and errors of the same clips."""
    assert first.clip_ids == second.clip_ids
    assert first.errors == second.errors
    readable = [clip_id for clip_id in first.clip_ids if clip_id not in first.errors]
    np.testing.assert_array_equal(
        first.crops(readable, np.random.default_rng(0)), second.crops(readable, np.random.default_rng(0))
    )
    for clip_id in readable:
        np.testing.assert_array_equal(first.windows(clip_id), second.windows(clip_id))


@SPECS
def test_a_clip_at_another_rate_is_resampled(tmp_path: Path, spec: FeatureSpec) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal((30_000, 2)), 22_050)
    built = build_cache([("a", path)], spec, tmp_path / "cache")
    wave = resample(read_mono(path)[0], 22_050, RATE)
    np.testing.assert_allclose(built.windows("a"), extract(windows(wave, spec.num_samples), spec), atol=1e-4)


def test_sets_whose_clips_are_called_alike_share_nothing(tmp_path: Path) -> None:
    built: list[FeatureCache] = []
    for name in ("one", "two"):
        path = tmp_path / name / "a.wav"
        path.parent.mkdir()
        soundfile.write(path, 0.1 * np.random.default_rng(len(built)).standard_normal(8_000), RATE)
        os.utime(path, (0, 0))  # as archives are unpacked that keep no times
        built.append(build_cache([("curated/a.wav", path)], WAVE, tmp_path / "cache"))
    first, second = (cache.windows("curated/a.wav") for cache in built)
    assert not np.array_equal(first, second)


def test_a_faint_clip_keeps_its_precision(tmp_path: Path) -> None:
    wave = 1e-4 * np.random.default_rng(0).standard_normal(WAVE.num_samples).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", wave, RATE, subtype="FLOAT")
    built = build_cache([("a", tmp_path / "a.wav")], WAVE, tmp_path / "cache")
    np.testing.assert_allclose(built.windows("a"), extract(wave[np.newaxis], WAVE), atol=1e-4)


@SPECS
def test_silence_has_features(tmp_path: Path, spec: FeatureSpec) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(6_000), RATE)
    built = build_cache([("a", tmp_path / "a.wav")], spec, tmp_path / "cache")
    silence = extract(np.zeros((1, spec.num_samples), np.float32), spec)
    np.testing.assert_array_equal(built.crops([0], np.random.default_rng(0)), silence)
    np.testing.assert_array_equal(built.windows("a"), np.repeat(silence, 2, axis=0))


@SPECS
def test_every_clip_is_decoded_once_and_then_read(clips: Clips, tmp_path: Path, spec: FeatureSpec) -> None:
    decoder = Decoder()
    first = build_cache(clips, spec, tmp_path / "cache", read=decoder)
    assert sorted(decoder.names) == sorted(path.name for _, path in clips)
    assert_same(first, build_cache(clips, spec, tmp_path / "cache", read=decoder))
    assert len(decoder.names) == len(clips)


@pytest.mark.parametrize("change", ["spec", "size", "time", "clips"])
def test_another_input_is_another_cache(clips: Clips, tmp_path: Path, change: str) -> None:
    decoder = Decoder()
    build_cache(clips, WAVE, tmp_path / "cache", read=decoder)
    spec, path = WAVE, clips[0][1]
    if change == "spec":
        spec = FeatureSpec("wave", RATE // 2, 0.5)
    elif change == "size":
        stat = path.stat()
        soundfile.write(path, np.ones(5_000) / 2, RATE)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    elif change == "time":
        os.utime(path, ns=(1, 1))
    else:
        clips = clips[:-1]
    decoder.names.clear()
    build_cache(clips, spec, tmp_path / "cache", read=decoder)
    assert len(decoder.names) == len(clips)


@SPECS
def test_an_unreadable_clip_is_listed_and_never_replaced(
    clips: Clips, tmp_path: Path, spec: FeatureSpec
) -> None:
    decoder = Decoder()
    clips[3][1].write_bytes(clips[3][1].read_bytes()[:1_000])
    clips.append(("curated/missing.wav", tmp_path / "missing.wav"))
    for _ in range(2):
        built = build_cache(clips, spec, tmp_path / "cache", read=decoder)
        assert list(built.errors) == ["curated/3.wav", "curated/missing.wav"]
        assert "truncated" in built.errors["curated/3.wav"]
        assert built.clip_ids == [clip_id for clip_id, _ in clips]
        for ask in (
            lambda built=built: built.crops(["curated/0.wav", "curated/3.wav"], np.random.default_rng(0)),
            lambda built=built: built.crops([3], np.random.default_rng(0)),
            lambda built=built: built.windows("curated/3.wav"),
        ):
            with pytest.raises(AudioError, match=r"curated/3\.wav: has no features.*truncated"):
                ask()
        expected = extract(windows(read_mono(clips[4][1])[0], spec.num_samples), spec)
        np.testing.assert_allclose(built.windows("curated/4.wav"), expected, atol=1e-4)
    assert len(decoder.names) == len(clips)


def test_a_set_without_any_readable_clip_is_a_cache_of_errors(tmp_path: Path) -> None:
    for clips in ([], [("a", tmp_path / "missing.wav")]):
        built = build_cache(clips, WAVE, tmp_path / "cache")
        assert list(built.errors) == built.clip_ids == [clip_id for clip_id, _ in clips]


def test_a_clip_given_twice_is_an_error(clips: Clips, tmp_path: Path) -> None:
    with pytest.raises(FsatError, match=r"curated/2\.wav: given twice"):
        build_cache([*clips, clips[2]], WAVE, tmp_path / "cache")


def test_a_folder_that_cannot_be_written_is_a_clear_error(clips: Clips, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(FsatError, match="cannot keep features"):
        build_cache(clips, WAVE, tmp_path / "cache")


@SPECS
def test_the_number_of_threads_does_not_change_the_result(
    clips: Clips, tmp_path: Path, spec: FeatureSpec
) -> None:
    one, many = (build_cache(clips, spec, tmp_path / f"{threads}", num_workers=threads) for threads in (1, 5))
    assert_same(one, many)


def test_progress_counts_up_to_the_total(clips: Clips, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    build_cache(clips, WAVE, tmp_path / "cache", progress=lambda *call: calls.append(call))
    assert calls == [(done, 10) for done in range(11)]


def test_few_results_wait_in_memory(clips: Clips, tmp_path: Path) -> None:
    decoder = Decoder()
    many = [(f"{number}", clips[number % 10][1]) for number in range(200)]
    ahead: list[int] = []
    build_cache(
        many,
        WAVE,
        tmp_path / "cache",
        progress=lambda done, _: ahead.append(len(decoder.names) - done),
        num_workers=2,
        read=decoder,
    )
    assert max(ahead) <= 8


@SPECS
def test_a_stopped_build_goes_on_where_it_was(clips: Clips, tmp_path: Path, spec: FeatureSpec) -> None:
    decoder = Decoder()
    done = 0

    def progress(now: int, _: int) -> None:
        nonlocal done
        done = now

    with pytest.raises(Stopped):
        build_cache(clips, spec, tmp_path / "cache", progress, should_stop=lambda: done == 6, read=decoder)
    assert not (folder_of(tmp_path / "cache") / "index.jsonl").exists()
    decoder.names.clear()
    resumed = build_cache(clips, spec, tmp_path / "cache", read=decoder)
    assert sorted(decoder.names) == sorted(path.name for _, path in clips[6:])
    assert_same(resumed, build_cache(clips, spec, tmp_path / "whole"))


@SPECS
def test_a_killed_build_goes_on_where_it_was(clips: Clips, tmp_path: Path, spec: FeatureSpec) -> None:
    names = [(clip_id, str(path)) for clip_id, path in clips]
    script = f"""
import os, signal
from pathlib import Path
from fsat_core.audio import FeatureSpec, build_cache

def progress(done, total):
    if done == 6:
        os.kill(os.getpid(), signal.SIGKILL)

clips = [(clip_id, Path(path)) for clip_id, path in {names}]
build_cache(clips, {spec!r}, Path({str(tmp_path / "cache")!r}), progress)
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[4], check=False)
    assert killed.returncode == -signal.SIGKILL
    decoder = Decoder()
    resumed = build_cache(clips, spec, tmp_path / "cache", read=decoder)
    assert sorted(decoder.names) == sorted(path.name for _, path in clips[6:])
    assert_same(resumed, build_cache(clips, spec, tmp_path / "whole"))


def half_a_line(folder: Path) -> None:
    """As if killed while writing an index line, its data written."""
    with (folder / "index.partial").open("a") as index:
        index.write('{"clip_id": "curated/6.wav", "cou')
    with (folder / "data.partial").open("ab") as data:
        data.write(b"1234567")


def data_lost(folder: Path) -> None:
    """As if the machine went down before all data reached the disk."""
    os.truncate(folder / "data.partial", (folder / "data.partial").stat().st_size - 100)


def newline_lost(folder: Path) -> None:
    """As if the index broke off just before the end of a line."""
    os.truncate(folder / "index.partial", (folder / "index.partial").stat().st_size - 1)


def index_lost(folder: Path) -> None:
    """As if the index never reached the disk."""
    (folder / "index.partial").unlink()


@SPECS
@pytest.mark.parametrize("damage", [half_a_line, newline_lost, data_lost, index_lost])
def test_half_written_clips_are_built_again(
    clips: Clips, tmp_path: Path, spec: FeatureSpec, damage: Callable[[Path], None]
) -> None:
    done = 0

    def progress(now: int, _: int) -> None:
        nonlocal done
        done = now

    with pytest.raises(Stopped):
        build_cache(clips, spec, tmp_path / "cache", progress, should_stop=lambda: done == 6)
    damage(folder_of(tmp_path / "cache"))
    resumed = build_cache(clips, spec, tmp_path / "cache")
    assert_same(resumed, build_cache(clips, spec, tmp_path / "whole"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: os.truncate(folder / "data.bin", 1_001),
        lambda folder: (folder / "data.bin").unlink(),
        lambda folder: (folder / "index.jsonl").unlink(),
        lambda folder: (folder / "index.jsonl").write_bytes(b"\x00garbage\n" * 10),
        lambda folder: os.truncate(folder / "index.jsonl", 300),
    ],
)
@SPECS
def test_a_damaged_cache_is_built_again(
    clips: Clips, tmp_path: Path, spec: FeatureSpec, damage: Callable[[Path], None]
) -> None:
    build_cache(clips, spec, tmp_path / "cache")
    damage(folder_of(tmp_path / "cache"))
    again = build_cache(clips, spec, tmp_path / "cache")
    assert_same(again, build_cache(clips, spec, tmp_path / "whole"))


def test_an_index_without_its_last_clip_is_not_taken_for_whole(clips: Clips, tmp_path: Path) -> None:
    clips.append(("curated/missing.wav", tmp_path / "missing.wav"))  # has no data that would be missed
    build_cache(clips, WAVE, tmp_path / "cache")
    index = folder_of(tmp_path / "cache") / "index.jsonl"
    index.write_bytes(b"".join(index.read_bytes().splitlines(keepends=True)[:-1]))
    assert list(build_cache(clips, WAVE, tmp_path / "cache").errors) == ["curated/missing.wav"]


def test_a_second_builder_waits_and_then_reads(clips: Clips, tmp_path: Path) -> None:
    decoder = Decoder()
    building, waited = threading.Event(), threading.Event()

    def hold(done: int, _: int) -> None:
        if done == 3:
            building.set()
            waited.wait()

    def build_first() -> None:
        build_cache(clips, WAVE, tmp_path / "cache", hold, read=decoder)

    first = threading.Thread(target=build_first)
    first.start()
    building.wait()
    with pytest.raises(Stopped):  # it can be stopped while it waits
        build_cache(clips, WAVE, tmp_path / "cache", should_stop=lambda: True, read=decoder)
    second = build_cache(clips, WAVE, tmp_path / "cache", progress=lambda *_: waited.set(), read=decoder)
    first.join()
    assert len(decoder.names) == len(clips)
    assert_same(second, build_cache(clips, WAVE, tmp_path / "whole"))


@SPECS
def test_long_clips_are_stored_as_short_ones_are(clips: Clips, tmp_path: Path, spec: FeatureSpec) -> None:
    soundfile.write(tmp_path / "high.wav", 0.1 * np.random.default_rng(1).standard_normal(90_000), 22_050)
    soundfile.write(tmp_path / "silent.wav", np.zeros(40_000), RATE)
    clips += [("high", tmp_path / "high.wav"), ("silent", tmp_path / "silent.wav")]
    whole = build_cache(clips, spec, tmp_path / "whole")
    in_blocks = build_cache(clips, spec, tmp_path / "blocks", read=partial(MonoWave, block=3_000, keep=9_000))
    assert_same(in_blocks, whole)
    for size in (1, 7, 500):
        batches = list(whole.window_batches("high", size))
        assert {len(batch) for batch in batches[:-1]} <= {size}
        np.testing.assert_array_equal(np.concatenate(batches), whole.windows("high"))


@SPECS
@pytest.mark.parametrize("num_left", [0, 20_000])
def test_a_long_clip_that_changes_while_it_is_read_is_an_error_of_its_own(
    clips: Clips, tmp_path: Path, spec: FeatureSpec, num_left: int
) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, 0.1 * np.random.default_rng(1).standard_normal(60_000), RATE)
    clips.insert(4, ("long", path))

    class Changing(MonoWave):
        """Once its features are known to be needed, its file is another."""

        @property
        def is_long(self) -> bool:
            if super().is_long:
                soundfile.write(path, np.ones(num_left) / 2, RATE)
            return super().is_long

    def read(source: Path) -> MonoWave:
        return Changing(source, 10_000, keep=0) if source == path else MonoWave(source)

    built = build_cache(clips, spec, tmp_path / "cache", read=read)
    assert list(built.errors) == ["long"]
    assert "long" in built.errors["long"]
    others = [clip for clip in clips if clip[0] != "long"]
    whole = build_cache(others, spec, tmp_path / "others")
    for clip_id, _ in others:
        np.testing.assert_array_equal(built.windows(clip_id), whole.windows(clip_id))
