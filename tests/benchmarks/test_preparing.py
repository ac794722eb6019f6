"""What the benchmarks of preparing and of memory measure, and the plain way beside them."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from benchmarks.figures import seconds_of
from benchmarks.plain import MFCC_RATE, WAVE_RATE, crop, load_wave, prepare_mfcc, prepare_wave
from benchmarks.plain_batches import PlainGenerator
from benchmarks.sets.clips import write_clips
from benchmarks.sets.kaggle_set import write_curated
from benchmarks.targets import memory, preparing
from fsat_core.audio import FeatureSpec, extract
from fsat_core.dataset import open_dataset, scan
from fsat_core.errors import RunError
from fsat_core.runs import Run

MEGABYTE = 1_000_000


def test_clips_are_as_asked_for_and_follow_from_the_seed(tmp_path: Path) -> None:
    paths = write_clips(tmp_path / "a", 3, [0.1, 0.5, 0.2], 8_000)
    assert [sf.info(path).frames for path in paths] == [800, 4_000, 1_600]
    assert {(sf.info(path).channels, sf.info(path).subtype) for path in paths} == {(1, "PCM_16")}
    content = [path.read_bytes() for path in paths]
    again = write_clips(tmp_path / "b", 3, [0.1, 0.5, 0.2], 8_000)
    other = write_clips(tmp_path / "c", 3, 0.1, 8_000, seed=1)
    assert [path.read_bytes() for path in again] == content
    assert len({path.read_bytes()[:844] for path in (*paths, *other)}) == 6


def test_the_plain_way_makes_what_the_networks_take(tmp_path: Path) -> None:
    short, long = write_clips(tmp_path, 2, [1.0, 3.0])
    rng = np.random.default_rng
    for path in (short, long):
        wave, mfccs = prepare_wave(path, rng(0)), prepare_mfcc(path, rng(0))
        assert wave.shape == (32_000, 1)
        assert (wave.min(), wave.max()) == pytest.approx((-0.5, 0.5), abs=1e-5)
        piece = crop(load_wave(path, MFCC_RATE), 88_200, rng(0))
        ours = extract(piece[np.newaxis], FeatureSpec("mfcc", MFCC_RATE, 2.0))[0]
        assert mfccs.shape == ours.shape
        np.testing.assert_allclose(mfccs, ours, atol=1e-3)
    assert not np.array_equal(prepare_wave(long, rng(0)), prepare_wave(long, rng(1)))
    assert len(load_wave(long, WAVE_RATE)) == 48_000


def test_the_plain_generator_has_every_clip_once_an_epoch(tmp_path: Path) -> None:
    paths = write_clips(tmp_path, 5, 0.1)
    batches = PlainGenerator(paths, np.eye(5, dtype=np.float32), prepare_wave, batch_size=2)
    for _ in range(2):
        epoch = [batches[number] for number in range(batches.num_batches)]
        assert [features.shape for features, _ in epoch] == [(2, 32_000, 1), (2, 32_000, 1), (1, 32_000, 1)]
        np.testing.assert_array_equal(np.concatenate([targets for _, targets in epoch]).sum(axis=0), 1)
        batches.on_epoch_end()


def test_figures_of_preparing(tmp_path: Path) -> None:
    figures = list(preparing.measure(tmp_path, num_headers=30, num_clips=2, rounds=1))
    assert [(figure.target, figure.unit) for figure in figures] == [
        (1.5, "x"),
        (20, "x"),
        (30, "x"),
        (6, "x"),
        (4, "x"),
        (1e-3, "dB"),
    ]
    assert all(figure.value > 0 for figure in figures)
    assert figures[-1].met


def test_jobs_take_turns_and_the_first_turn_does_not_count() -> None:
    now = 0
    calls: list[str] = []

    def job(name: str, seconds: list[int]) -> None:
        nonlocal now
        calls.append(name)
        now += seconds.pop(0)

    fast, slow = [100, 1, 2, 9], [200, 10, 30, 20]
    jobs = (lambda: job("fast", fast), lambda: job("slow", slow))
    assert seconds_of(*jobs, rounds=3, clock=lambda: now) == [2, 20]
    assert calls == ["fast", "slow"] * 4


def test_differences_from_librosa_are_seen(tmp_path: Path) -> None:
    paths = write_clips(tmp_path / "clips", 2, 5.0)
    assert preparing.largest_difference(tmp_path, paths) < 1e-3
    times = paths[1].stat()
    paths[1].write_bytes(paths[0].read_bytes())
    os.utime(paths[1], ns=(times.st_atime_ns, times.st_mtime_ns))  # the cache takes it for the old one
    assert preparing.largest_difference(tmp_path, paths) > 1


def test_the_scanned_set_is_whole(tmp_path: Path) -> None:
    paths = [str(path) for path in write_curated(tmp_path / "set", 90, 0.1)]
    dataset = open_dataset(tmp_path / "set")
    catalogue = scan(dataset, tmp_path / "cache")
    assert len(paths) == len(catalogue) == 90
    assert (catalogue["error"] == "").all()
    assert (catalogue["num_frames"] == 4_410).all()
    assert catalogue["labels"].nunique() == 80


def test_memory_is_read_off_the_line_through_two_sizes() -> None:
    assert memory.extrapolate((100, 300), (500, 520), 1_300) == pytest.approx(620)
    assert memory.extrapolate((100, 300), (520, 500), 1_300) == 520


def test_figures_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[tuple[int, str]] = []

    def peak_of_training(root: Path, model: str) -> float:
        table = open_dataset(root).table
        assert set(table["split"]) == {"curated", "noisy", "test"}
        assert (scan(open_dataset(root), tmp_path / "cache")["error"] == "").all()
        trained.append((len(table), model))
        return 400 + len(table) * (1 if model == "mfcc_dummy" else 0.01)

    monkeypatch.setattr(memory, "peak_of_training", peak_of_training)
    wave, mfcc = memory.train_sets(tmp_path, (50, 100))
    assert trained == [(size, model) for model in memory.MODELS for size in (50, 100)]
    assert (wave.value, wave.met) == (pytest.approx(400 + 281.46), True)
    assert (mfcc.value, mfcc.met) == (pytest.approx(400 + 28_146), False)


def test_figures_of_work_on_a_long_clip(tmp_path: Path, finished_runs: dict[str, Run]) -> None:
    figures = list(memory.grow(tmp_path, finished_runs["mfcc_dummy"].path.parent, 30))
    assert [figure.item for figure in figures] == [
        "figures of the deep scan, a clip of 0.00833333 h",
        "sound and pictures for a page, a clip of 0.00833333 h",
        "prediction, a clip of 0.00833333 h",
    ]
    assert all(0 < figure.value < 300 for figure in figures)


def test_memory_is_what_the_system_cannot_take_back(tmp_path: Path) -> None:
    path = tmp_path / "mapped"
    path.write_bytes(bytes(50 * MEGABYTE))
    before = memory.memory_of(os.getpid())
    held = np.ones(100 * MEGABYTE, dtype=np.uint8)
    assert memory.memory_of(os.getpid()) - before == pytest.approx(100, abs=20)
    mapped = np.memmap(path, np.uint8, "r")
    assert mapped.sum() == 0
    assert held.all()
    assert memory.memory_of(os.getpid()) - before == pytest.approx(100, abs=20)


def test_a_training_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="ended with status 2"):
        memory.peak_of_training(tmp_path / "nothing", "wave_dummy")
