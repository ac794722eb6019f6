"""ZIP archives of clips: listed without unpacking, and unpacked a member at a time, onto disk."""

import io
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

from fsat_core.audio.decoding.source import open_descriptor
from fsat_core.audio.types import is_sound_name
from fsat_core.dataset.file_names import is_hidden
from fsat_core.errors import AudioError
from fsat_core.text import counted, list_some, readable, shorten, size_text

SUFFIX = ".zip"
MOST_BYTES = 4_000_000_000  # of one clip, where nobody has set another limit

# Of an archive's list: memory takes ten times these bytes, and some hundreds for each member beside.
_MOST_DIRECTORY = 10_000_000
_MOST_MEMBERS = 50_000
_TOTAL = 20  # clips as large as they may be, that all members together may hold
_READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others unpack a block without bounds
_BLOCK = 1 << 20
_UTF_8 = 0x800  # flag: the name is in UTF-8
_ENCRYPTED = 0x1
_MANY = 5  # reasons that are named
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    RuntimeError,  # a compression that is not known, or a password that is missing
    ValueError,
    OverflowError,
)


@dataclass(frozen=True)
class PackedClip:
    """A clip in an archive; `archive` is its path, or its content."""

    name: str
    archive: Path | bytes
    info: zipfile.ZipInfo
    most_bytes: int

    def open(self) -> BinaryIO:
        """The clip as an open file, which lies on disk until it is closed.

        Raises
        ------
        AudioError
            If it cannot be unpacked, or is larger than it may be.
        """
        with ExitStack() as stack:
            file = stack.enter_context(tempfile.TemporaryFile())
            self._unpack(file)
            stack.pop_all()  # whoever reads the clip holds it
        file.seek(0)
        return _Named(file, self.name)  # type: ignore[return-value]

    def write(self, path: Path) -> None:
        """Write the clip to a file; an AudioError as from `open`."""
        with path.open("wb") as file:
            self._unpack(file)

    def is_same(self, content: bytes) -> bool:
        """Whether the clip has this content, by what the archive says of it."""
        return len(content) == self.info.file_size and zlib.crc32(content) == self.info.CRC

    def _unpack(self, file: IO[bytes]) -> None:
        num_bytes = 0
        try:
            with (
                _opened(self.archive) as archive,
                _Unlisted(archive) as members,
                members.open(self.info) as member,
            ):
                while block := member.read(_BLOCK):
                    num_bytes += len(block)
                    if num_bytes > self.most_bytes:
                        raise _too_large(self.name, num_bytes, self.most_bytes)
                    file.write(block)
        except _FAULTS as error:
            raise AudioError(
                f"{self.name}: cannot be unpacked ({_reason(error)}), expected a whole member of a ZIP; pack "
                "it anew."
            ) from error


class Archive(NamedTuple):
    """The clips in an archive.

    Parameters
    ----------
    clips : tuple of PackedClip
    left_out : str
        What else is in it, in a line; "" where that is nothing.
    """

    clips: tuple[PackedClip, ...]
    left_out: str


def is_archive(name: str) -> bool:
    """Whether a file is called as a ZIP is."""
    return name.lower().endswith(SUFFIX)


def list_clips(
    source: Path | bytes, name: str, most_bytes: int = MOST_BYTES, most_clips: int | None = None
) -> Archive:
    """The clips in a ZIP, in its order; nothing is unpacked.

    What is not called as sound, encrypted, larger than `most_bytes`, or has a path that leads out of a folder
    is left out and counted, and so is what comes after `most_clips`. A ZIP in a ZIP is not opened.

    Raises
    ------
    AudioError
        If it is no ZIP, its list of members is too long, or they would unpack to too much in all.
    """
    try:
        with _opened(source) as file:
            _check_directory(file, name)
            with zipfile.ZipFile(file) as archive:
                infos = [info for info in archive.infolist() if not info.is_dir()]
    except AudioError:
        raise
    except _FAULTS as error:
        raise AudioError(
            f"{name}: cannot be read as a ZIP ({_reason(error)}), expected an archive of clips; pack it anew."
        ) from error
    clips: list[PackedClip] = []
    others: Counter[str] = Counter()
    for info in infos:
        path = _path_of(info)
        if reason := _why_not(info, path, most_bytes):
            others[reason] += 1
        elif most_clips is not None and len(clips) == most_clips:
            others[f"beyond the first {most_clips:,}"] += 1
        elif not _is_meant_to_be_hidden(path):
            clips.append(PackedClip(path, source, info, most_bytes))
    total = sum(clip.info.file_size for clip in clips)
    if total > _TOTAL * most_bytes:
        raise AudioError(
            f"{name}: holds {size_text(total)} when it is unpacked, expected at most "
            f"{size_text(_TOTAL * most_bytes)}; pack fewer clips."
        )
    return Archive(tuple(clips), _describe(name, others))


