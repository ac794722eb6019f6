"""Sounds of every kind that is not a mono WAV of a few seconds."""

from pathlib import Path

import numpy as np
import soundfile as sf


def write_odd_sounds(folder: Path) -> list[Path]:
    """Sound files that differ in rate, length, channels, level and format; returns them."""
    rng = np.random.default_rng(0)

    def noise(seconds: float, rate: int, channels: int = 1) -> np.ndarray:
        """Noise in bursts, on a tone that rises."""
        times = np.arange(round(seconds * rate)) / rate
        bursts = np.abs(np.sin(2 * np.pi * 0.7 * times)) ** 4 * rng.normal(0, 0.1, (channels, len(times)))
        return (bursts + 0.05 * np.sin(2 * np.pi * (200 + 90 * times) * times)).T

    silence = np.zeros((90_000, 1))
    one = noise(2.5, 44_100)
    sounds = {
        "plain.wav": (noise(5, 44_100), 44_100, "PCM_16"),
        "low.wav": (noise(3, 8_000), 8_000, "PCM_16"),
        "high.wav": (noise(3, 96_000), 96_000, "PCM_24"),
        "stereo.wav": (noise(4, 48_000, 2), 48_000, "FLOAT"),
        "six.wav": (noise(1.3, 32_000, 6), 32_000, "PCM_16"),
        "opposite.wav": (np.concatenate([one, -one], axis=1), 44_100, "PCM_16"),
        "silence.wav": (silence, 44_100, "PCM_16"),
        "quiet.wav": (1e-4 * noise(2, 22_050), 22_050, "FLOAT"),
        "loud.wav": (30 * noise(2, 22_050), 22_050, "DOUBLE"),
        "click.wav": (noise(0.005, 44_100), 44_100, "PCM_16"),
        "sample.wav": (np.array([[0.5]]), 96_000, "FLOAT"),
        "pauses.wav": (np.concatenate([silence, one, silence, silence, one[:9_000]]), 44_100, "PCM_16"),
        "late.wav": (np.concatenate([np.zeros((15_500, 1)), np.ones((50, 1)) / 2]), 16_000, "FLOAT"),
        "long.wav": (noise(42, 44_100), 44_100, "PCM_16"),
        "window.wav": (noise(2, 16_000), 16_000, "PCM_16"),
        "tone.wav": (0.5 * np.sin(np.arange(60_000) / 9)[:, np.newaxis], 16_000, "FLOAT"),
        "lossless.flac": (noise(3, 44_100, 2), 44_100, "PCM_24"),
        "lossy.ogg": (noise(3, 44_100), 44_100, "VORBIS"),
        "coded.wav": (noise(2, 8_000), 8_000, "ULAW"),
    }
    for name, (wave, rate, subtype) in sounds.items():
        sf.write(folder / name, wave, rate, subtype=subtype)
    return [folder / name for name in sounds]
