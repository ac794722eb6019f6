"""The clips of the demo set: sounds that differ, and the faults that are planted."""

from pathlib import Path

import numpy as np
import soundfile as sf

from fsat_core.dataset.demo.clips import synthesise
from fsat_core.dataset.demo.sounds import SAMPLE_RATE, Sound
from tests.helpers.demo_set import odd_path


def test_silence(demo_dir: Path) -> None:
    wave, _ = sf.read(odd_path(demo_dir, "silence"))
    assert len(wave) > 0
    assert not wave.any()


def test_clipping(demo_dir: Path) -> None:
    wave, _ = sf.read(odd_path(demo_dir, "clipping"), dtype="int16")
    assert np.mean((wave == 32767) | (wave <= -32767)) > 0.02


def test_stereo(demo_dir: Path) -> None:
    wave, _ = sf.read(odd_path(demo_dir, "stereo"))
    assert wave.shape[1] == 2
    assert not np.array_equal(wave[:, 0], wave[:, 1])


def test_24_bit(demo_dir: Path) -> None:
    assert sf.info(odd_path(demo_dir, "24_bit")).subtype == "PCM_24"


def test_truncated_file_promises_more_than_it_holds(demo_dir: Path) -> None:
    content = odd_path(demo_dir, "truncated").read_bytes()
    data = content.index(b"data")
    promised = int.from_bytes(content[data + 4 : data + 8], "little")
    assert promised > 1.5 * len(content[data + 8 :])


# A network can only learn the classes if they differ; two bands tell most of them apart by a wide margin.
def test_sounds_differ() -> None:
    def centroid(name: str) -> float:
        wave = synthesise([name], np.random.default_rng(5), 2 * SAMPLE_RATE)
        power = np.square(np.abs(np.fft.rfft(wave)))
        return float(np.average(np.fft.rfftfreq(len(wave), 1 / SAMPLE_RATE), weights=power))

    assert centroid("Bass_drum") < 200 < centroid("Male_singing") < 2000
    assert 2000 < centroid("Chirp_and_tweet") < centroid("Cricket") < 7000 < centroid("Hi-hat")


# Whatever level the two come with, they end up about equally loud.
def test_both_sounds_of_a_mix_are_audible() -> None:
    def tone(frequency_hz: float, level: float) -> Sound:
        def make(rng: np.random.Generator, num_frames: int) -> np.ndarray:
            return level * np.sin(2 * np.pi * frequency_hz * np.arange(num_frames) / SAMPLE_RATE)

        return Sound(make, typical_s=1)

    sounds = {"Low": tone(100, 1000), "High": tone(3000, 0.001)}
    for seed in range(10):
        mix = synthesise(["Low", "High"], np.random.default_rng(seed), SAMPLE_RATE, sounds)
        spectrum = np.abs(np.fft.rfft(mix))  # one second: bin k is k Hz
        assert 0.25 < spectrum[100] / spectrum[3000] < 4
