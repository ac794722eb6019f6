"""Sound files of every format, and WAV files by hand."""

import struct
from pathlib import Path
from typing import Literal

import av
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


def write_stream(path: Path, codec: Literal["aac", "flac"], container: str) -> Path:
    """A mono sound of 40,000 frames, in this codec and container."""
    samples = (noise(40_000).T * 32_767).astype(np.int16)
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, RATE, layout="mono")
        for start in range(0, 40_000, 1_000):
            frame = av.AudioFrame.from_ndarray(samples[:, start : start + 1_000], "s16", "mono")
            frame.sample_rate, frame.pts = RATE, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path
