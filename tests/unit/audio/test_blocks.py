"""Clips in blocks: the same samples as of the whole, and memory that does not grow with length."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fsat_core.audio import read_mono, resample
from fsat_core.audio.blocks import MonoWave, Repeatable, regroup, resample_blocks
from tests.helpers.sound_files import noise
from tools.long_sounds import growth_mb, write_sparse_wav

RATE = 22_050


def cut(wave: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Consecutive blocks of a wave."""
    return (wave[start : start + size] for start in range(0, len(wave), size))


@pytest.mark.parametrize("num_channels", [1, 2, 5])
@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_decoded_blocks_are_the_whole(tmp_path: Path, suffix: str, num_channels: int) -> None:
    if suffix == "mp3" and num_channels > 2:
        pytest.skip("MP3 has two channels at most")
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, noise(50_000, num_channels), RATE)
    blocks = list(MonoWave(path, block=7_000, keep=0).at(RATE))
    assert len(blocks) > 7
    assert max(map(len, blocks)) <= 7_000
    whole = read_mono(path)[0]
    np.testing.assert_allclose(np.concatenate(blocks), whole, atol=1e-6)
    for start in (1, 14_000, 30_001):  # and so is a part from anywhere
        np.testing.assert_allclose(read_mono(path, start, 3_000)[0], whole[start : start + 3_000], atol=1e-6)


@pytest.mark.parametrize("to_rate", [8_000, 16_000, 44_100, 192_000])
@pytest.mark.parametrize("size", [100, 7_777, 60_000])
def test_resampled_blocks_are_the_whole(to_rate: int, size: int) -> None:
    wave = noise(50_000)[:, 0].astype(np.float32)
    blocks = list(resample_blocks(cut(wave, size), RATE, to_rate, block=20_000))
    assert max(map(len, blocks)) <= 20_000 + 2_000
    np.testing.assert_array_equal(np.concatenate(blocks), resample(wave, RATE, to_rate))


@pytest.mark.parametrize("block", [100, 10_000])
def test_a_short_clip_is_decoded_once(tmp_path: Path, block: int) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(1_000), RATE)
    wave = MonoWave(path, block, keep=1_000)
    whole, lower = (np.concatenate(list(wave.at(rate))) for rate in (RATE, 8_000))
    path.unlink()
    np.testing.assert_array_equal(np.concatenate(list(wave.at(RATE))), whole)
    np.testing.assert_array_equal(np.concatenate(list(wave.at(8_000))), lower)
    np.testing.assert_array_equal(lower, resample(whole, RATE, 8_000))
    assert not wave.is_long
    assert wave.duration_s == 1_000 / RATE


def test_a_longer_clip_is_read_as_often_as_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(1_000), RATE)
    wave = MonoWave(path, block=300, keep=999)
    first, second = (np.concatenate(list(wave.at(8_000))) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert wave.is_long
    assert wave.duration_s == 1_000 / RATE


def test_blocks_are_made_anew_only_where_there_are_many() -> None:
    for num_blocks, num_made in ((0, 1), (1, 1), (2, 1), (3, 3), (5, 3)):
        made: list[int] = []

        def make(made: list[int] = made, num_blocks: int = num_blocks) -> Iterator[np.ndarray]:
            made.append(1)
            return iter([np.full(2, number) for number in range(num_blocks)])

        blocks = Repeatable(make, keep=4)
        for _ in range(3):
            assert [block.tolist() for block in blocks] == [[number] * 2 for number in range(num_blocks)]
        assert (len(made), blocks.length, blocks.is_kept) == (num_made, 2 * num_blocks, num_made == 1)


@pytest.mark.parametrize("size", [1, 3, 10, 100])
def test_regrouped_blocks_have_whole_groups(size: int) -> None:
    rows = np.arange(46).reshape(23, 2)
    for before in (1, 4, 7, 50):
        blocks = list(regroup(cut(rows, before), size))
        np.testing.assert_array_equal(np.concatenate(blocks), rows)
        assert all(len(block) % size == 0 for block in blocks[:-1])


WORKS = {
    "levels": (
        "from fsat_core.audio.blocks import MonoWave\nfrom fsat_core.audio.levels import measure_levels",
        "wave = MonoWave(path)\nmeasure_levels(wave.at(wave.sample_rate), wave.sample_rate)",
    ),
    "pictures": ("from fsat_core.audio.packing import read_sound", "read_sound(path, mfcc=True)"),
    "features": (
        "from fsat_core.audio import FeatureSpec, build_cache",
        "build_cache([('a', path)], FeatureSpec('wave', 16_000, 2.0), path.parent / 'cache')",
    ),
}


@pytest.mark.parametrize("work", WORKS)
def test_memory_does_not_grow_with_length(tmp_path: Path, work: str) -> None:
    short, long = (
        growth_mb(write_sparse_wav(tmp_path / f"{seconds}.wav", seconds, 48_000), *WORKS[work])
        for seconds in (200, 1_200)
    )
    assert long < short + 50
