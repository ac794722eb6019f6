"""Sound files that promise more than a machine can hold, or than they hold themselves; small on the disk."""

import io
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import soundfile

from tools.long_sounds import write_silent_flac, write_sparse_wav

RATE = 8_000
_TOTAL_AT = 21  # where FLAC's header has the number of frames: 4 bits of this byte and 4 bytes more
Writer = Callable[[Path], object]


def _noise(num_frames: int = 2 * RATE) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, num_frames)


def _encoded(container: str, num_frames: int = 2 * RATE) -> bytearray:
    buffer = io.BytesIO()
    soundfile.write(buffer, _noise(num_frames), RATE, format=container)
    return bytearray(buffer.getvalue())


def write_unknown_flac(path: Path) -> None:
    """A FLAC as it comes from a pipe: its length is not in the header."""
    content = _encoded("FLAC")
    content[_TOTAL_AT] &= 0xF0
    content[_TOTAL_AT + 1 : _TOTAL_AT + 5] = bytes(4)
    path.write_bytes(content)


def write_flipped_flac(path: Path) -> None:
    """A FLAC whose length has one bit flipped: 2³⁵ frames."""
    content = _encoded("FLAC")
    content[_TOTAL_AT] |= 0x08
    path.write_bytes(content)


def write_flipped_mp3(path: Path) -> None:
    """An MP3 whose length tag says 2³¹ frames of 1,152 samples."""
    content = _encoded("MP3")
    tag = max(content.find(b"Xing"), content.find(b"Info"))
    if tag < 0:
        raise ValueError("libsndfile wrote an MP3 without a length tag: expected one.")
    content[tag + 8] |= 0x80
    path.write_bytes(content)


def write_wav_at(path: Path, sample_rate: int, num_frames: int = 100_000) -> None:
    """A 16-bit WAV whose header says this rate."""
    sound = (_noise(num_frames) * 32_767).astype("<i2").tobytes()
    fmt = struct.pack("<IHHIIHH", 16, 1, 1, sample_rate, min(2 * sample_rate, 2**32 - 1), 2, 16)
    body = b"WAVEfmt " + fmt + b"data" + struct.pack("<I", len(sound)) + sound
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def write_loud(path: Path, level: float) -> None:
    """A WAV of float samples with one of this size."""
    samples = _noise()
    samples[RATE] = level
    soundfile.write(path, samples, RATE, subtype="FLOAT", format="WAV")


def write_long_mp3(path: Path, seconds: float) -> None:
    """An MP3 at a low bit rate."""
    block = _noise(60 * RATE)
    with soundfile.SoundFile(path, "w", RATE, 1, format="MP3", compression_level=0.99) as file:
        for _ in range(round(seconds / 60)):
            file.write(block)


# What is refused, or read to its end, in moments.
QUICK: Mapping[str, Writer] = {
    "unknown length.flac": write_unknown_flac,
    "day at 1 Hz.flac": lambda path: write_silent_flac(path, 86_400, 1),
    "10 h.flac": lambda path: write_silent_flac(path, 36_000, RATE),
    "10 Hz.wav": lambda path: write_wav_at(path, 10),
    "100 MHz.wav": lambda path: write_wav_at(path, 10**8),
    "2 GHz.wav": lambda path: write_wav_at(path, 2**31 - 1),
    "flipped length.flac": write_flipped_flac,
    "flipped length.mp3": write_flipped_mp3,
    "1e19.wav": lambda path: write_loud(path, 1e19),
    "3e38.wav": lambda path: write_loud(path, 3e38),
    "NaN.wav": lambda path: write_loud(path, np.nan),
}
# What is answered, or shown, after all of it was listened to.
LONG: Mapping[str, Writer] = {
    "2 h.mp3": lambda path: write_long_mp3(path, 7_200),
    "4 h.flac": lambda path: write_silent_flac(path, 14_400, RATE),
    "17 min at 96 kHz.wav": lambda path: write_sparse_wav(path, 1_000, 96_000),
}
