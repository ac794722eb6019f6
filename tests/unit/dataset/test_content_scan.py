"""The deep scan: what its figures mean, what unreadable clips become, what is cached and read again."""

import os
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from fsat_core.audio import read_mono
from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.levels import measure_levels
from fsat_core.dataset import DEEP_COLUMNS, Dataset, deep_scan, open_dataset, scan
from fsat_core.dataset.content_scan import summarise_deep
from fsat_core.errors import Stopped

RATE = 8_000
NUM_CLIPS = 22


class CountingReader:
    """Remembers which files it was asked for."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def __call__(self, path: Path) -> MonoWave:
        self.calls[path.name] += 1
        return MonoWave(path)


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def dataset(kaggle_set: Path) -> Dataset:
    return open_dataset(kaggle_set)


def scanned(dataset: Dataset, cache_dir: Path, **options: Any) -> pd.DataFrame:
    return deep_scan(dataset, scan(dataset, cache_dir), cache_dir, **options)


def row(catalogue: pd.DataFrame, clip_id: str) -> pd.Series:
    return catalogue.set_index("clip_id").loc[clip_id]


def sine(amplitude: float, seconds: float = 1.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * 443 * np.arange(int(RATE * seconds)) / RATE)


def test_columns_are_added_to_a_copy(dataset: Dataset, cache_dir: Path) -> None:
    catalogue = scan(dataset, cache_dir)[::-1]  # in any order
    before = catalogue.copy()
    found = deep_scan(dataset, catalogue, cache_dir)
    pd.testing.assert_frame_equal(catalogue, before)
    pd.testing.assert_frame_equal(found[list(catalogue)], catalogue)
    assert list(found)[len(list(catalogue)) :] == list(DEEP_COLUMNS)
    for clip_id in ("curated/bark_0.wav", "test/test_meow.wav"):
        part, fname = clip_id.split("/")
        folder = {"curated": "train_curated", "test": "test"}[part]
        wave, sample_rate = read_mono(dataset.root / folder / fname)
        expected = measure_levels([wave], sample_rate)
        assert tuple(row(found, clip_id)[list(DEEP_COLUMNS)]) == expected


def test_unreadable_clips_have_no_figures_and_say_why(dataset: Dataset, cache_dir: Path) -> None:
    audio = dataset.root / "train_curated"
    sf.write(audio / "bark_0.wav", sine(0.5), RATE, format="FLAC")
    content = (audio / "bark_0.wav").read_bytes()
    (audio / "bark_0.wav").write_bytes(content[: len(content) // 2])  # the header is whole
    (audio / "bark_1.wav").unlink()
    sf.write(audio / "bark_2.wav", np.array([0.5, np.nan]), RATE, subtype="FLOAT")
    catalogue = scan(dataset, cache_dir)
    assert catalogue["error"].ne("").sum() == 1
    found = deep_scan(dataset, catalogue, cache_dir)
    for number, reason in enumerate(("bark_0.wav", "no such file", "not a finite number")):
        facts = row(found, f"curated/bark_{number}.wav")
        assert reason in facts["error"]
        assert facts["content_hash"] == ""
        assert facts[["peak", "rms_db", "silence_ratio", "clipping_ratio"]].isna().all()
    assert found["error"].ne("").sum() == 3
    pd.testing.assert_frame_equal(deep_scan(dataset, catalogue, cache_dir), found)  # also from the cache


def test_a_clip_that_has_gone_since_the_header_scan(dataset: Dataset, cache_dir: Path) -> None:
    catalogue = scan(dataset, cache_dir)
    (dataset.root / "train_curated" / "bark_0.wav").unlink()
    assert (
        "bark_0.wav: cannot be opened"
        in row(deep_scan(dataset, catalogue, cache_dir), "curated/bark_0.wav")["error"]
    )


def test_only_new_and_changed_clips_are_decoded(dataset: Dataset, cache_dir: Path) -> None:
    reader = CountingReader()
    first = scanned(dataset, cache_dir, read=reader)
    assert reader.calls.total() == NUM_CLIPS
    reader.calls.clear()
    pd.testing.assert_frame_equal(scanned(dataset, cache_dir, read=reader), first)
    assert reader.calls.total() == 0
    sf.write(dataset.root / "test" / "test_bark.wav", np.zeros(99), RATE)
    touched = dataset.root / "test" / "test_meow.wav"
    os.utime(touched, ns=(0, touched.stat().st_mtime_ns + 1))
    found = scanned(dataset, cache_dir, read=reader)
    assert reader.calls == {"test_bark.wav": 1, "test_meow.wav": 1}
    assert row(found, "test/test_bark.wav")["silence_ratio"] == 1
    assert (
        row(found, "test/test_meow.wav")["content_hash"] == row(first, "test/test_meow.wav")["content_hash"]
    )


def test_a_stopped_scan_goes_on_where_it_was(dataset: Dataset, cache_dir: Path) -> None:
    catalogue = scan(dataset, cache_dir)
    done: list[int] = []
    with pytest.raises(Stopped):
        deep_scan(dataset, catalogue, cache_dir, lambda n, _: done.append(n), lambda: done[-1] >= 8)
    assert done == list(range(1, 9))
    reader = CountingReader()
    reports: list[tuple[int, int]] = []
    found = deep_scan(dataset, catalogue, cache_dir, lambda n, total: reports.append((n, total)), read=reader)
    assert reader.calls.total() == NUM_CLIPS - 8
    assert reports == [(n, NUM_CLIPS) for n in range(9, NUM_CLIPS + 1)]
    assert found["content_hash"].ne("").all()


def test_what_is_done_is_saved_now_and_then(dataset: Dataset, cache_dir: Path) -> None:
    counts: list[int] = []

    def count(done: int, _: int) -> None:
        caches = list((cache_dir / "catalogues").glob("*.deep.parquet"))
        counts.append(len(pd.read_parquet(caches[0])) if caches else 0)

    scanned(dataset, cache_dir, progress=count, save_every_s=-1)
    assert counts == list(range(NUM_CLIPS))


@pytest.mark.parametrize("content", [b"", b"not parquet at all"])
def test_a_damaged_cache_is_made_anew(dataset: Dataset, cache_dir: Path, content: bytes) -> None:
    first = scanned(dataset, cache_dir)
    (cache,) = (cache_dir / "catalogues").glob("*.deep.parquet")
    cache.write_bytes(content)
    pd.testing.assert_frame_equal(scanned(dataset, cache_dir), first)


def test_a_fault_that_is_no_audio_error_is_loud(dataset: Dataset, cache_dir: Path) -> None:
    def fail(path: Path) -> NoReturn:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        scanned(dataset, cache_dir, read=fail)


def test_counts() -> None:
    catalogue = pd.DataFrame(
        {
            "silence_ratio": [1.0, 0.99, np.nan, 0, 0],
            "clipping_ratio": [0, 0.1, np.nan, 0.001, 0],
            "content_hash": ["a", "b", "", "b", "b"],
        }
    )
    assert summarise_deep(catalogue) == {"num_silent": 1, "num_clipped": 2, "num_duplicates": 3}
