"""Where the parts of a data set lie: the layouts that a data folder can have.

Those of FSDKaggle2019 come first: Kaggle's, and Zenodo record 3612637's. A folder that has neither is
somebody's own: a folder of clips for each class, or clips without labels. Where the data folder names an
address, the clips are there, in folders of the same names, and the tables here.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fsat_core.audio.store.client import ADDRESS_FILE
from fsat_core.audio.store.clip_store import ClipStore
from fsat_core.audio.store.folder import FolderStore
from fsat_core.audio.store.remote import RemoteStore
from fsat_core.audio.types import is_sound_name
from fsat_core.dataset.file_names import is_hidden
from fsat_core.errors import DatasetError
from fsat_core.text import counted, list_some, readable

CLASSES_FILE = "classes.txt"  # of somebody's own folder

_META = "FSDKaggle2019.meta"
_LAYOUTS = {
    "kaggle": {
        "curated": ("train_curated.csv", "train_curated"),
        "noisy": ("train_noisy.csv", "train_noisy"),
        "test": ("sample_submission.csv", "test"),
    },
    "zenodo": {
        "curated": (f"{_META}/train_curated_post_competition.csv", "FSDKaggle2019.audio_train_curated"),
        "noisy": (f"{_META}/train_noisy_post_competition.csv", "FSDKaggle2019.audio_train_noisy"),
        "test": (f"{_META}/test_post_competition.csv", "FSDKaggle2019.audio_test"),
    },
}
_EXPECTED = (
    f"expected train_curated.csv and train_curated/ (Kaggle), {_META}/ and "
    "FSDKaggle2019.audio_train_curated/ (Zenodo), a folder of clips for each class, or clips"
)


@dataclass(frozen=True)
class Part:
    """One split of a data set: its table and its audio folder. Either may be missing, not both.

    Parameters
    ----------
    split : str
    table : Path or None
    audio : ClipStore or None
    class_dirs : tuple of str
        The folders of clips in `audio` whose names are the labels; none where the clips lie in it
        themselves.
    not_clips : tuple of str
        What else is in `audio` and has a meaning of its own, or none.
    """

    split: str
    table: Path | None
    audio: ClipStore | None
    class_dirs: tuple[str, ...] = ()
    not_clips: tuple[str, ...] = ()


class Layout(NamedTuple):
    """What a data folder holds.

    Parameters
    ----------
    name : str
        `kaggle`, `zenodo`, `folders` (one for each class) or `clips` (without labels).
    parts : tuple of Part
    warnings : tuple of str
        What is left out, a line each.
    """

    name: str
    parts: tuple[Part, ...]
    warnings: tuple[str, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether it is none of those that were published."""
        return self.name not in _LAYOUTS


def find_layout(data_dir: Path) -> Layout:
    """The layout of a data folder; no table is read.

    Raises
    ------
    DatasetError
        If there is no such folder, nothing known in it, or a mixture that can mean several things; if clips
        are at an address that has to be listed and cannot be.
    ConfigError
        If what should be an address is none.
    OSError
        If the folder cannot be looked into.
    """
    if not data_dir.is_dir():
        if address := _address_in(data_dir):
            raise DatasetError(
                f"{address} is an address: expected a folder of this machine, since clips may be elsewhere "
                f"and tables may not. Put the tables into a folder, with this address as the line of its "
                f"{ADDRESS_FILE}, and give that folder."
            )
        found = "a file" if data_dir.exists() else "nothing"
        raise DatasetError(
            f"No data folder at {data_dir}, where {found} is: {_EXPECTED}. Check the path after --data, in "
            "FSAT_DATA_DIR or in FSAT_DATA_SETS."
        )
    if (data_dir / ADDRESS_FILE).is_file():
        return _layout_elsewhere(data_dir, _read_address(data_dir / ADDRESS_FILE))
    published = [Layout(name, _published(data_dir, places)) for name, places in _LAYOUTS.items()]
    for layout in published:
        if layout.parts and not _is_test_folder_alone(layout):
            return layout
    contents = _look_into(FolderStore(data_dir))
    own = _own_layout(FolderStore(data_dir), contents)
    for layout in (own, *published):
        if layout.parts:
            return layout
    raise DatasetError(
        f"No data set in {data_dir}, which holds {_describe(contents)}: {_EXPECTED}. "
        f"{_advise(data_dir, contents)}"
    )


