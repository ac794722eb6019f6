"""What a file's header says: frames, rate, channels, sample format. Nothing is decoded.

WAV headers are parsed here from one small read, because a first scan of a large set is nothing but
headers, and because libsndfile quietly shortens a truncated file. Other formats go through libsndfile.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

import soundfile

from fsat_core.errors import AudioError
from fsat_core.files import source_name

HEAD_BYTES = 4096
EXPECTED = "expected sound as WAV, FLAC, OGG, MP3 or AIFF"

_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_SUBTYPES = {
    (_PCM, 8): "PCM_U8",
    (_PCM, 16): "PCM_16",
    (_PCM, 24): "PCM_24",
    (_PCM, 32): "PCM_32",
    (_FLOAT, 32): "FLOAT",
    (_FLOAT, 64): "DOUBLE",
    (_ALAW, 8): "ALAW",
    (_ULAW, 8): "ULAW",
}
_UNKNOWN_SIZE = 0xFFFFFFFF
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_RIFF = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FMT = struct.Struct("<HHIIHH")
_PLAIN = struct.Struct("<4s4x12sHHI4xHH4sI")  # a WAV header of 44 bytes: nothing before or after "fmt "
_PLAIN_START = b"WAVEfmt \x10\0\0\0"


Source = str | Path | BinaryIO


class AudioHeader(NamedTuple):
    """Facts from a file's header.

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
    """

    num_frames: int
    sample_rate: int
    num_channels: int
    subtype: str
    num_bytes: int


def read_header(path: str | Path) -> AudioHeader:
    """The facts in the header of a sound file.

    Parameters
    ----------
    path : str or Path
        Any format that libsndfile reads.

    Returns
    -------
    AudioHeader

    Raises
    ------
    AudioError
        If the file is missing, empty, truncated, not audio, or holds no frames.
    """
    return read_timed_header(path)[0]


def read_timed_header(path: str | Path) -> tuple[AudioHeader, int]:
    """As `read_header`, and when the file was last changed (in ns since 1970)."""
    try:  # bare descriptors: a file object would cost as much as all the rest
        descriptor = os.open(path, _OPEN_FLAGS)
        try:
            stat = os.fstat(descriptor)
            head = os.read(descriptor, HEAD_BYTES)
            header = _parse_plain(head, stat.st_size) or _parse(head, stat.st_size, path, descriptor)
            return header, stat.st_mtime_ns
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _cannot_open(path, error) from None


def header_of(source: Source) -> AudioHeader:
    """The header of a path or of an open binary file, with every check of `read_header`."""
    if isinstance(source, str | os.PathLike):
        return read_header(Path(source))
    num_bytes = source.seek(0, os.SEEK_END)
    source.seek(0)
    return _parse(source.read(HEAD_BYTES), num_bytes, source, source)


def _parse_plain(head: bytes, num_bytes: int) -> AudioHeader | None:
    """The header of a plain WAV file, read fast; None for a file that needs the full parser."""
    if len(head) < _PLAIN.size:
        return None
    riff, start, tag, num_channels, sample_rate, block, bits, data, size = _PLAIN.unpack_from(head)
    if riff != b"RIFF" or start != _PLAIN_START or data != b"data":
        return None
    subtype = _SUBTYPES.get((tag, bits))
    is_sound = sample_rate > 0 and 0 < block <= size <= num_bytes - _PLAIN.size
    if subtype is None or not is_sound or block * 8 != bits * num_channels:
        return None
    return AudioHeader(size // block, sample_rate, num_channels, subtype, num_bytes)


def _parse(head: bytes, num_bytes: int, source: Source, file: int | BinaryIO) -> AudioHeader:
    """The header of an open file whose first bytes are `head`; `source` is its name in messages."""
    if head[8:12] == b"WAVE" and head[:4] in (b"RIFF", b"RF64"):
        header = _parse_wave(head, num_bytes, source, file)
        if header is not None:
            return header
    return _ask_libsndfile(head, num_bytes, source)


def _read_at(file: int | BinaryIO, position: int) -> bytes:
    if isinstance(file, int):
        os.lseek(file, position, os.SEEK_SET)
        return os.read(file, HEAD_BYTES)
    file.seek(position)
    return file.read(HEAD_BYTES)


def _parse_wave(head: bytes, num_bytes: int, source: Source, file: int | BinaryIO) -> AudioHeader | None:
    """The header of a RIFF or RF64 file, or None for a sample format that is left to libsndfile."""
    riff_size = _RIFF.unpack_from(head)[1]
    position, base = 12, 0  # `head` holds the file from `base` on
    wide_size = 0  # RF64 keeps the size of the data apart, in 64 bits
    tag = num_channels = sample_rate = block = bits = 0
    while True:
        if position + 64 > base + len(head) and base + len(head) < num_bytes:
            head, base = _read_at(file, position), position
        at = position - base
        if len(head) - at < 8:
            raise _no_data(source)
        name, size = _CHUNK.unpack_from(head, at)
        if name == b"data":
            break
        if name == b"fmt " and size >= 16 and len(head) - at >= 24:
            tag, num_channels, sample_rate, _, block, bits = _FMT.unpack_from(head, at + 8)
            if tag == _EXTENSIBLE and size >= 26 and len(head) - at >= 34:
                tag = int.from_bytes(head[at + 32 : at + 34], "little")
        elif name == b"ds64" and len(head) - at >= 24:
            wide_size = int.from_bytes(head[at + 16 : at + 24], "little")
        elif name == b"\0\0\0\0":
            raise _no_data(source)  # a hole in the file, not a chunk
        position += 8 + size + (size & 1)
    if block == 0 or num_channels == 0 or sample_rate == 0:
        raise _no_data(source)
    start = position + 8
    if size == _UNKNOWN_SIZE and wide_size:
        size = wide_size
    elif size == _UNKNOWN_SIZE or (size == 0 and riff_size == 8):
        size = (
            num_bytes - start
        )  # written to a pipe: the writer did not know the size, so the file size counts
    subtype = _SUBTYPES.get((tag, bits))
    promised, held = size // block, max(num_bytes - start, 0) // block
    if held < promised:
        raise _truncated(source, promised, held, "blocks" if subtype is None else "frames")
    if subtype is None or block * 8 != bits * num_channels:
        return None
    if promised == 0:
        raise no_frames(source)
    return AudioHeader(promised, sample_rate, num_channels, subtype, num_bytes)


def _ask_libsndfile(head: bytes, num_bytes: int, source: Source) -> AudioHeader:
    if num_bytes == 0:
        raise AudioError(f"{source_name(source)}: the file is empty (0 bytes), {EXPECTED}; replace the file.")
    promised = _promised_bytes(head)
    if num_bytes < promised:
        raise _truncated(source, promised, num_bytes, "bytes")
    try:
        if not isinstance(source, str | os.PathLike):
            source.seek(0)
        info = soundfile.info(source)
    except soundfile.SoundFileError as error:
        raise _not_audio(source, head, error) from None
    if info.frames == 0:
        raise no_frames(source)
    return AudioHeader(info.frames, info.samplerate, info.channels, info.subtype, num_bytes)


def _promised_bytes(head: bytes) -> int:
    """The file size that an AIFF or AU header promises; 0 where it does not say."""
    if head[:4] == b"FORM" and len(head) >= 12:
        return 8 + int.from_bytes(head[4:8], "big")
    if head[:4] == b".snd" and len(head) >= 12 and head[8:12] != b"\xff\xff\xff\xff":
        return int.from_bytes(head[4:8], "big") + int.from_bytes(head[8:12], "big")
    return 0


def no_frames(source: Source) -> AudioError:
    """The error for sound of zero length."""
    return AudioError(
        f"{source_name(source)}: a sound file with 0 frames, expected at least 1; replace or remove the file."
    )


def _truncated(source: Source, promised: int, held: int, unit: str) -> AudioError:
    return AudioError(
        f"{source_name(source)}: truncated, the header promises {promised:,} {unit} and the file holds "
        f"{held:,}; copy or download the file again."
    )


def truncated_frames(source: Source, promised: int, held: int) -> AudioError:
    """The error for a file whose sound ends before its header says."""
    return _truncated(source, promised, held, "frames")


def _no_data(source: Source) -> AudioError:
    return AudioError(
        f"{source_name(source)}: a WAV header without a usable 'fmt ' and 'data' chunk, expected both; "
        "the file is cut short or damaged: copy or download it again."
    )


def _not_audio(source: Source, head: bytes, error: Exception) -> AudioError:
    is_text = all(byte >= 32 or byte in b"\t\n\r\f" for byte in head)
    reason = str(getattr(error, "error_string", error)).strip().rstrip(".")
    what = "a text file, not audio" if is_text else f"not readable as audio ({' '.join(reason.split())})"
    return AudioError(f"{source_name(source)}: {what}, {EXPECTED}; replace or remove the file.")


def _cannot_open(path: str | Path, error: OSError) -> AudioError:
    reason = (error.strerror or str(error)).lower()
    return AudioError(
        f"{source_name(path)}: cannot be opened ({reason}), expected a readable file at {path}."
    )
