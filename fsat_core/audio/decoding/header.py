"""What is known of a sound file without listening to it: frames, rate, channels, sample format."""

from typing import NamedTuple

from fsat_core.audio.decoding import faults
from fsat_core.audio.decoding.source import Source
from fsat_core.audio.limits import check_limits, max_frames
from fsat_core.settings import max_clip_s, reads_truncated

_VERSION = 2  # counts up when files are read that were not, or differently


class AudioHeader(NamedTuple):
    """Facts of a sound file.

    Parameters
    ----------
    num_frames : int
        Samples per channel.
    sample_rate : int
        In Hz.
    num_channels : int
        1 for mono.
    subtype : str
        The sample format, by soundfile's name: "PCM_16", "FLOAT", "VORBIS", …
    num_bytes : int
        Size of the file.
    warning : str
        What is odd about a file that is read all the same, in one line; "" where nothing is.
    """

    num_frames: int
    sample_rate: int
    num_channels: int
    subtype: str
    num_bytes: int
    warning: str = ""


def accept(header: AudioHeader, source: Source) -> AudioHeader:
    """The same header, if sound like this is worked on; every header that is read passes here.

    Raises
    ------
    AudioError
        If it has no frames, or is beyond the limits.
    """
    if header.num_frames == 0:
        raise faults.no_frames(source)
    check_limits(source, header.num_frames, header.sample_rate, header.num_channels)
    return header


def most_frames(sample_rate: int, num_channels: int) -> int:
    """How many frames are counted by decoding at most; sound that has more is not accepted anyway."""
    return max_frames(sample_rate, num_channels) + 1


def reading_rules() -> str:
    """What decides how files are read, and whether: what was cached of them by other rules is not used."""
    return f"{_VERSION} {'whole' if not reads_truncated() else 'truncated'} {max_clip_s():g} s"
