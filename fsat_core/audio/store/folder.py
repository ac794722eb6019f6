"""Clips in a folder on disk."""

import os
from contextlib import suppress
from pathlib import Path

from fsat_core.audio.decoding.header import AudioHeader
from fsat_core.audio.header import read_timed_header
from fsat_core.audio.store.clip_store import MISSING, Stamp
from fsat_core.text import readable


class FolderStore:
    """A folder on disk as a `ClipStore`: nothing is copied, and nothing is asked twice."""

    num_readers = 1

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name, self.where = readable(path.name), readable(str(path))
        self._prefix = f"{path}{os.sep}"  # making a Path takes as long as reading a header

    def within(self, name: str) -> "FolderStore":
        """The folder of that name in this one; it need not be there."""
        return FolderStore(self.path / name)

    def only(self, name: str) -> "FolderStore":
        """This one, which knows of no file before it is asked."""
        return self

    def entries(self) -> list[tuple[str, bool]]:
        """The name of each entry, and whether it is a folder; an OSError where it cannot be read."""
        with os.scandir(self.path) as listing:
            return [(entry.name, entry.is_dir()) for entry in listing]

    def stamps(self) -> dict[str, Stamp]:
        """Size and time of change (in ns) of each entry, by name; nothing where it cannot be read."""
        files: dict[str, Stamp] = {}
        # A folder that cannot be listed is an error as soon as one of its clips is looked for.
        with suppress(OSError), os.scandir(self.path) as listing:
            for entry in listing:
                with suppress(OSError):  # a link to nothing, or gone meanwhile: the clip is listed as missing
                    stat = entry.stat()
                    files[entry.name] = (stat.st_size, stat.st_mtime_ns)
        return files

    def stamp(self, name: str) -> Stamp:
        """Size and time of change of one file; `MISSING` where there is none."""
        try:
            stat = Path(self._prefix + name).stat()
        except (OSError, ValueError):
            return MISSING
        return stat.st_size, stat.st_mtime_ns

    def has(self, name: str) -> bool:
        """Whether there is an entry called exactly so, be it a link to nothing."""
        return os.path.lexists(self._prefix + name)

    def read_header(self, name: str) -> tuple[AudioHeader, int]:
        """The facts of a clip, and when it was last changed (in ns since 1970); else an AudioError."""
        return read_timed_header(self._prefix + name)

    def clip(self, name: str) -> Path:
        """The file of a clip."""
        return self.path / name