def _address_in(path: Path) -> str:
    """The address, such as s3://bucket/folder, that somebody gave as a path; "" where it is none."""
    found = re.search(r"(?:^|/)([a-z][a-z0-9+.-]+):/(.+)", str(path))  # of two slashes a path keeps one
    return f"{found[1]}://{found[2]}" if found else ""


def _published(data_dir: Path, places: dict[str, tuple[str, str]]) -> tuple[Part, ...]:
    parts = []
    for split, (table_name, audio_name) in places.items():
        table, audio_dir = _place(data_dir, table_name), _place(data_dir, audio_name)
        if table.is_file() or audio_dir.is_dir():
            audio = FolderStore(audio_dir) if audio_dir.is_dir() else None
            parts.append(Part(split, table if table.is_file() else None, audio))
    return tuple(parts)


def _place(data_dir: Path, name: str) -> Path:
    """The table or folder of that name; where there is none, the only one that has it in other capitals."""
    path = data_dir / name
    if path.exists() or not path.parent.is_dir():
        return path
    alike = [other for other in path.parent.iterdir() if other.name.casefold() == path.name.casefold()]
    return alike[0] if len(alike) == 1 else path


def _is_test_folder_alone(layout: Layout) -> bool:
    """Whether nothing is there but a folder called `test`, which people have beside folders of their own."""
    (first, *others) = layout.parts
    return layout.name == "kaggle" and not others and first.split == "test" and first.table is None


# --- clips at an address


def _layout_elsewhere(data_dir: Path, store: ClipStore) -> Layout:
    """The layout of the tables here; where there are none, that of the folders at the address."""
    for name, places in _LAYOUTS.items():
        tables = {split: _place(data_dir, table) for split, (table, _) in places.items()}
        if parts := tuple(
            Part(split, table, store.within(places[split][1]))
            for split, table in tables.items()
            if table.is_file()
        ):
            return Layout(name, parts)
    contents = _look_into(store)
    own = _own_layout(store, contents, ADDRESS_FILE)
    if own.parts:
        return own
    raise DatasetError(
        f"No data set at {store.where}, which {ADDRESS_FILE} names and which holds {_describe(contents)}: "
        f"expected a folder of clips for each class there, or clips, or tables such as train_curated.csv in "
        f"{data_dir}. Correct the address, or copy the tables to {data_dir}."
    )


def _read_address(path: Path) -> ClipStore:
    lines = path.read_text("utf-8-sig", errors="replace").split("\n")
    return RemoteStore(next((line.strip() for line in lines if line.strip()), ""))


# --- folders of somebody's own


class _Contents(NamedTuple):
    """What is in a folder, without hidden files."""

    clips: tuple[str, ...]
    class_dirs: tuple[str, ...]  # in which there are clips
    other_dirs: tuple[str, ...]
    other_files: tuple[str, ...]


def _look_into(store: ClipStore) -> _Contents:
    entries = sorted(_entries(store))
    files = [name for name, is_folder in entries if not is_folder]
    folders = {name: _has_clips(store.within(name)) for name, is_folder in entries if is_folder}
    return _Contents(
        clips=tuple(name for name in files if is_sound_name(name)),
        class_dirs=tuple(name for name, has_clips in folders.items() if has_clips),
        other_dirs=tuple(name for name, has_clips in folders.items() if not has_clips),
        other_files=tuple(name for name in files if not is_sound_name(name)),
    )


def _entries(store: ClipStore) -> Iterator[tuple[str, bool]]:
    return (entry for entry in store.entries() if not is_hidden(entry[0]))


