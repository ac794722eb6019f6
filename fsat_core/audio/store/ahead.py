"""Clips that are brought to this machine while earlier ones are worked on."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from fsat_core.audio.store.faults import StoreAway
from fsat_core.audio.store.remote_clip import RemoteClip
from fsat_core.errors import AudioError, DatasetError
from fsat_core.threads import map_ahead

_NUM_THREADS = 8
_AHEAD = 16  # clips

Item = TypeVar("Item")


def bring_ahead(items: Sequence[Item], path_of: Callable[[Item], Path]) -> Generator[Item]:
    """The same items in order, each when its clip is on this machine, and others are on their way.

    A clip that cannot be brought is given all the same: whoever opens it gets the error. Clips in a folder on
    disk are given as they are.

    Raises
    ------
    DatasetError
        If the address of the clips cannot be reached: the others need not be tried.
    """
    if not items or not isinstance(path_of(items[0]), RemoteClip):
        yield from items
        return

    def bring(item: Item) -> Item:
        clip = path_of(item)
        if isinstance(clip, RemoteClip):
            try:
                clip.bring()
            except StoreAway as error:
                raise DatasetError(error.line) from None
            except AudioError:
                pass
        return item

    with closing(map_ahead(bring, items, _NUM_THREADS, _AHEAD, "bring-clips")) as brought:
        yield from brought


def folders_of(paths: Iterable[Path]) -> list[Path]:
    """The folders of clips, as far as they are there; of copies, which anybody brings, there are none."""
    folders = {path.parent for path in paths if not isinstance(path, RemoteClip)}
    return sorted(folder for folder in folders if folder.is_dir())
