"""The files of the demo set: from a planned clip to the bytes of a WAV."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import soundfile as sf
from scipy import signal

from fsat_core.dataset.demo.plan import DemoClip
from fsat_core.dataset.demo.sounds import SAMPLE_RATE, SOUNDS, Sound

LENGTHS_S = (0.3, 8.0)
ABNORMAL_NUM_FRAMES = 2_538_889  # the longest clips of FSDKaggle2019
SHARED_NUM_FRAMES = 61_803

_ODD_NUM_FRAMES = {"abnormal_length": ABNORMAL_NUM_FRAMES, "shared_length": SHARED_NUM_FRAMES}


def wav_file(clip: DemoClip, seed: int) -> bytes:
    """The bytes of a clip's WAV file, oddity and all; the same for the same clip and seed."""
    rng = np.random.default_rng([seed, int(clip.fname.removesuffix(".wav"), base=16)])
    num_frames = _ODD_NUM_FRAMES.get(clip.oddity) or draw_length(clip.truth, rng)
    wave = synthesise(clip.truth, rng, num_frames)
    if clip.oddity == "silence":
        wave = np.zeros_like(wave)
    elif clip.oddity == "clipping":
        wave = np.clip(4 * wave / np.abs(wave).max(), -1, 1)
    elif clip.oddity == "stereo":
        wave = np.column_stack([wave, 0.6 * np.roll(wave, 20)])  # as heard off to the left
    buffer = io.BytesIO()
    subtype = "PCM_24" if clip.oddity == "24_bit" else "PCM_16"
    sf.write(buffer, wave, SAMPLE_RATE, format="WAV", subtype=subtype)
    content = buffer.getvalue()
    return content[: len(content) * 6 // 10] if clip.oddity == "truncated" else content


def synthesise(
    class_names: Sequence[str],
    rng: np.random.Generator,
    num_frames: int,
    sounds: Mapping[str, Sound] = SOUNDS,
) -> np.ndarray:
    """A clip in which every class of `class_names` can be heard.

    Parameters
    ----------
    class_names : sequence of str
        Keys of `sounds`.
    rng : np.random.Generator
        Source of everything random in the clip.
    num_frames : int
        Length at `SAMPLE_RATE`.
    sounds : mapping of str to Sound

    Returns
    -------
    np.ndarray [shape=(num_frames,)]
        Float64 with a peak between 0.15 and 0.85.
    """
    wave = np.zeros(num_frames)
    for name in class_names:
        part = sounds[name].make(rng, num_frames)
        wave += part / _loudness(part) * _decibels(rng.uniform(-2, 2))
    wave = _recorded(rng, wave)
    return wave / np.abs(wave).max() * rng.uniform(0.15, 0.85)


def draw_length(class_names: Sequence[str], rng: np.random.Generator) -> int:
    """A random clip length in frames, as long as the longest of its classes needs."""
    typical_s = max(SOUNDS[name].typical_s for name in class_names)
    return int(np.clip(typical_s * rng.lognormal(0, 0.4), *LENGTHS_S) * SAMPLE_RATE)


def _recorded(rng: np.random.Generator, wave: np.ndarray) -> np.ndarray:
    """The sound as recorded by a microphone in a room: coloured, noisy, faded at both ends."""
    b, a = signal.butter(1, rng.uniform(800, 5000), fs=SAMPLE_RATE)
    wave = wave + rng.uniform(-0.3, 0.6) * signal.lfilter(b, a, wave)
    hiss = signal.lfilter([1.0], [1.0, -rng.uniform(0.8, 0.95)], rng.standard_normal(len(wave)))
    wave = wave + hiss / hiss.std() * np.abs(wave).max() * _decibels(-rng.uniform(52, 66))
    b, a = signal.butter(1, 20, "highpass", fs=SAMPLE_RATE)
    wave = signal.lfilter(b, a, wave)
    fade = np.minimum(1, np.arange(1, len(wave) + 1) / (0.005 * SAMPLE_RATE))
    return wave * fade * fade[::-1]


def _loudness(wave: np.ndarray) -> float:
    """RMS of the loudest twentieth of a second, so that a few knocks weigh as much as a steady surf."""
    size = SAMPLE_RATE // 20
    frames = wave[: len(wave) // size * size].reshape(-1, size)
    return float(np.sqrt(np.square(frames).mean(axis=1).max()))


def _decibels(level_db: float) -> float:
    return 10 ** (level_db / 20)
