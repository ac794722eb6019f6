"""What is to be tagged: files that were sent, the clips in ZIPs among them, and a recording."""

import hashlib
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fsat_core.dataset.known_files import File
from fsat_core.errors import AudioError
from fsat_core.prediction import distinct_names
from fsat_core.prediction.archive import Archive, PackedClip, is_archive, list_clips
from ui.shared.server import upload_limit

MOST_PACKED = 5_000  # clips of one ZIP
_DIGESTS = "predict_digests"
_MOST_UNPACKED = 8  # clips that lie on disk to be played


@dataclass(frozen=True)
class Clip:
    """A sound to be tagged: its name on this page, what identifies its content, and where that is."""

    name: str
    key: str
    source: bytes | PackedClip

    def open(self) -> BinaryIO | PackedClip:
        """The sound, as `predict_files` takes it."""
        return _NamedSound(self.name, self.source) if isinstance(self.source, bytes) else self.source

    def describe(self) -> File:
        """The file, to be looked for in the data set."""
        if isinstance(self.source, bytes):
            return File(self.name, len(self.source), self.source.__eq__)
        info = self.source.info
        return File(self.source.name.rpartition("/")[2], info.file_size, self.source.is_same)

    def to_play(self) -> Path | bytes:
        """The sound, as the player takes it; an AudioError where it cannot be unpacked."""
        if isinstance(self.source, bytes):
            return self.source
        return _unpack(self.key, self.source)[0]


class _NamedSound(io.BytesIO):
    """A file in memory that messages can call by its name."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


def gather_clips(
    uploads: Sequence[UploadedFile], recording: UploadedFile | None
) -> tuple[list[Clip], list[str]]:
    """All clips, the recording first, and a line about each ZIP of which something is left out.

    Names differ: the second file called `a.wav` becomes `a.wav (2)`.
    """
    clips, said = [], []
    if recording is not None:
        clips.append(_clip("Recording", recording))
    for upload in uploads:
        if not is_archive(upload.name):
            clips.append(_clip(upload.name, upload))
            continue
        try:
            archive = _list(_digest(upload), upload.name, upload_limit(), upload.getvalue())
        except AudioError as error:
            said.append(str(error))
            continue
        said += filter(None, [archive.left_out])
        clips += _packed(archive, upload)
    names = distinct_names([clip.name for clip in clips])
    return [replace(clip, name=name) for name, clip in zip(names, clips, strict=True)], said


def _clip(name: str, upload: UploadedFile) -> Clip:
    return Clip(name, _digest(upload), upload.getvalue())


def _packed(archive: Archive, upload: UploadedFile) -> Iterator[Clip]:
    digest, content = _digest(upload), upload.getvalue()
    for number, clip in enumerate(archive.clips):
        yield Clip(clip.name, f"{digest}/{number}", replace(clip, archive=content))


def _digest(upload: UploadedFile) -> str:
    """What identifies the content of an upload, worked out once."""
    digests = st.session_state.setdefault(_DIGESTS, {})
    if upload.file_id not in digests:
        digests[upload.file_id] = hashlib.blake2b(upload.getvalue(), digest_size=16).hexdigest()
    return str(digests[upload.file_id])


@st.cache_resource(max_entries=8, show_spinner=False)
def _list(digest: str, name: str, most_bytes: int, _content: bytes) -> Archive:
    """The clips of a ZIP, without its content, which goes when the visitor does."""
    archive = list_clips(_content, name, most_bytes, MOST_PACKED)
    return archive._replace(clips=tuple(replace(clip, archive=b"") for clip in archive.clips))


def _remove(unpacked: tuple[Path, "tempfile.TemporaryDirectory[str]"]) -> None:
    unpacked[1].cleanup()


# Of each visitor: what one plays must not go because others play more.
@st.cache_resource(max_entries=_MOST_UNPACKED, show_spinner=False, scope="session", on_release=_remove)
def _unpack(key: str, _clip: PackedClip) -> tuple[Path, "tempfile.TemporaryDirectory[str]"]:
    """A clip on disk, in a folder of its own: in memory it would be bound by nothing but its size."""
    folder = tempfile.TemporaryDirectory(prefix="fsat-")
    path = Path(folder.name) / "clip"
    _clip.write(path)
    return path, folder
