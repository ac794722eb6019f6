"""The first reader: libsndfile."""

import io
import os
from typing import BinaryIO

import numpy as np
import soundfile

from fsat_core.audio.decoding.counts import Count
from fsat_core.audio.decoding.lengths import Claim

_STEP_16 = np.float32(1 / 32_768)
_MPEG_LEAD = 8_192  # frames: an MPEG frame takes bits from those before it


class _Stream(soundfile.SoundFile):
    """An open sound that goes on where it is: `read` would end with a seek, which damages MPEG streams."""

    def seekable(self) -> bool:
        """Not for `read`; `seek` works all the same."""
        return False


class _Tail:
    """An open file from some position on."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file, self._start = file, start
        self.read = file.read
        self.seek(0)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._file.seek(max(offset, 0) + self._start if whence == os.SEEK_SET else offset, whence)
        return self.tell()

    def tell(self) -> int:
        return self._file.tell() - self._start


class SndfileReader:
    """A `Reader` of what libsndfile knows."""

    def __init__(self, file: BinaryIO, claim: Claim | None = None) -> None:
        """Open it, or raise a `soundfile.SoundFileError`.

        Parameters
        ----------
        file : binary file
        claim : Claim, optional
            Where the samples begin and what they are, if the header is not to be read.
        """
        self._file, self._claim = file, claim
        self.rewind()
        self.sample_rate, self.num_channels = self._sound.samplerate, self._sound.channels
        self.subtype, self.container = self._sound.subtype, self._sound.format
        self.num_frames: int = self._sound.frames

    def rewind(self) -> None:
        """Begin anew."""
        if self._claim is not None and self._claim.layout is not None:
            rate, num_channels, subtype, endian = self._claim.layout
            tail = _Tail(self._file, self._claim.start)
            self._sound = _Stream(tail, "r", rate, num_channels, subtype, endian, "RAW")
            return
        self._file.seek(0)
        # A descriptor is read without the detour over Python. Windows has one set of them per C library.
        by_number = isinstance(self._file, io.FileIO) and os.name == "posix"
        self._sound = _Stream(self._file.fileno() if by_number else self._file, closefd=False)
        if self._sound.format == "SD2":  # is not in one file: what was opened is a file `._` that lies about
            self._sound.close()
            raise soundfile.SoundFileError("no sound of its own")

    def read(self, num_frames: int) -> np.ndarray:
        """The next frames [shape=(n, num_channels)], float32."""
        if self.subtype == "PCM_16":
            # The same values as libsndfile's own conversion gives, in a fraction of the time.
            return self._sound.read(num_frames, dtype="int16", always_2d=True) * _STEP_16
        return self._sound.read(num_frames, dtype="float32", always_2d=True)

    def seek(self, frame: int) -> bool:
        """Go on from this frame; False for a codec that libsndfile only reads forwards."""
        if not soundfile.SoundFile.seekable(self._sound):
            return False
        lead = min(frame, _MPEG_LEAD) if self.subtype.startswith("MPEG") else 0
        self._sound.seek(frame - lead)
        if lead:
            self._sound.read(lead)
        return True

    def count(self, most: int) -> Count:
        """All frames: libsndfile is only asked for sound whose length is known."""
        return Count(self._sound.frames)

    def close(self) -> None:
        """Let go of what is held."""
        self._sound.close()
