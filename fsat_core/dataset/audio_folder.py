"""A folder of clips: what is in it, and which of its files a name means."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from pathlib import Path

from fsat_core.audio.store.clip_store import ClipStore
from fsat_core.audio.types import is_sound_name
from fsat_core.dataset.file_names import Matches, is_hidden, match_names
from fsat_core.errors import DatasetError
from fsat_core.text import list_some, readable

_MANY = 5  # kinds of files that are named


class AudioFolder:
    """The audio folder of one part of a data set. It is looked through once, when that is first needed.

    Parameters
    ----------
    store : ClipStore
    names : callable
        The names of the clips that belong there, as their table has them: asked for only when a file is
        called otherwise.
    class_dirs : collection of str
        Folders in it, whose clips belong there too, as `Bark/a.wav`.
    without : collection of str
        What in it is none of its clips.
    """

    def __init__(
        self,
        store: ClipStore,
        names: Callable[[], Iterable[str]] = tuple,
        class_dirs: Collection[str] = (),
        without: Collection[str] = (),
    ) -> None:
        self._store, self._names = store, names
        self._class_dirs, self._without = class_dirs, {*class_dirs, *without}

    def list_clips(self) -> list[str]:
        """The names of the files that are called as sound is, sorted; as they are shown, see `readable`."""
        return sorted({readable(name) for name, is_folder in self._entries if _is_sound(name, is_folder)})

    def describe_others(self) -> str:
        """A line about whatever is not called as sound is; "" where there is nothing else."""
        kinds = Counter(_kind(*entry) for entry in self._entries if not _is_sound(*entry))
        if not kinds:
            return ""
        shown = list_some([f"{number:,} {kind}" for kind, number in kinds.most_common()], _MANY)
        return f"{self._store.name}: left out what is not called as sound that is read ({shown})."

    def path(self, fname: str) -> Path:
        """The file of a clip; where there is none, the place in which it is expected."""
        name = fname if self._store.has(fname) else self.find(fname) or fname
        return self._store.clip(name)

    def find(self, fname: str) -> str:
        """The name of the file that is meant where none is called so exactly; "" where there is none."""
        return self._matches.found.get(fname, "")

    def explain_missing(self, fname: str) -> str:
        """Why a clip has no file, and what to do, in one line."""
        where = self._store.name
        if fname in self._matches.unclear:
            candidates, rivals = self._matches.unclear[fname]
            also = f", also by {list_some(rivals, 3)}" if rivals else ""
            return (
                f"{fname}: no such file; {' or '.join(candidates[:3])} in {where} could be meant{also}. "
                "Write the names of the files into the table."
            )
        alike = self._by_stem.get(_stem(fname))
        if alike:
            return f"{fname}: no such file; there is {alike} in {where}. Write that name into the table."
        return (
            f"{fname}: no such file, expected it in {where}; copy it there, or correct its name in the table."
        )

    @cached_property
    def _entries(self) -> list[tuple[str, bool]]:
        """The name of each entry, as Python has it, and whether it is a folder; without hidden ones."""
        entries = [entry for entry in _list(self._store) if entry[0] not in self._without]
        for folder in self._class_dirs:
            inside = _list(self._store.within(folder))
            entries += [(f"{folder}/{name}", is_folder) for name, is_folder in inside]
        return entries

    @cached_property
    def _matches(self) -> Matches:
        return match_names(self._names(), (name for name, _ in self._entries))

    @cached_property
    def _by_stem(self) -> dict[str, str]:
        """A file for each name without its suffix."""
        return {_stem(name): readable(name) for name, _ in self._entries}


def _list(store: ClipStore) -> list[tuple[str, bool]]:
    try:
        return [entry for entry in store.entries() if not is_hidden(entry[0])]
    except OSError as error:
        raise DatasetError(
            f"{store.where} cannot be read ({error.strerror or error}): expected a folder of clips. Mend its "
            "permissions."
        ) from error


def _is_sound(name: str, is_folder: bool) -> bool:
    return is_sound_name(name) and not is_folder


def _kind(name: str, is_folder: bool) -> str:
    suffix = Path(name).suffix.lower()
    return "folders" if is_folder else readable(suffix) or "without a suffix"


def _stem(name: str) -> str:
    return Path(name).stem.casefold()
