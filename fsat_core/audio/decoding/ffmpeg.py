"""The second reader: FFmpeg's libraries, through PyAV."""

from collections.abc import Generator
from functools import cache
from typing import BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer

from fsat_core.audio.decoding.counts import Count
from fsat_core.audio.decoding.faults import Damaged
from fsat_core.audio.decoding.source import Unnamed
from fsat_core.audio.types import FFMPEG

_SUBTYPES = {
    "mp1": "MPEG_LAYER_I",
    "mp2": "MPEG_LAYER_II",
    "mp3": "MPEG_LAYER_III",
    "gsm": "GSM610",
    "gsm_ms": "GSM610",
    "adpcm_ima_wav": "IMA_ADPCM",
    "adpcm_ms": "MS_ADPCM",
    "pcm_mulaw": "ULAW",
    "pcm_alaw": "ALAW",
    "pcm_u8": "PCM_U8",
    "pcm_s8": "PCM_S8",
    "pcm_s16": "PCM_16",
    "pcm_s24": "PCM_24",
    "pcm_s32": "PCM_32",
    "pcm_f32": "FLOAT",
    "pcm_f64": "DOUBLE",
}
_SILENCE = {"uint8": 128.0}
_FULL_SCALE = {"uint8": 128.0, "int16": 32_768.0, "int32": 2_147_483_648.0}
_MOST_BAD = 0.2  # of all packets


class NoSound(Exception):
    """FFmpeg does not know the file, or there is no sound in it."""


class FfmpegReader:
    """A `Reader` of what FFmpeg knows. It reads forwards only."""

    num_frames: int | None = None

    def __init__(self, file: BinaryIO) -> None:
        """Open it, or raise `NoSound`."""
        self._file = file
        self._container: InputContainer | None = None
        first = self._begin()  # what a container says of the rate may be half of what comes
        self.sample_rate, self.num_channels = first.sample_rate, first.layout.nb_channels
        self.subtype = _subtype(self._stream.codec_context.codec.canonical_name)

    def rewind(self) -> None:
        """Begin anew."""
        self._begin()

    def _begin(self) -> AudioFrame:
        """The first frame, of the file opened anew."""
        self.close()
        self._file.seek(0)
        try:
            container = av.open(Unnamed(self._file), "r", options=_options(), metadata_errors="replace")
        except (av.FFmpegError, ValueError) as error:
            raise NoSound from error
        streams = container.streams.audio
        if not streams:
            raise NoSound
        self._stream = streams[0]
        self._num_bad = self._num_packets = 0
        self._rest = np.empty((0, 0), np.float32)
        self._container, self._frames = container, self._decode(container)
        first = next(self._frames, None)
        if first is None:
            raise NoSound
        self._next: AudioFrame | None = first
        return first

    def read(self, num_frames: int) -> np.ndarray:
        """The next frames [shape=(n, num_channels)], float32."""
        parts = [self._rest] if len(self._rest) else []
        num_read = len(self._rest)
        while num_read < num_frames and self._next is not None:
            parts.append(_samples(self._next))
            num_read += len(parts[-1])
            self._advance()
        if not parts:
            return np.empty((0, self.num_channels), np.float32)
        samples = np.concatenate(parts) if len(parts) > 1 else np.ascontiguousarray(parts[0])
        self._rest = samples[num_frames:]
        return samples[:num_frames]

    def count(self, most: int) -> Count:
        """The frames from here to the end, or so many that they are more than `most`."""
        num_frames = len(self._rest)
        while self._next is not None and num_frames <= most:
            num_frames += self._next.samples
            self._advance()
        return Count(num_frames, self._num_bad, self._num_packets)

    def seek(self, frame: int) -> bool:
        """False: FFmpeg's seeks end at packets, and do not give the same samples for every codec."""
        return False

    def close(self) -> None:
        """Let go of what is held."""
        if self._container is not None:
            self._frames.close()  # first: what still decodes must not outlive the container
            self._container.close()
            self._container = None

    def _advance(self) -> None:
        self._next = next(self._frames, None)
        if self._next is None:
            return
        if (self._next.sample_rate, self._next.layout.nb_channels) != (self.sample_rate, self.num_channels):
            raise Damaged("the rate or the number of channels changes within it")

    def _decode(self, container: InputContainer) -> Generator[AudioFrame]:
        """All frames. As FFmpeg's own command does, packets that cannot be decoded are left out."""
        packets = container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                self._num_packets += 1
                yield from packet.decode()
            except av.FFmpegError:
                self._num_bad += 1
        if self._num_bad - 1 > _MOST_BAD * self._num_packets:  # the last one may be cut off
            raise Damaged(f"{self._num_bad:,} of {self._num_packets:,} packets cannot be decoded")


@cache
def _options() -> dict[str, str]:
    """Nothing but sound is looked at, and no file but this one."""
    codecs = (name for name in av.codecs_available if _decodes_sound(name))
    return {
        "format_whitelist": ",".join(FFMPEG),
        "codec_whitelist": ",".join(codecs),
        "protocol_whitelist": "none",
    }


def _decodes_sound(name: str) -> bool:
    try:
        return av.Codec(name, "r").type == "audio"
    except ValueError:  # it encodes only
        return False


def _samples(frame: AudioFrame) -> np.ndarray:
    """The samples of a frame [shape=(n, num_channels)], float32."""
    values = frame.to_ndarray()
    kind = values.dtype.name
    values = values.T if frame.format.is_planar else values.reshape(-1, frame.layout.nb_channels)
    if kind not in _FULL_SCALE:
        return values.astype(np.float32, copy=False)
    if kind == "int32":
        return (values * (1 / _FULL_SCALE[kind])).astype(np.float32)
    return (values.astype(np.float32) - np.float32(_SILENCE.get(kind, 0))) / np.float32(_FULL_SCALE[kind])


def _subtype(codec: str) -> str:
    """What soundfile calls a codec of FFmpeg's, where it knows it."""
    return _SUBTYPES.get(codec.removesuffix("le").removesuffix("be"), codec.upper())
