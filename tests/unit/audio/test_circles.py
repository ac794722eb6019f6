"""What was held of a clip is let go with it: a circle of references would keep samples for a while."""

import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from fsat_core.audio import FeatureSpec, build_cache, read_mono
from fsat_core.audio.blocks import MonoWave
from fsat_core.audio.header import read_header
from fsat_core.audio.levels import measure_levels
from fsat_core.audio.packing import read_sound
from tests.helpers.sound_files import RATE, noise, write, write_stream


def _levels(path: Path) -> None:
    wave = MonoWave(path)
    measure_levels(wave.at(RATE), wave.sample_rate)


def _pictures(path: Path) -> None:
    read_sound(path, mfcc=True)


def _waves(path: Path) -> None:
    build_cache([("a", path)], FeatureSpec("wave", 16_000, 2.0), path.parent / "cache")


def _mfccs(path: Path) -> None:
    build_cache([("a", path)], FeatureSpec("mfcc", RATE, 2.0, 40), path.parent / "cache")


@pytest.mark.parametrize("work", [read_header, read_mono, _levels, _pictures, _waves, _mfccs])
@pytest.mark.parametrize("suffix", ["wav", "mka"])  # one for each reader
def test_no_collection_is_needed(tmp_path: Path, work: Callable[[Path], object], suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "wav":
        write(path, noise(40_000))
    else:
        write_stream(path, "aac", "matroska")
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work(path)
        gc.collect()
        ours = [repr(item) for item in gc.garbage if type(item).__module__.startswith("fsat_core")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert ours == []
