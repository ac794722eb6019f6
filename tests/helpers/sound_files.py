"""Sound files of every format, and WAV files by hand."""

import struct
from pathlib import Path

import numpy as np
import soundfile

RATE = 22_050


def noise(num_frames: int = 6_000, num_channels: int = 1, seed: int = 0) -> np.ndarray:
    """Seeded noise [shape=(num_frames, num_channels)] that no format clips."""
    return 0.1 * np.random.default_rng(seed).standard_normal((num_frames, num_channels))


def write(path: Path, samples: np.ndarray, subtype: str = "PCM_16", container: str = "WAV") -> Path:
    """The path of a new sound file."""
    soundfile.write(path, samples, RATE, subtype=subtype, format=container)
    return path


def plain_wav(
    data_size: int | None = None,
    riff_size: int | None = None,
    before_fmt: bytes = b"",
    before_data: bytes = b"",
    block_align: int = 2,
) -> bytes:
    """A hand-made 16-bit mono WAV of 100 frames, with room for more chunks and for lies."""
    sound = (noise(100)[:, 0] * 32767).astype("<i2").tobytes()
    fmt = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, block_align, 16)
    data = b"data" + struct.pack("<I", len(sound) if data_size is None else data_size) + sound
    body = b"WAVE" + before_fmt + fmt + before_data + data
    return b"RIFF" + struct.pack("<I", len(body) if riff_size is None else riff_size) + body
