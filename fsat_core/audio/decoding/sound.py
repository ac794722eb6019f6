"""An open sound: the one place where files become samples.

Whatever a reader raises becomes an AudioError of that one file here. libsndfile reads first. What it refuses,
and what it cannot know the length of, goes to FFmpeg.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import BinaryIO, NamedTuple

import numpy as np
import soundfile

from fsat_core.audio.decoding import faults, riff
from fsat_core.audio.decoding.chunks import find_claim
from fsat_core.audio.decoding.counts import Count, counted
from fsat_core.audio.decoding.flac import Flac, parse_flac
from fsat_core.audio.decoding.header import AudioHeader, accept, most_frames
from fsat_core.audio.decoding.lengths import Claim, Layout, accept_less, measure
from fsat_core.audio.decoding.mpeg import Mpeg, count_mpeg
from fsat_core.audio.decoding.reader import Reader
from fsat_core.audio.decoding.sndfile import SndfileReader
from fsat_core.audio.decoding.source import Source, answering, opened, read_at, size_of
from fsat_core.audio.limits import LOUDEST
from fsat_core.errors import AudioError

BLOCK_FRAMES = 1 << 18
_MOST_VALUES = 1 << 23  # in memory at a time, of all channels: 32 MB
_BYTES = {"PCM_S8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8, "ULAW": 1, "ALAW": 1}
# libsndfile takes the headers of blocks in VOC files and the padding in SVX files for sound, and rounds
# Microsoft's ADPCM as no other does.
_MISREAD = ("VOC", "SVX", "MS_ADPCM")
_MOST_PADDING = 8_192  # frames that a tag may take off at both ends of an MPEG stream
_FRAMES_PER_BYTE = 8_192  # more than any codec packs into one: FLAC's silence has some 6,000


class Sound:
    """A sound file that is open; see `open_sound`.

    Attributes
    ----------
    sample_rate : int
        In Hz.
    num_channels : int
    subtype : str
        As in `AudioHeader`.
    magic : bytes
        The first four bytes of the file.
    is_regular : bool
        Whether the file is what its header says, and of a kind that libsndfile reads.
    """

    def __init__(self, source: Source, file: BinaryIO) -> None:
        """Open `file`, which messages call by the name of `source`; an AudioError if it cannot be read."""
        self._source, self._file = source, file
        self._num_bytes = size_of(file)
        self._position = 0
        self.magic = read_at(file, 0, 4)
        with self._faults():
            choice = _choose(source, file, self._num_bytes)
        self._reader, self._num_frames, self._promised, self._warning = choice
        self.sample_rate, self.num_channels = self._reader.sample_rate, self._reader.num_channels
        self.subtype = self._reader.subtype
        self.is_regular = isinstance(self._reader, SndfileReader) and not self._warning
        if self._num_frames is not None or self._promised:
            _ = self.header  # is it within the limits, and is it all there?

    @cached_property
    def header(self) -> AudioHeader:
        """The facts; where only decoding tells the length, the whole sound is decoded for them once."""
        num_frames, warning = self._num_frames, self._warning
        if num_frames is None:
            count = counted(self._file, self._count)
            self._return_to(self._position)
            num_frames = count.num_frames
            if self._promised > num_frames > 0:
                warning = accept_less(self._source, self._promised, num_frames)
            if count.num_bad:
                warning = warning or faults.left_out(count.num_bad, count.num_packets)
        facts = (num_frames, self.sample_rate, self.num_channels, self.subtype, self._num_bytes, warning)
        return accept(AudioHeader(*facts), self._source)

    def read(self, num_frames: int) -> np.ndarray:
        """The next frames of all channels.

        Parameters
        ----------
        num_frames : int

        Returns
        -------
        np.ndarray [shape=(n, num_channels)], float32
            Fewer than `num_frames` only at the end of the sound; in [-1, 1] for integer formats.

        Raises
        ------
        AudioError
            If the file is damaged or truncated, or holds a sample that is not finite or beyond any sound.
        """
        if self._num_frames is not None:
            num_frames = min(num_frames, max(self._num_frames - self._position, 0))
        with self._faults():
            samples = self._reader.read(num_frames)
        self._position += len(samples)
        self._check_values(samples)
        if len(samples) < num_frames:
            self._check_end()
        return samples

    def read_mono(self, num_frames: int) -> np.ndarray:
        """As `read`, but the mean over the channels [shape=(n,)]."""
        samples = self.read(num_frames)
        if self.num_channels == 1:
            return samples[:, 0]
        # A matrix product: several times faster than numpy's mean over a short last axis.
        return samples @ np.full(self.num_channels, 1 / self.num_channels, dtype=np.float32)

    def mono_blocks(self, num_frames: int = -1, block_frames: int = BLOCK_FRAMES) -> Iterator[np.ndarray]:
        """The mono mix of so many frames from here on, or of all that follow (-1), in blocks [shape=(n,)].

        Blocks have `block_frames` at most, and fewer where there are very many channels.
        """
        most = min(block_frames, max(_MOST_VALUES // self.num_channels, 1))
        while num_frames:
            wanted = most if num_frames < 0 else min(most, num_frames)
            block = self.read_mono(wanted)
            if len(block):
                yield block
            if len(block) < wanted:
                return
            num_frames -= wanted if num_frames > 0 else 0

    def seek(self, frame: int) -> None:
        """Go on from this frame of the sound, or from its end if it has fewer."""
        if frame != self._position:
            self._return_to(frame)

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    def _return_to(self, frame: int) -> None:
        with self._faults():
            if not self._reader.seek(frame):
                if frame <= self._position:
                    self._reader.rewind()
                    self._position = 0
                _skip(self._reader, frame - self._position)
            self._position = frame

    def _check_values(self, samples: np.ndarray) -> None:
        """Whether what is computed of samples stays finite, too; integers are never beyond full scale."""
        if self.subtype.startswith("PCM_"):
            return
        low, high = samples.min(initial=0.0), samples.max(initial=0.0)
        if -LOUDEST <= low <= high <= LOUDEST:
            return
        if not (np.isfinite(low) and np.isfinite(high)):
            raise faults.not_finite(self._source)
        raise faults.too_loud(self._source, max(-low, high))

    def _check_end(self) -> None:
        """Whether the sound may end here."""
        if not self._position:
            raise faults.no_frames(self._source)
        if self._num_frames is not None:
            accept_less(self._source, self._num_frames, self._position)

    def _count(self) -> Count:
        with self._faults():
            self._reader.rewind()
            return self._reader.count(most_frames(self.sample_rate, self.num_channels))

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Makes one line about this file of whatever a reader raises."""
        try:
            yield
        except AudioError:
            raise
        except MemoryError:
            raise faults.too_large(self._source) from None
        except Exception as error:
            raise faults.damaged(self._source, faults.reason_of(error)) from None


