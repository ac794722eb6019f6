"""What is known of a sound file without listening to it."""

import io
import os
from pathlib import Path
from typing import BinaryIO

from fsat_core.audio.decoding import riff
from fsat_core.audio.decoding.flac import parse_flac
from fsat_core.audio.decoding.header import AudioHeader, accept
from fsat_core.audio.decoding.mpeg import count_mpeg
from fsat_core.audio.decoding.sound import Sound
from fsat_core.audio.decoding.source import (
    Source,
    answering,
    cannot_open,
    open_descriptor,
    opened,
    read_at,
    size_of,
)

_SUBTYPES = {8: "PCM_S8", 16: "PCM_16", 24: "PCM_24"}  # of FLAC, by bits


def read_header(path: str | Path) -> AudioHeader:
    """The facts of a sound file: those in its header, as far as they are true.

    Parameters
    ----------
    path : str or Path
        Any format of `fsat_core.audio.types`.

    Returns
    -------
    AudioHeader
        See `fsat_core.audio.decoding.lengths` for its length.

    Raises
    ------
    AudioError
        If the file is missing, empty, truncated, not audio, or holds no frames.
    """
    return read_timed_header(path)[0]


def read_timed_header(path: str | Path) -> tuple[AudioHeader, int]:
    """As `read_header`, and when the file was last changed (in ns since 1970)."""
    # Bare descriptors: a file object would cost as much as all the rest.
    descriptor, stat = open_descriptor(path)
    try:
        header = riff.parse_plain(os.read(descriptor, riff.PLAIN_BYTES), stat.st_size)
        if header is not None:
            return header, stat.st_mtime_ns
        with io.FileIO(descriptor, closefd=False) as file:
            return _header_in(path, file), stat.st_mtime_ns
    except OSError as error:
        raise cannot_open(path, (error.strerror or str(error)).lower()) from None
    finally:
        os.close(descriptor)


def header_of(source: Source) -> AudioHeader:
    """The header of a path or of an open binary file, with every check of `read_header`."""
    if isinstance(source, str | os.PathLike):
        return read_header(source)
    with opened(source) as file, answering(source):
        return _header_in(source, file)


def _header_in(source: Source, file: BinaryIO) -> AudioHeader:
    head, num_bytes = read_at(file, 0), size_of(file)
    if riff.is_wave(head):
        claim = riff.parse_wave(head, num_bytes, source, file)
        if header := riff.wave_header(claim, num_bytes, source):
            return header
    flac = parse_flac(head, num_bytes, file)
    if flac is not None and flac.num_frames == flac.end and flac.bits in _SUBTYPES:
        facts = (flac.num_frames, flac.sample_rate, flac.num_channels, _SUBTYPES[flac.bits], num_bytes)
        return accept(AudioHeader(*facts), source)
    mpeg = count_mpeg(head, num_bytes, file)
    if mpeg is not None and mpeg.length is not None:
        facts = (mpeg.length, mpeg.sample_rate, mpeg.num_channels, "MPEG_LAYER_III", num_bytes)
        return accept(AudioHeader(*facts), source)
    sound = Sound(source, file)
    try:
        return sound.header
    finally:
        sound.close()
