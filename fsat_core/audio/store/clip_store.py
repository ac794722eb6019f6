"""What a place for clips can do, whether it is a folder on disk or an address."""

from pathlib import Path
from typing import Protocol

from fsat_core.audio.decoding.header import AudioHeader

Stamp = tuple[int, int]  # size in bytes, and a number that is another one when the content has changed
MISSING: Stamp = (-1, -1)


class ClipStore(Protocol):
    """A folder of clips. `FolderStore` and `RemoteStore` are the two kinds.

    Names are those of files in it, or `Bark/a.wav` for one in a folder below.

    Attributes
    ----------
    name : str
        What messages call the folder.
    where : str
        Its path or address, without credentials.
    num_readers : int
        How many threads read from it at once; 1 where nobody waits for an answer.
    """

    name: str
    where: str
    num_readers: int

    def within(self, name: str) -> "ClipStore":
        """The folder of that name in this one; it need not be there."""
        ...

    def only(self, name: str) -> "ClipStore":
        """The same folder for whoever reads this one file elsewhere: it need not know the others."""
        ...

    def entries(self) -> list[tuple[str, bool]]:
        """The name of each entry, and whether it is a folder.

        Raises
        ------
        OSError
            If a folder on disk cannot be read.
        DatasetError
            If an address cannot be.
        """
        ...

    def stamps(self) -> dict[str, Stamp]:
        """Size and change of each file, by name; nothing where the folder cannot be read."""
        ...

    def stamp(self, name: str) -> Stamp:
        """Size and change of one file; `MISSING` where there is none."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is an entry called exactly so."""
        ...

    def read_header(self, name: str) -> tuple[AudioHeader, int]:
        """The facts of a clip and the second part of its stamp, by as few bytes as will do.

        Raises
        ------
        AudioError
            If it is missing or cannot be read.
        """
        ...

    def clip(self, name: str) -> Path:
        """The file of a clip; one of an address is copied to this machine when it is opened."""
        ...