def _why_not(info: zipfile.ZipInfo, path: str, most_bytes: int) -> str:
    """Why a member is no clip to tag, as it is counted; "" where it is one, or is not to be counted."""
    if _is_meant_to_be_hidden(path):
        return ""
    if path.startswith("/") or path[1:2] == ":" or ".." in path.split("/"):
        return "with a path that leads elsewhere"
    if not is_sound_name(path):
        return readable(Path(path).suffix.lower()) or "without a suffix"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted"
    if info.compress_type not in _READ:
        return "packed by another method than Deflate"
    return f"of more than {size_text(most_bytes)}" if info.file_size > most_bytes else ""


def _is_meant_to_be_hidden(path: str) -> bool:
    *folders, name = path.split("/")
    return is_hidden(name) or "__MACOSX" in folders


def _describe(name: str, others: Counter[str]) -> str:
    if not others:
        return ""
    shown = list_some([f"{number:,} {shorten(reason, 40)}" for reason, number in others.most_common()], _MANY)
    return f"{name}: left out {counted(others.total(), 'file')} ({shown})."


def _path_of(info: zipfile.ZipInfo) -> str:
    """The path of a member as its maker saw it: many write UTF-8 and do not say so."""
    name = info.orig_filename
    if not info.flag_bits & _UTF_8:
        with suppress(UnicodeError):  # where it was written as the format has it
            name = name.encode("cp437").decode()
    return readable(name.replace("\\", "/"))


def _check_directory(file: BinaryIO, name: str) -> None:
    """See that the list of members can be held in memory, before it is read."""
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    if not end:
        return
    num_bytes, num_members = end[zipfile._ECD_SIZE], end[zipfile._ECD_ENTRIES_TOTAL]  # type: ignore[attr-defined]
    # The number is what the archive says; a list that is longer than that is bounded by its bytes.
    if num_members > _MOST_MEMBERS or num_bytes > _MOST_DIRECTORY:
        raise AudioError(
            f"{name}: lists {counted(num_members, 'file')} in {size_text(num_bytes)}, expected at most "
            f"{_MOST_MEMBERS:,} in {size_text(_MOST_DIRECTORY)}; pack fewer files together."
        )


def _too_large(name: str, num_bytes: int, most_bytes: int) -> AudioError:
    return AudioError(
        f"{name}: unpacks to {size_text(num_bytes)} or more, expected at most {size_text(most_bytes)}; cut "
        "it up."
    )


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__).lower()


@contextmanager
def _opened(archive: Path | bytes) -> Iterator[BinaryIO]:
    if isinstance(archive, bytes):
        yield io.BytesIO(archive)
        return
    descriptor, _ = open_descriptor(archive)
    with io.FileIO(descriptor) as file:
        yield file


class _Unlisted(zipfile.ZipFile):
    """An open archive whose list of members is not read again: that would be done for each of thousands."""

    def _RealGetContents(self) -> None:
        pass


class _Named:
    """A temporary file that messages call by the name of its clip."""

    def __init__(self, file: Any, name: str) -> None:
        self._file, self.name = file, name  # held, for it is gone once nobody does
        self.read, self.seek, self.tell, self.close = file.read, file.seek, file.tell, file.close
