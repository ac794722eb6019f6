"""Seeded sound for the scripts that need no data set: WAV files as in FSDKaggle2019, 16-bit mono."""

import wave
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np

SAMPLE_RATE = 44_100
LOWEST_HZ, HIGHEST_HZ = 100.0, 4_000.0
LEVEL, NOISE_LEVEL = 0.1, 0.02  # of 1
FULL_SCALE = 32_767
_SPARE_FRAMES = 1 << 20


def write_clips(
    folder: Path,
    num_clips: int,
    seconds: float | Sequence[float],
    sample_rate: int = SAMPLE_RATE,
    seed: int = 0,
) -> list[Path]:
    """Write clips of one tone in noise each: `clip_00000.wav` and on, no two alike.

    Parameters
    ----------
    folder : Path
        Made if it is missing.
    num_clips : int
    seconds : float or sequence of float
        Duration of all clips, or of each.
    sample_rate : int
        In Hz.
    seed : int
        The same seed gives the same files.

    Returns
    -------
    list of Path
        The files, in order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"clip_{number:05d}.wav" for number in range(num_clips)]
    for path, content in zip(paths, make_clips(num_clips, seconds, sample_rate, seed), strict=True):
        path.write_bytes(content)
    return paths


def make_clips(
    num_clips: int, seconds: float | Sequence[float], sample_rate: int = SAMPLE_RATE, seed: int = 0
) -> Iterator[bytes]:
    """The same clips one by one, as the content of their files."""
    rng = np.random.default_rng(seed)
    durations_s = np.broadcast_to(np.asarray(seconds, dtype=float), num_clips)
    num_frames = np.maximum(np.rint(durations_s * sample_rate).astype(int), 1)
    noise = make_noise(int(num_frames.max(initial=1)), rng)
    for count in num_frames:
        piece = cut(noise, count, rng)
        pitch_hz = LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** rng.random(dtype=np.float32)
        yield wav_bytes(add_tones(piece, [pitch_hz], [LEVEL], sample_rate), sample_rate)


def make_noise(longest: int, rng: np.random.Generator) -> np.ndarray:
    """White noise that `cut` takes pieces of up to `longest` frames from, float32 [shape=(n,)]."""
    return rng.standard_normal(longest + _SPARE_FRAMES, dtype=np.float32)


def cut(noise: np.ndarray, num_frames: int, rng: np.random.Generator) -> np.ndarray:
    """A piece of the noise from a random place on [shape=(num_frames,)]: noise is made once for all clips."""
    offset = rng.integers(_SPARE_FRAMES)
    return noise[offset : offset + num_frames]


def add_tones(
    noise: np.ndarray, pitches_hz: Iterable[float], levels: Iterable[float], sample_rate: int = SAMPLE_RATE
) -> np.ndarray:
    """Tones in noise, float32 in [-1, 1] [shape=(len(noise),)].

    Parameters
    ----------
    noise : np.ndarray [shape=(n,)]
    pitches_hz, levels : iterable of float
        Frequency and amplitude of each tone.
    sample_rate : int
        In Hz.
    """
    times_s = np.arange(len(noise), dtype=np.float32) / sample_rate
    samples = NOISE_LEVEL * noise
    for pitch_hz, level in zip(pitches_hz, levels, strict=True):
        samples += level * np.sin(2 * np.pi * pitch_hz * times_s)
    return samples


def wav_bytes(samples: np.ndarray, sample_rate: int = SAMPLE_RATE) -> bytes:
    """A 16-bit mono WAV file of samples in [-1, 1] [shape=(n,)]."""
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, sample_rate, len(samples), "NONE", ""))
        file.writeframes((samples * FULL_SCALE).astype("<i2").tobytes())
    return buffer.getvalue()
