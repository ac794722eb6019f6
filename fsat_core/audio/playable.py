"""Sound in a form that browsers play."""

import io
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import BinaryIO

import numpy as np
import soundfile
import soxr

from fsat_core.audio.decoding.header import AudioHeader
from fsat_core.audio.decoding.sound import Sound, open_sound
from fsat_core.audio.decoding.source import answering
from fsat_core.audio.types import is_sound_name
from fsat_core.files import read_content

LOWEST_RATE, HIGHEST_RATE = 8_000, 96_000  # in Hz: what Chromium, Firefox and Safari all play
MOST_CHANNELS = 2
MOST_BYTES = 64_000_000
_COMPRESSED_RATE = 16_000  # in Hz, of what is too large: 4 hours are some 60 MB
_BLOCK_FRAMES = 1 << 16
_STEP_FRAMES = 1 << 13
_SUFFIXES = {
    "audio/wav": (".wav", ".wave"),
    "audio/flac": (".flac",),
    "audio/ogg": (".ogg", ".oga", ".opus", ".spx"),
    "audio/mpeg": (".mp3", ".mpga", ".mp2", ".mp1"),
}
_AS_IT_IS = {
    b"RIFF": ("audio/wav", ("PCM_U8", "PCM_16")),
    b"fLaC": ("audio/flac", ("PCM_16", "PCM_24")),
    b"OggS": ("audio/ogg", ("VORBIS", "OPUS")),
}


def browser_audio(source: Path | BinaryIO, most_bytes: int = MOST_BYTES) -> tuple[bytes, str]:
    """Bytes that every browser plays, and their MIME type.

    WAV with 8 or 16 bits, MP3, FLAC, Vorbis and Opus of usual rates in one or two channels are passed as they
    are. Everything else becomes 16-bit WAV: resampled where the rate is below 8 kHz or above 96 kHz, and of
    more than two channels the mono mix, which is what the networks hear. What would be larger than
    `most_bytes` becomes the mono mix in Vorbis, at no more than 16 kHz.

    Parameters
    ----------
    source : Path or binary file
    most_bytes : int

    Returns
    -------
    bytes
        Nothing for what is larger than `most_bytes` even so.
    str
        For example "audio/wav".

    Raises
    ------
    AudioError
        As `read_mono`.
    """
    with open_sound(source) as sound:
        mime = _mime_as_it_is(sound)
        if mime and sound.header.num_bytes <= most_bytes:
            with answering(source):
                return read_content(source), mime
        num_channels, rate = _layout(sound)
        if 2 * num_channels * rate * sound.header.num_frames <= most_bytes * sound.sample_rate:
            return _encode(sound, num_channels, rate, "WAV", "PCM_16"), "audio/wav"
        content = _encode(sound, 1, min(rate, _COMPRESSED_RATE), "OGG", "VORBIS", most_bytes)
        return content, "audio/ogg"


def saved_name(name: str, mime: str) -> str:
    """What the sound of a file is saved as: by its own name, unless its suffix belongs to another form."""
    fitting = _SUFFIXES.get(mime)
    if fitting is None or PurePath(name).suffix.lower() in fitting:
        return name
    return (name.rpartition(".")[0] if is_sound_name(name) else name) + fitting[0]


def describe_loss(header: AudioHeader, content: bytes, mime: str) -> str:
    """What a long clip has lost in `browser_audio`, in a sentence; "" where it has lost nothing."""
    if not content:
        return "This clip is too long to be played here; the pictures show all of it."
    is_own = header.subtype in _AS_IT_IS[b"OggS"][1] and header.num_bytes <= MOST_BYTES
    if mime != "audio/ogg" or is_own:
        return ""
    return f"A long clip: it is played in mono and at no more than {_COMPRESSED_RATE:,} Hz."


def _mime_as_it_is(sound: Sound) -> str:
    """The MIME type when a browser plays the file as it is, else ""."""
    is_usual = LOWEST_RATE <= sound.sample_rate <= HIGHEST_RATE and sound.num_channels <= MOST_CHANNELS
    if not (is_usual and sound.is_regular):
        return ""
    if sound.subtype == "MPEG_LAYER_III":
        return "audio/mpeg"
    mime, subtypes = _AS_IT_IS.get(sound.magic, ("", ()))
    return mime if sound.subtype in subtypes else ""


def _layout(sound: Sound) -> tuple[int, int]:
    """Channels and rate of the WAV that a sound becomes."""
    num_channels = sound.num_channels if sound.num_channels <= MOST_CHANNELS else 1
    return num_channels, min(max(sound.sample_rate, LOWEST_RATE), HIGHEST_RATE)


def _encode(
    sound: Sound, num_channels: int, rate: int, container: str, subtype: str, most_bytes: int = MOST_BYTES
) -> bytes:
    """A sound in another form; nothing if that gets larger than `most_bytes`."""
    blocks = _blocks(sound, num_channels)
    if rate != sound.sample_rate:
        blocks = _resampled(blocks, sound.sample_rate, rate, num_channels)
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", rate, num_channels, subtype, format=container) as target:
        for block in blocks:
            # In small steps: libsndfile's Vorbis encoder keeps a whole block on the stack.
            for start in range(0, len(block), _STEP_FRAMES):
                target.write(block[start : start + _STEP_FRAMES])
            if out.tell() > most_bytes:
                return b""
    return out.getvalue()


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
