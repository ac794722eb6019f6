"""What is said of files that cannot be read as sound: one line each."""

import soundfile

from fsat_core.audio.decoding.source import Source
from fsat_core.errors import AudioError
from fsat_core.files import source_name

EXPECTED = "expected sound in one of the formats that the README lists"


class Damaged(Exception):
    """Sound that cannot be decoded; the text says why, in words for people."""


def empty(source: Source) -> AudioError:
    """The error for a file of 0 bytes."""
    return AudioError(
        f"{source_name(source)}: the file is empty (0 bytes), {EXPECTED}; copy or download it again."
    )


def no_frames(source: Source) -> AudioError:
    """The error for sound of zero length."""
    return AudioError(
        f"{source_name(source)}: a sound file with 0 frames, expected at least 1; replace or remove the file."
    )


def no_data(source: Source) -> AudioError:
    """The error for a WAV file without format or sound."""
    return AudioError(
        f"{source_name(source)}: a WAV header without a usable 'fmt ' and 'data' chunk, expected both; "
        "the file is cut short or damaged: copy or download it again."
    )


def truncated(source: Source, promised: int, held: int, unit: str = "frames") -> AudioError:
    """The error for a file whose sound ends long before its header says."""
    return AudioError(
        f"{source_name(source)}: truncated, the header promises {promised:,} {unit} and the file holds "
        f"{held:,}; copy or download the file again, or set FSAT_READ_TRUNCATED=1 to read what is there."
    )


def not_audio(source: Source, head: bytes, reason: str) -> AudioError:
    """The error for a file that no reader knows."""
    is_text = all(byte >= 32 or byte in b"\t\n\r\f" for byte in head)
    what = "a text file, not audio" if is_text else f"not readable as audio ({reason})"
    return AudioError(f"{source_name(source)}: {what}, {EXPECTED}; replace or remove the file.")


def damaged(source: Source, reason: str) -> AudioError:
    """The error for sound that cannot be decoded to its end."""
    return AudioError(
        f"{source_name(source)}: damaged ({reason}), expected sound that decodes to its end; copy or "
        "download the file again."
    )


def not_finite(source: Source) -> AudioError:
    """The error for samples that are no numbers."""
    return AudioError(
        f"{source_name(source)}: holds a sample that is not a finite number (NaN or infinity), expected "
        "finite samples; export the file again."
    )


def too_loud(source: Source, peak: float) -> AudioError:
    """The error for samples that would overflow in what is computed of them."""
    return AudioError(
        f"{source_name(source)}: holds a sample of {peak:.3g}, expected sound whose full scale is 1; the "
        "file is damaged, or holds no sound: export it again."
    )


def outside(source: Source, start: int, num_frames: int) -> AudioError:
    """The error for a part that begins outside the sound."""
    return AudioError(
        f"{source_name(source)}: asked for frame {start:,}, expected 0 to {num_frames - 1:,}; read the clip "
        "anew, it is shorter than it was."
    )


def too_large(source: Source) -> AudioError:
    """The error for sound that the machine has no memory for."""
    return AudioError(
        f"{source_name(source)}: needs more memory than there is, expected sound that fits; close other "
        "programs, or cut the file into shorter ones."
    )


def left_out(num_bad: int, num_packets: int) -> str:
    """The warning of a clip of which parts cannot be decoded."""
    return f"{num_bad:,} of {num_packets:,} packets are damaged and left out."


def reason_of(error: Exception) -> str:
    """Why a reader refuses a file, in its own words if they are meant for people."""
    if isinstance(error, soundfile.SoundFileError):
        return " ".join(str(getattr(error, "error_string", "")).split()).rstrip(".") or "it cannot be decoded"
    return str(error) if isinstance(error, Damaged) else "it cannot be decoded"
