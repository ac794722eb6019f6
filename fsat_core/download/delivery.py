"""Parts of FSDKaggle2019 in a data folder: what is missing is downloaded, checked, unpacked and put in place.

Everything grows in the folder `.download`. A part gets its place when it is whole, by one renaming; then its
archives go. So the next call takes up what the last one left, wherever that ended.
"""

import os
import shutil
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fsat_core.download.connection import Patience
from fsat_core.download.following import LOCK, WORK, Follower
from fsat_core.download.record import PARTS, RemotePart, read_record
from fsat_core.download.transfer import fetch, fetch_record, md5_of, partial_path, size_of
from fsat_core.download.unpacking import DAMAGED, open_archive
from fsat_core.errors import FsatError
from fsat_core.files import remove
from fsat_core.lock import LockedError, hold
from fsat_core.text import counted, size_text

_UNPACKED = "unpacked"
_GROWTH = 1.5  # of sound that is unpacked, about; when an archive is here, it says how long its files are

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class DeliveredPart:
    """A part that is in its place: by this call, or before it."""

    part: str
    path: Path
    is_new: bool

    def count(self) -> tuple[int, int]:
        """How many files it has, and how many bytes."""
        sizes = [path.stat().st_size for path in self.path.rglob("*") if path.is_file()]
        return len(sizes), sum(sizes)


def download(
    folder: Path,
    parts: Collection[str],
    record_url: str,
    tell: Tell = lambda *_: None,
    patience: Patience | None = None,
) -> list[DeliveredPart]:
    """Bring parts of FSDKaggle2019 into a data folder, in the layout of the Zenodo record.

    A folder that is there already is taken as it is. Without one that is missing, nothing is connected to.

    Parameters
    ----------
    folder : Path
        Made if there is none.
    parts : sequence of str
        Among `PARTS`.
    record_url : str
        The record in Zenodo's REST API.
    tell : callable
        Called with what is being done, and how many bytes of how many are done.
    patience : Patience, optional

    Returns
    -------
    list of DeliveredPart
        In the order of `PARTS`.

    Raises
    ------
    FsatError
        If a part cannot be had, kept or unpacked; what has come is kept. Or if another call is at it.
    Stopped
        If `following.ask_to_stop` was called meanwhile.
    """
    wanted = [part for part in PARTS if part in parts]
    brought: list[str] = []
    work = folder / WORK
    try:
        if _missing(folder, wanted) or _leftovers(folder):
            work.mkdir(parents=True, exist_ok=True)
            with hold(work / LOCK), closing(Follower(folder)) as follower:
                for path in _leftovers(folder):
                    path.unlink()
                if brought := _missing(folder, wanted):
                    _bring(folder, brought, record_url, _both(tell, follower), patience or Patience())
        return [DeliveredPart(part, folder / PARTS[part], part in brought) for part in wanted]
    except LockedError as error:
        raise FsatError(
            f"{folder}: another download into it is running, expected one at a time. Wait until it has ended."
        ) from error
    except OSError as error:
        raise FsatError(
            f"{folder} cannot hold the data set ({error.strerror or error}): expected a folder that can be "
            "written, with free space. What has come is kept: mend that, and call again."
        ) from error


def _missing(folder: Path, parts: Sequence[str]) -> list[str]:
    return [part for part in parts if not (folder / PARTS[part]).exists()]


def _leftovers(folder: Path) -> list[Path]:
    """Archives of parts that are in their place: a call was killed before it removed them."""
    there = [name for name in PARTS.values() if (folder / name).exists()]
    return [path for name in there for path in (folder / WORK).glob(f"{name}.z*")]


def _bring(folder: Path, missing: Sequence[str], record_url: str, tell: Tell, patience: Patience) -> None:
    work = folder / WORK
    parts = read_record(fetch_record(record_url, patience), missing)
    remove(work / _UNPACKED)  # what a call left that was killed
    _check_space(folder, _peak(work, parts), "the download and what is unpacked of it")
    total, done = sum(part.num_bytes for part in parts), 0
    for part in parts:
        for file in part.files:
            if size_of(work / file.name) != file.num_bytes:
                fetch(file, work / file.name, patience, _added(tell, done, total))
            done += file.num_bytes
        _unpack(folder, part, tell)


def _both(tell: Tell, follower: Tell) -> Tell:
    def tell_both(step: str, done: int, total: int) -> None:
        tell(step, done, total)
        follower(step, done, total)

    return tell_both


def _added(tell: Tell, before: int, total: int) -> Callable[[str, int], None]:
    """Tells of a file as a part of all that is to come."""
    return lambda step, done: tell(step, before + done, total)


def _peak(work: Path, parts: Sequence[RemotePart]) -> int:
    """The most space that is taken at a time, in bytes: archives go when their part is in its place."""
    taken, peak = 0.0, 0.0
    for part in parts:
        paths = [work / file.name for file in part.files]
        here = sum(size_of(path) + size_of(partial_path(path)) for path in paths)
        taken += part.num_bytes - here + part.num_bytes * _GROWTH
        peak = max(peak, taken)
        taken -= part.num_bytes
    return round(peak)


def _check_space(folder: Path, needed: int, what: str) -> None:
    if (free := shutil.disk_usage(folder).free) < needed:
        raise FsatError(
            f"{folder} has {size_text(free)} of free space, expected {size_text(needed)} for {what}. Make "
            "room, choose another folder, or fewer parts with --part."
        )


def _unpack(folder: Path, part: RemotePart, tell: Tell) -> None:
    pieces = [folder / WORK / file.name for file in part.files]
    aside = folder / WORK / _UNPACKED
    try:
        with open_archive(pieces) as archive:
            total = archive.num_bytes
            _check_space(folder, total, f"what {archive.name} holds")
            archive.unpack(aside, lambda done: tell(f"Unpacking {archive.name}", done, total))
    except DAMAGED as error:
        raise _damaged(part, pieces, error) from error
    if hasattr(os, "sync"):  # else a power cut could leave empty files under a name that says they are whole
        os.sync()
    aside.rename(folder / part.folder)
    for piece in pieces:
        piece.unlink()


def _damaged(part: RemotePart, pieces: Sequence[Path], error: Exception) -> FsatError:
    """What to say of an archive that cannot be unpacked; a file that was changed since it came goes."""
    changed = [path for path, file in zip(pieces, part.files, strict=True) if md5_of(path) != file.md5]
    for path in changed:
        path.unlink()
    mend = (
        f"{counted(len(changed), 'file')} had changed on the disk, and {'are' if len(changed) > 1 else 'is'} "
        "removed: call again to download anew"
        if changed
        else "Its files are as the record lists them: leave it out with --part, or check FSAT_RECORD_URL"
    )
    return FsatError(f"{pieces[-1].name} cannot be unpacked ({error}), expected a whole ZIP archive. {mend}.")
