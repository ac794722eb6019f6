"""How much sound one clip may hold: asked where a header is read, before anything is allocated for it.

Work on a clip goes block by block and takes the same memory for any length. Time, disk and what is drawn do
grow with it, and a header, or a compressed file of a few bytes, can promise any number of frames.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from fsat_core.audio.decoding import faults
from fsat_core.audio.decoding.source import Source
from fsat_core.errors import AudioError
from fsat_core.files import source_name
from fsat_core.settings import SMALLEST_MAX_CLIP_S, max_clip_s

LOWEST_RATE, HIGHEST_RATE = 100, 1_000_000  # in Hz: from loggers of slow signals to bats and hydrophones
MOST_CHANNELS = 1_024  # as libsndfile has it
LOUDEST = 1e12  # of a sample: what is louder is no sound, and overflows when it is squared and summed

_SAMPLES_PER_S = 384_000  # of a longest clip: 8 channels at 48 kHz, or one at 384 kHz


def check_limits(source: Source, num_frames: int, sample_rate: int, num_channels: int) -> None:
    """Refuse sound that is beyond the limits.

    Parameters
    ----------
    source : path or open file
        Its name in messages.
    num_frames : int
        Samples per channel, as the header says or as were counted so far.
    sample_rate : int
        In Hz.
    num_channels : int

    Raises
    ------
    AudioError
        If one of them, or the length that follows from them, is more (or less) than is allowed.
    """
    if is_usual(num_frames, sample_rate, num_channels):
        return
    if not LOWEST_RATE <= sample_rate <= HIGHEST_RATE:
        raise AudioError(
            f"{source_name(source)}: a sample rate of {sample_rate:,} Hz, expected {LOWEST_RATE:,} to "
            f"{HIGHEST_RATE:,} Hz; the header is damaged, or this is no sound: export the file again."
        )
    if not 1 <= num_channels <= MOST_CHANNELS:
        raise AudioError(
            f"{source_name(source)}: {num_channels:,} channels, expected 1 to {MOST_CHANNELS:,}; export the "
            "file again."
        )
    if num_frames > max_frames(sample_rate, num_channels):
        raise _too_long(source_name(source), num_frames, sample_rate, num_channels)


def is_usual(num_frames: int, sample_rate: int, num_channels: int) -> bool:
    """Whether sound is within whatever limits can be set: nearly all is, and nobody asks the environment."""
    is_usual_rate = sample_rate >= LOWEST_RATE and 0 < num_channels * sample_rate <= _SAMPLES_PER_S
    return is_usual_rate and num_frames <= SMALLEST_MAX_CLIP_S * sample_rate


def max_frames(sample_rate: int, num_channels: int) -> int:
    """How many frames a clip may have; where a length is counted by decoding, counting stops above it."""
    return int(max_clip_s() * min(sample_rate, _SAMPLES_PER_S / num_channels))


def _too_long(name: str, num_frames: int, sample_rate: int, num_channels: int) -> AudioError:
    longest_s = max_frames(sample_rate, num_channels) / sample_rate
    layout = f" of {num_channels:,} channels at {sample_rate:,} Hz" if longest_s < max_clip_s() else ""
    return AudioError(
        f"{name}: {num_frames / sample_rate:,.0f} s of sound{layout}, expected at most {longest_s:,.0f} s; "
        "cut it into shorter files, or set FSAT_MAX_CLIP_S to more."
    )


@contextmanager
def within_memory(source: Source) -> Iterator[None]:
    """Work on one clip, in which running out of memory is an AudioError of this clip: others may fit."""
    try:
        yield
    except MemoryError:
        raise faults.too_large(source) from None
