"""How many frames a sound file has: what its header says is believed only where the file bears it out.

The rule, for every format:

1. **Samples of a fixed size** (WAV, RF64, W64, AIFF, AU, CAF). The size of the data chunk is held against the
   size of the file.

   - It fits: it is believed.
   - It says "unknown": 0 with sound behind it, -1, or a size that no file has and that writers to a pipe put
     there. Then the file's size counts, and all that is there is the sound.
   - It is larger than what is there by at most 16 bytes or by a fifth. Recorders do that: what is there is
     read, and the clip has a warning.
   - It is larger by more: the file is truncated, and refused. With FSAT_READ_TRUNCATED=1 it is read, with a
     warning, too.

2. **FLAC**. The length in the header is believed if the last frame of the file ends there.
3. **MPEG layer I to III**. The length in a Xing, Info or VBRI tag is believed if the file has as many MPEG
   frames as it says, one right behind the other. Without a tag the MPEG frames are counted.
4. **Ogg**. The position in the last page is the length, if a file of this size can hold so much.
5. **Anything else**, and whatever is not believed: the sound is decoded once, a block at a time, and its
   frames are counted. The catalogue keeps the number for as long as the file does not change.

The header and the samples always agree: a clip of n frames gives n frames to all who read it.
"""

from typing import NamedTuple

from fsat_core.audio.decoding import faults
from fsat_core.audio.decoding.source import Source
from fsat_core.settings import reads_truncated

_SLACK_BYTES = 16
_SLACK = 1.2  # claimed to held
# SoX's, less what a chunk holds besides its sound; others are 0x7FFFFFFF, 0x80000023, 0xFFFFFFFF.
_PIPE_SIZE = 0x7FFFF000 - 64


class Layout(NamedTuple):
    """What samples of a fixed size are: enough to read them without a header.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    num_channels : int
    subtype : str
        By soundfile's name.
    endian : str
        "LITTLE" or "BIG".
    """

    sample_rate: int
    num_channels: int
    subtype: str
    endian: str


class Claim(NamedTuple):
    """What a header says of its data chunk.

    Parameters
    ----------
    start : int
        Where in the file it begins.
    size : int
        Its length in bytes; 0 or less where the writer did not know it.
    block : int
        Bytes of a frame, or of a block of frames.
    unit : str
        What a block is called in messages.
    layout : Layout or None
        What the samples are, if it is known.
    """

    start: int
    size: int
    block: int = 1
    unit: str = "bytes"
    layout: Layout | None = None


def measure(claim: Claim, num_bytes: int, source: Source) -> tuple[int, str]:
    """The blocks that a file of this size holds of what it claims, and a warning if these are fewer.

    Raises
    ------
    AudioError
        If they are so few that the file must be cut off, unless such files are to be read.
    """
    held = max(num_bytes - claim.start, 0)
    is_unknown = claim.size <= 0 or claim.size >= _PIPE_SIZE > held
    if is_unknown or claim.size <= held:
        return (held if is_unknown else claim.size) // claim.block, ""
    promised, there = claim.size // claim.block, held // claim.block
    is_near = 0 < claim.size - held <= _SLACK_BYTES
    return there, accept_less(source, promised, there, claim.unit, is_near)


def accept_less(source: Source, promised: int, held: int, unit: str = "frames", is_near: bool = False) -> str:
    """The warning of a clip that is read although its header promises more.

    Parameters
    ----------
    source : path or open file
        Its name in messages.
    promised, held : int
        What the header says, and what is there.
    unit : str
    is_near : bool
        Whether they are known to be near, though perhaps not within a fifth.

    Raises
    ------
    AudioError
        If so much is missing that the file must be cut off, unless such files are to be read.
    """
    if not (is_near or promised <= _SLACK * held or reads_truncated()):
        raise faults.truncated(source, promised, held, unit)
    return f"The header promises {promised:,} {unit} and the file holds {held:,}; what is there is used."
