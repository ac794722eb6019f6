"""Unpacks an archive into a folder, and nowhere else."""

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from fsat_core.download.split_zip import open_split_zip
from fsat_core.errors import FsatError
from fsat_core.text import shorten, size_text

_CHUNK = 1 << 20
_MOST_GROWTH = 20  # times the archive's length; sound grows by half, tables fivefold
_ALWAYS_FINE = 50_000_000  # bytes, however small the archive is
_OF_A_MAC = "__MACOSX"  # a folder beside the content, of no use elsewhere
# What zipfile raises of archives that are damaged or use what it does not know.
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, LookupError, RuntimeError, ValueError, OverflowError),
)


class Archive:
    """An open archive whose entries have been looked at.

    Parameters
    ----------
    name : str
        What messages call it.
    archive : zipfile.ZipFile
    entries : list of (zipfile.ZipInfo, PurePosixPath)
        Its files, and where each belongs in the folder that it is unpacked into.
    """

    def __init__(
        self, name: str, archive: zipfile.ZipFile, entries: list[tuple[zipfile.ZipInfo, PurePosixPath]]
    ) -> None:
        self.name = name
        self._archive = archive
        self._entries = entries

    @property
    def num_bytes(self) -> int:
        """The length of all files when they are unpacked."""
        return sum(info.file_size for info, _ in self._entries)

    def unpack(self, folder: Path, progress: Callable[[int], None]) -> None:
        """Unpack all files into a folder, which is made; `progress` gets the bytes that are written.

        Raises
        ------
        zipfile.BadZipFile
            Or another one of `DAMAGED`, if a file in it is damaged.
        OSError
            If a file cannot be written.
        """
        folder.mkdir(parents=True)
        done = 0
        for info, path in self._entries:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._archive.open(info) as source, target.open("xb") as file:
                shutil.copyfileobj(source, file, _CHUNK)
            done += info.file_size
            progress(done)


@contextmanager
def open_archive(pieces: Sequence[Path]) -> Iterator[Archive]:
    """Open an archive of one or several pieces, of which the last one ends in `.zip`.

    Where all its files are in one folder, they belong into the folder that it is unpacked into.

    Raises
    ------
    FsatError
        If an entry leads out of the folder, is no plain file, is there twice, or is absurdly large.
    zipfile.BadZipFile
        Or another one of `DAMAGED`, if it cannot be read.
    """
    name = pieces[-1].name
    with open_split_zip(pieces) as (archive, infos):
        files = [(info, _path(name, info)) for info in infos if not info.is_dir()]
        files = [(info, path) for info, path in files if path.parts[0] != _OF_A_MAC]
        _check_sizes(name, infos, sum(piece.stat().st_size for piece in pieces))
        _check_names(name, [path for _, path in files])
        tops = {path.parts[0] for _, path in files}
        if len(tops) == 1 and all(len(path.parts) > 1 for _, path in files):
            files = [(info, PurePosixPath(*path.parts[1:])) for info, path in files]
        yield Archive(name, archive, files)


def _path(name: str, info: zipfile.ZipInfo) -> PurePosixPath:
    """Where an entry belongs, if it is a plain file within the folder."""
    shown = f"{name} holds '{shorten(info.filename)}', "
    path = PurePosixPath(info.filename)
    is_odd = "\\" in info.orig_filename or "\0" in info.orig_filename or ":" in info.filename
    if path.is_absolute() or ".." in path.parts or not path.parts or is_odd:
        raise _refused(f"{shown}which leads out of its folder: expected names such as 'folder/0006ae4e.wav'")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise _refused(f"{shown}which is a link or a device: expected plain files")
    if info.flag_bits & 1:
        raise _refused(f"{shown}which is encrypted: expected plain files")
    return path


def _check_sizes(name: str, infos: Sequence[zipfile.ZipInfo], num_bytes: int) -> None:
    most = max(num_bytes * _MOST_GROWTH, _ALWAYS_FINE)
    if (total := sum(info.file_size for info in infos)) > most:
        raise _refused(
            f"{name} would grow from {size_text(num_bytes)} to {size_text(total)}: expected at most "
            f"{size_text(most)}"
        )


def _check_names(name: str, paths: Sequence[PurePosixPath]) -> None:
    if not paths:
        raise _refused(f"{name} holds no files: expected some")
    seen = {str(parent).casefold() for path in paths for parent in path.parents}  # folders
    for path in paths:
        if (key := str(path).casefold()) in seen:
            raise _refused(f"{name} holds '{shorten(str(path))}' twice: expected it once")
        seen.add(key)


def _refused(reason: str) -> FsatError:
    return FsatError(f"{reason}. Nothing of it was unpacked; check FSAT_RECORD_URL.")
