"""Clips that hardly sound say so, and are not drawn as if they were loud."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from fsat_core.audio.packing import read_sound
from tests.helpers.sound_files import noise

CANCELLED = "The channels of this clip cancel each other: in the mono mix, which networks hear, "
SILENT = "This clip is silent: no sample of its mono mix is above -60 dB."


@pytest.mark.parametrize(
    ("wave", "line"),
    [
        (np.zeros((8_000, 1)), SILENT),
        (np.zeros((8_000, 2)), SILENT),
        (0.001 * noise(8_000), SILENT),
        (noise(8_000), ""),
        (0.1 * noise(8_000), ""),
        (noise(8_000) * [1, 1], ""),
        (noise(8_000, 2), ""),
        (noise(8_000) * [1, 0], ""),
        (noise(8_000) * [1, -1], f"{CANCELLED}nothing is left."),
        (noise(8_000) * [1, -0.9], f"{CANCELLED}it is 26 dB quieter."),
    ],
)
def test_what_hardly_sounds_says_so(tmp_path: Path, wave: np.ndarray, line: str) -> None:
    soundfile.write(tmp_path / "clip.wav", wave, 16_000, "PCM_24")
    assert read_sound(tmp_path / "clip.wav").warning == line


def test_silence_is_dark_and_a_quiet_clip_is_as_bright_as_a_loud_one(tmp_path: Path) -> None:
    brightest = []
    for level in (0.0, 0.03, 1.0):
        soundfile.write(tmp_path / "clip.wav", level * noise(16_000), 16_000, "FLOAT")
        picture = read_sound(tmp_path / "clip.wav").pictures[0]
        brightest.append(int(np.asarray(Image.open(io.BytesIO(picture.jpeg)).convert("L")).max()))
    assert brightest[0] < 20
    assert brightest[1] > 200
    assert brightest[2] > 200