def _has_clips(store: ClipStore) -> bool:
    with suppress(OSError):  # one that may not be looked into, such as lost+found
        return any(is_sound_name(name) and not is_folder for name, is_folder in _entries(store))
    return False


def _own_layout(store: ClipStore, contents: _Contents, pointer: str = "--data") -> Layout:
    """The layout of clips without tables; `pointer` is what says where they are."""
    test = _test_among([*contents.class_dirs, *contents.other_dirs])
    class_dirs = tuple(name for name in contents.class_dirs if name != test)
    others = tuple(name for name in contents.other_dirs if name != test)
    if not class_dirs and not contents.clips:
        return Layout("", ())
    if class_dirs and contents.clips:
        raise DatasetError(
            f"{store.where} holds {_list('clip', contents.clips)} beside {_list('folder', class_dirs)} with "
            "clips in them: expected either a folder for each class or clips without labels. Move the clips "
            "into folders, or the folders elsewhere."
        )
    if len(class_dirs) == 1:
        raise DatasetError(
            f"{store.where} holds one folder of clips, {readable(class_dirs[0])}: expected one for each of "
            "two or more classes. If its clips have no labels yet, point "
            f"{pointer} at {store.within(class_dirs[0]).where}."
        )
    not_clips = (test, CLASSES_FILE, *others)
    parts = [Part("curated", None, store, class_dirs, not_clips)]
    warnings = _say_without_clips(store, others) + _say_alike(class_dirs)
    if test:
        part, said = _own_test(store.within(test))
        parts.append(part)
        warnings += said
    return Layout("folders" if class_dirs else "clips", tuple(parts), tuple(warnings))


def _test_among(folders: Sequence[str]) -> str:
    """The folder called `test`, or the only one that is in other capitals; "" where there is none."""
    alike = [name for name in folders if name.casefold() == "test"]
    return "test" if "test" in alike else alike[0] if len(alike) == 1 else ""


def _own_test(store: ClipStore) -> tuple[Part, list[str]]:
    """The test clips beside somebody's own: clips without labels, or again a folder for each class."""
    inside = _look_into(store)
    if inside.clips:
        return Part("test", None, store), []
    said = _say_without_clips(store, inside.other_dirs) + _say_alike(inside.class_dirs)
    return Part("test", None, store, inside.class_dirs, inside.other_dirs), said


def _say_without_clips(store: ClipStore, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [f"{store.name}: left out {_list('folder', names)}, for no clip lies there."]


def _say_alike(class_dirs: Sequence[str]) -> list[str]:
    by_letters: dict[str, list[str]] = {}
    for name in class_dirs:
        by_letters.setdefault(name.casefold(), []).append(readable(name))
    return [
        f"{' and '.join(names)} differ in capitals alone, and are {len(names)} classes."
        for names in by_letters.values()
        if len(names) > 1
    ]


def _describe(contents: _Contents) -> str:
    """What is in a folder that is no data set."""
    folders = (*contents.class_dirs, *contents.other_dirs)
    kinds = {"folder": folders, "file": contents.other_files}
    return " and ".join(_list(noun, names) for noun, names in kinds.items() if names) or "nothing"


def _advise(data_dir: Path, contents: _Contents) -> str:
    """Where the set may be: people unpack archives into a folder, and name the one around it."""
    for name in contents.other_dirs:
        with suppress(OSError, DatasetError):
            inside = data_dir / name
            is_published = any(_published(inside, places) for places in _LAYOUTS.values())
            if is_published or _look_into(FolderStore(inside)).class_dirs:
                return f"There is one in {readable(name)}: point --data at {inside}."
    return "Point --data at the folder of these."


def _list(noun: str, names: Sequence[str]) -> str:
    """A number of things with their names: `2 folders (Bark, Meow)`."""
    return f"{counted(len(names), noun)} ({list_some([readable(name) for name in names], 3)})"
