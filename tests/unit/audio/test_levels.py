"""Levels of a clip: peak, loudness, silence, clipping, and a hash of what is heard."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from fsat_core.audio.levels import Levels, measure_levels
from fsat_core.dataset import Dataset, deep_scan, open_dataset, scan

RATE = 8_000
NUM_CLIPS = 22


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def dataset(kaggle_set: Path) -> Dataset:
    return open_dataset(kaggle_set)


def scanned(dataset: Dataset, cache_dir: Path) -> pd.DataFrame:
    return deep_scan(dataset, scan(dataset, cache_dir), cache_dir)


def row(catalogue: pd.DataFrame, clip_id: str) -> pd.Series:
    return catalogue.set_index("clip_id").loc[clip_id]


def measure(wave: np.ndarray) -> Levels:
    return measure_levels([np.asarray(wave, dtype=np.float32)], RATE)


def sine(amplitude: float, seconds: float = 1.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * 443 * np.arange(int(RATE * seconds)) / RATE)


def test_peak_and_loudness() -> None:
    levels = measure(sine(1.0))
    assert levels.peak == pytest.approx(1, abs=1e-3)
    assert levels.rms_db == pytest.approx(-3.01, abs=0.01)
    assert measure(-sine(0.1)).rms_db == pytest.approx(-23.01, abs=0.01)
    assert measure(np.array([0.1, -0.7, 0.2])).peak == pytest.approx(0.7)


def test_silence_is_the_share_of_quiet_frames() -> None:
    assert measure(np.zeros(RATE)) == (0, -120, 1, 0, measure(np.zeros(RATE)).content_hash)
    assert measure(np.concatenate([sine(0.1, 0.25), np.zeros(RATE * 3 // 4)])).silence_ratio == pytest.approx(
        0.75
    )
    # The root mean square of a sine is 3 dB below its peak.
    assert measure(sine(1.3e-3)).silence_ratio == 1
    assert measure(sine(1.6e-3)).silence_ratio == 0
    # A last frame of one sample counts as a frame.
    assert measure(np.append(sine(0.1, 0.03), 0)).silence_ratio == pytest.approx(1 / 4)


@pytest.mark.parametrize(
    ("wave", "num_clipped"),
    [
        ([0, 1, 1, 1, 0, -1, -1, 0, 0, 0], 3),  # two in a row may be chance
        ([0.999, -1, 0.9991, 0, 0, 0, 0, 0, 0, 0.5], 3),  # over both ends
        ([1, 1, 0, 1, 1, 0, 1, 1, 0, 1], 0),
        ([0, 0.6, 0.6, 0.6, 0.6, 0, 0.5, 0.5, 0.5, 0], 4),  # turned down after it was clipped
        ([0.6, 0, 0, 0, 0, 0.6, 0.6, 0.6, 0.6, 0.6], 5),
        ([0.0009] * 10, 0),  # too quiet to tell
        ([0.0] * 10, 0),
    ],
)
def test_clipping_is_the_share_of_samples_in_flat_tops(wave: list[float], num_clipped: int) -> None:
    assert measure(np.array(wave)).clipping_ratio == pytest.approx(num_clipped / 10)


def test_a_clean_sound_is_not_clipped() -> None:
    assert measure(sine(1.0)).clipping_ratio == 0
    assert measure(np.clip(sine(2.0), -1, 1)).clipping_ratio > 0.5


def test_equal_sound_has_an_equal_hash_in_any_lossless_file(dataset: Dataset, cache_dir: Path) -> None:
    wave = np.round(sine(0.5) * 32_768) / 32_768
    audio = dataset.root / "train_curated"
    sf.write(audio / "bark_0.wav", wave, RATE, subtype="PCM_16")
    sf.write(audio / "bark_1.wav", wave, RATE, subtype="PCM_24")
    sf.write(audio / "bark_2.wav", wave, RATE, subtype="PCM_16", format="FLAC")
    sf.write(audio / "bark_3.wav", np.column_stack([wave, wave]), RATE, subtype="FLOAT")
    sf.write(audio / "knock_0.wav", wave, RATE * 2, subtype="PCM_16")
    sf.write(audio / "knock_1.wav", wave[:-1], RATE, subtype="PCM_16")
    found = scanned(dataset, cache_dir)
    hashes = [row(found, f"curated/bark_{number}.wav")["content_hash"] for number in range(4)]
    assert len(set(hashes)) == 1
    assert (found["content_hash"] == hashes[0]).sum() == 4
    assert found["content_hash"].nunique() == NUM_CLIPS - 3


@pytest.mark.parametrize("size", [1, 7, 80, 1_000, 5_000])
def test_figures_do_not_hang_on_blocks(size: int) -> None:
    rng = np.random.default_rng(0)
    for level in (0.3, 1.0, 3.0):  # its flat tops are at its own peak, at full scale, or beyond
        wave = np.repeat(rng.normal(0, 0.2, 700), rng.integers(1, 6, 700)).astype(np.float32)
        wave = np.clip(wave, -0.3, 0.3) * np.float32(level / 0.3)
        wave[200:210] *= np.linspace(1, 1.2, 10, dtype=np.float32)  # the peak rises on the way
        blocks = [wave[start : start + size] for start in range(0, len(wave), size)]
        assert measure_levels(blocks, RATE) == measure_levels([wave], RATE)
