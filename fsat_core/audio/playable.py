"""Sound in a form that browsers play."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr

from fsat_core.audio.decoding.sound import Sound, open_sound
from fsat_core.files import read_content

LOWEST_RATE, HIGHEST_RATE = 8_000, 96_000  # in Hz: what Chromium, Firefox and Safari all play
MOST_CHANNELS = 2
_LOWER_RATES = (44_100, 22_050, 11_025)
_MOST_BYTES = 200_000_000
_BLOCK_FRAMES = 1 << 16
_AS_IT_IS = {
    b"RIFF": ("audio/wav", ("PCM_U8", "PCM_16")),
    b"fLaC": ("audio/flac", ("PCM_16", "PCM_24")),
    b"OggS": ("audio/ogg", ("VORBIS", "OPUS")),
}


def browser_audio(source: Path | BinaryIO) -> tuple[bytes, str]:
    """Bytes that every browser plays, and their MIME type.

    WAV with 8 or 16 bits, MP3, FLAC, Vorbis and Opus of usual rates in one or two channels are passed as they
    are. Everything else becomes 16-bit WAV: resampled where the rate is below 8 kHz or above 96 kHz, and of
    more than two channels the mono mix, which is what the networks hear. Very long sound becomes the mono mix
    at a lower rate, so that it fits into the browser's memory and the server's.

    Parameters
    ----------
    source : Path or binary file

    Returns
    -------
    bytes
    str
        For example "audio/wav".

    Raises
    ------
    AudioError
        As `read_mono`.
    """
    with open_sound(source) as sound:
        mime = _mime_as_it_is(sound)
        if mime:
            return read_content(source), mime
        return _as_wav(sound), "audio/wav"


def _mime_as_it_is(sound: Sound) -> str:
    """The MIME type when a browser plays the file as it is, else ""."""
    is_usual = LOWEST_RATE <= sound.sample_rate <= HIGHEST_RATE and sound.num_channels <= MOST_CHANNELS
    if not (is_usual and sound.is_regular and sound.header.num_bytes <= _MOST_BYTES):
        return ""
    if sound.subtype == "MPEG_LAYER_III":
        return "audio/mpeg"
    mime, subtypes = _AS_IT_IS.get(sound.magic, ("", ()))
    return mime if sound.subtype in subtypes else ""


def _as_wav(sound: Sound) -> bytes:
    """A sound as 16-bit WAV."""
    num_channels, rate = _layout(sound)
    blocks = _blocks(sound, num_channels)
    if rate != sound.sample_rate:
        blocks = _resampled(blocks, sound.sample_rate, rate, num_channels)
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", rate, num_channels, "PCM_16", format="WAV") as target:
        for block in blocks:
            target.write(block)
    return out.getvalue()


def _layout(sound: Sound) -> tuple[int, int]:
    """Channels and rate of the WAV that a sound becomes: the best that is not too large."""
    rate = min(max(sound.sample_rate, LOWEST_RATE), HIGHEST_RATE)
    num_channels = sound.num_channels if sound.num_channels <= MOST_CHANNELS else 1
    duration_s = sound.header.num_frames / sound.sample_rate
    lower = [(1, lower_rate) for lower_rate in (*_LOWER_RATES, LOWEST_RATE) if lower_rate < rate]
    choices = [(num_channels, rate), (1, rate), *lower]
    return next((one for one in choices if 2 * one[0] * one[1] * duration_s <= _MOST_BYTES), choices[-1])


def _blocks(sound: Sound, num_channels: int) -> Iterator[np.ndarray]:
    if num_channels < sound.num_channels:
        yield from sound.mono_blocks()
        return
    while len(block := sound.read(_BLOCK_FRAMES)):
        yield block


def _resampled(
    blocks: Iterator[np.ndarray], from_rate: int, to_rate: int, num_channels: int
) -> Iterator[np.ndarray]:
    stream = soxr.ResampleStream(from_rate, to_rate, num_channels, dtype="float32")
    for block in blocks:
        yield stream.resample_chunk(block)
    last = np.empty((0, num_channels), np.float32)
    yield stream.resample_chunk(last[:, 0] if num_channels == 1 else last, last=True)
