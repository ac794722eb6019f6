"""Where the parts of a data set lie: the layouts that a data folder can have.

Those of FSDKaggle2019 come first: Kaggle's, and Zenodo record 3612637's. A folder that has neither is
somebody's own: a folder of clips for each class, or clips without labels.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

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
    table, audio_dir : Path or None
    class_dirs : tuple of str
        The folders of clips in `audio_dir` whose names are the labels; none where the clips lie in it
        themselves.
    not_clips : tuple of str
        What else is in `audio_dir` and has a meaning of its own, or none.
    """

    split: str
    table: Path | None
    audio_dir: Path | None
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
        If there is no such folder, nothing known in it, or a mixture that can mean several things.
    OSError
        If the folder cannot be looked into.
    """
    if not data_dir.is_dir():
        found = "a file" if data_dir.exists() else "nothing"
        raise DatasetError(
            f"No data folder at {data_dir}, where {found} is: {_EXPECTED}. Check the path after --data, in "
            "FSAT_DATA_DIR or in FSAT_DATA_SETS."
        )
    published = [Layout(name, _published(data_dir, places)) for name, places in _LAYOUTS.items()]
    for layout in published:
        if layout.parts and not _is_test_folder_alone(layout):
            return layout
    contents = _look_into(data_dir)
    own = _own_layout(data_dir, contents)
    for layout in (own, *published):
        if layout.parts:
            return layout
    raise DatasetError(
        f"No data set in {data_dir}, which holds {_describe(contents)}: {_EXPECTED}. "
        f"{_advise(data_dir, contents)}"
    )


def _published(data_dir: Path, places: dict[str, tuple[str, str]]) -> tuple[Part, ...]:
    parts = []
    for split, (table_name, audio_name) in places.items():
        table, audio_dir = _place(data_dir, table_name), _place(data_dir, audio_name)
        if table.is_file() or audio_dir.is_dir():
            parts.append(
                Part(split, table if table.is_file() else None, audio_dir if audio_dir.is_dir() else None)
            )
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


# --- folders of somebody's own


class _Contents(NamedTuple):
    """What is in a folder, without hidden files."""

    clips: tuple[str, ...]
    class_dirs: tuple[str, ...]  # in which there are clips
    other_dirs: tuple[str, ...]
    other_files: tuple[str, ...]


def _look_into(folder: Path) -> _Contents:
    entries = sorted(_entries(folder))
    files = [name for name, is_folder in entries if not is_folder]
    folders = {name: _has_clips(folder / name) for name, is_folder in entries if is_folder}
    return _Contents(
        clips=tuple(name for name in files if is_sound_name(name)),
        class_dirs=tuple(name for name, has_clips in folders.items() if has_clips),
        other_dirs=tuple(name for name, has_clips in folders.items() if not has_clips),
        other_files=tuple(name for name in files if not is_sound_name(name)),
    )


def _entries(folder: Path) -> Iterator[tuple[str, bool]]:
    with os.scandir(folder) as listing:
        for entry in listing:
            if not is_hidden(entry.name):
                yield entry.name, entry.is_dir()


def _has_clips(folder: Path) -> bool:
    with suppress(OSError):  # one that may not be looked into, such as lost+found
        return any(is_sound_name(name) and not is_folder for name, is_folder in _entries(folder))
    return False


def _own_layout(data_dir: Path, contents: _Contents) -> Layout:
    test_dir = _place(data_dir, "test")
    test = test_dir.name if test_dir.is_dir() else ""
    class_dirs = tuple(name for name in contents.class_dirs if name != test)
    others = tuple(name for name in contents.other_dirs if name != test)
    if not class_dirs and not contents.clips:
        return Layout("", ())
    if class_dirs and contents.clips:
        raise DatasetError(
            f"{data_dir} holds {_list('clip', contents.clips)} beside {_list('folder', class_dirs)} with "
            "clips in them: expected either a folder for each class or clips without labels. Move the clips "
            "into folders, or the folders elsewhere."
        )
    if len(class_dirs) == 1:
        raise DatasetError(
            f"{data_dir} holds one folder of clips, {readable(class_dirs[0])}: expected one for each of two "
            f"or more classes. If its clips have no labels yet, point --data at {data_dir / class_dirs[0]}."
        )
    not_clips = (test, CLASSES_FILE, *others)
    parts = [Part("curated", None, data_dir, class_dirs, not_clips)]
    warnings = _say_without_clips(data_dir, others) + _say_alike(class_dirs)
    if test:
        part, said = _own_test(test_dir)
        parts.append(part)
        warnings += said
    return Layout("folders" if class_dirs else "clips", tuple(parts), tuple(warnings))


def _own_test(test_dir: Path) -> tuple[Part, list[str]]:
    """The test clips beside somebody's own: clips without labels, or again a folder for each class."""
    inside = _look_into(test_dir)
    if inside.clips:
        return Part("test", None, test_dir), []
    said = _say_without_clips(test_dir, inside.other_dirs) + _say_alike(inside.class_dirs)
    return Part("test", None, test_dir, inside.class_dirs, inside.other_dirs), said


def _say_without_clips(folder: Path, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [f"{readable(folder.name)}: left out {_list('folder', names)}, for no clip lies there."]


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
            if is_published or _look_into(inside).class_dirs:
                return f"There is one in {readable(name)}: point --data at {inside}."
    return "Point --data at the folder of these."


def _list(noun: str, names: Sequence[str]) -> str:
    """A number of things with their names: `2 folders (Bark, Meow)`."""
    return f"{counted(len(names), noun)} ({list_some([readable(name) for name in names], 3)})"
