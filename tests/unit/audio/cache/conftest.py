"""Clips for tests of the feature cache."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

RATE = 8_000
LENGTHS = [4_000, 1_500, 9_100, 4_000, 20_000, 100, 4_001, 3_999, 12_345, 8_000]


@pytest.fixture
def clips(tmp_path: Path) -> list[tuple[str, Path]]:
    """Ten clips of noise, shorter and longer than the window of half a second."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "audio"
    folder.mkdir()
    made = []
    for number, length in enumerate(LENGTHS):
        path = folder / f"{number}.wav"
        soundfile.write(path, 0.1 * rng.standard_normal(length), RATE)
        made.append((f"curated/{number}.wav", path))
    return made