class _Choice(NamedTuple):
    """A reader, and what is known before it decodes anything.

    Parameters
    ----------
    reader : Reader
    num_frames : int or None
        None where only decoding tells.
    promised : int
        What a header says that is not believed; 0 where it says nothing that a file could hold.
    warning : str
    """

    reader: Reader
    num_frames: int | None
    promised: int = 0
    warning: str = ""


def _choose(source: Source, file: BinaryIO, num_bytes: int) -> _Choice:
    """The reader of an open file, by what the file says and not by its name."""
    head = read_at(file, 0)
    if not head:
        raise faults.empty(source)
    claim = riff.parse_wave(head, num_bytes, source, file) if riff.is_wave(head) else None
    claim = claim or find_claim(head, num_bytes, file)
    num_blocks, warning = measure(claim, num_bytes, source) if claim is not None else (0, "")
    if claim is not None and claim.layout is not None:
        return _Choice(_open_fixed(file, claim, claim.layout, num_blocks), num_blocks, 0, warning)
    mpeg, flac = count_mpeg(head, num_bytes, file), parse_flac(head, num_bytes, file)
    if mpeg is not None and not mpeg.is_tagged:
        return _Choice(_open_second(source, file, head, "no MPEG audio"), mpeg.num_frames)
    try:
        reader = SndfileReader(file)
    except soundfile.SoundFileError as error:
        return _Choice(_open_second(source, file, head, faults.reason_of(error)), None, 0, warning)
    is_true = _is_true(reader, num_bytes, num_blocks, mpeg, flac)
    if is_true and not (reader.container in _MISREAD or reader.subtype in _MISREAD):
        return _Choice(reader, reader.num_frames, 0, warning)
    reader.close()
    is_possible = reader.num_frames <= num_bytes * _FRAMES_PER_BYTE
    promised = reader.num_frames if reader.container == "FLAC" and is_possible else 0
    reason = "its length is wrong" if reader.num_frames else ""
    return _Choice(_open_second(source, file, head, reason), None, promised, warning)


def _is_true(
    reader: SndfileReader, num_bytes: int, num_blocks: int, mpeg: Mpeg | None, flac: Flac | None
) -> bool:
    """Whether the file bears out the length that libsndfile has from its header.

    `num_blocks` are those of its data chunk, if the format has one.
    """
    if reader.container == "FLAC":
        return flac is not None and reader.num_frames == flac.end
    if reader.subtype.startswith("MPEG"):
        if mpeg is None or mpeg.num_frames is None:
            return False
        return 0 <= mpeg.num_frames - reader.num_frames <= _MOST_PADDING
    width = _BYTES.get(reader.subtype, 0) * reader.num_channels
    held = num_blocks // width if width else 1
    return max(held, 1) <= reader.num_frames <= num_bytes * _FRAMES_PER_BYTE


def _open_fixed(file: BinaryIO, claim: Claim, layout: Layout, num_frames: int) -> Reader:
    """libsndfile on samples of a fixed size: by the header if it finds as many there, else without it."""
    with suppress(soundfile.SoundFileError):
        reader = SndfileReader(file)
        found = (reader.num_frames, reader.sample_rate, reader.num_channels, reader.subtype)
        if found == (num_frames, *layout[:3]):
            return reader
        reader.close()
    return SndfileReader(file, claim)


def _open_second(source: Source, file: BinaryIO, head: bytes, reason: str) -> Reader:
    """FFmpeg on an open file; `reason` is what the first reader says of it, "" where that found no frames."""
    from fsat_core.audio.decoding.ffmpeg import FfmpegReader, NoSound  # only here: it takes a while to import

    try:
        return FfmpegReader(file)
    except NoSound:
        raise faults.not_audio(source, head, reason) if reason else faults.no_frames(source) from None


def _skip(reader: Reader, num_frames: int) -> None:
    while num_frames > 0:
        num_read = len(reader.read(min(num_frames, BLOCK_FRAMES)))
        if not num_read:
            return
        num_frames -= num_read


@contextmanager
def open_sound(source: Source) -> Iterator[Sound]:
    """A sound file, open at its first frame.

    Parameters
    ----------
    source : path or open binary file
        Anything that libsndfile or FFmpeg reads, see `fsat_core.audio.types`; its name does not matter.

    Raises
    ------
    AudioError
        If it is missing, empty, truncated or not audio, or beyond the limits.
    """
    with opened(source) as file:
        with answering(source):
            sound = Sound(source, file)
        try:
            yield sound
        finally:
            sound.close()
