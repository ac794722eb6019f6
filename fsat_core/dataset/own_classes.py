"""The classes of somebody's own folder: what `classes.txt` lists, or the folders of clips are called."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from fsat_core.dataset.parts import CLASSES_FILE
from fsat_core.dataset.table_text import decode_text
from fsat_core.errors import DatasetError
from fsat_core.text import readable

NO_CLASSES = (
    "The data set names no classes to label with yet. Write them into a file classes.txt in its folder, one "
    "a line, and press Rescan; in Kaggle's layout they are in the header of sample_submission.csv."
)


class GivenClasses(NamedTuple):
    """A list of classes, and where it stands, for messages."""

    names: tuple[str, ...]
    source: str


def read_classes(data_dir: Path) -> tuple[GivenClasses | None, list[str]]:
    """The classes in the `classes.txt` of a folder, None where there is none, and what was assumed.

    One class a line; blank lines, and those that begin with #, mean nothing.

    Raises
    ------
    DatasetError
        If the file cannot be read, names no class, or has a comma in a line.
    """
    path = data_dir / CLASSES_FILE
    if not path.is_file():
        return None, []
    try:
        text, encoding = decode_text(path.read_bytes(), CLASSES_FILE)
    except OSError as error:
        raise DatasetError(
            f"{path} cannot be read ({error.strerror or error}): expected a class in each line. Mend its "
            "permissions."
        ) from error
    names = [_class_name(line) for line in text.splitlines()]
    for number, name in enumerate(names, start=1):
        if "," in name:
            raise DatasetError(
                f"{CLASSES_FILE}: line {number} is '{name}': expected one class a line, without commas, "
                "which stand between the labels of a clip. Break the line, or write another name."
            )
    classes = tuple(dict.fromkeys(name for name in names if name and not name.startswith("#")))
    if not classes:
        raise DatasetError(
            f"{path} names no class: expected one in each line, such as Bark. Write them into it, or "
            "delete it."
        )
    warnings = [f"{CLASSES_FILE} was read assuming that its text is {encoding}."] if encoding else []
    return GivenClasses(classes, CLASSES_FILE), warnings


def labels_of(fnames: Sequence[str]) -> list[str]:
    """The label of each clip that lies in the folder of its class: `Bark/a.wav` has `Bark`.

    Raises
    ------
    DatasetError
        If a folder has a name that no class can have.
    """
    folders = [fname.rpartition("/")[0] for fname in fnames]
    labels = {folder: _class_name(folder) for folder in set(folders)}
    for folder, label in sorted(labels.items()):
        if not label or "," in label:
            fault = "a comma in its name" if label else "a blank name"
            raise DatasetError(
                f"The folder '{folder}' has {fault}: expected the name of a class; commas stand between the "
                "labels of a clip. Rename it."
            )
    return [labels[folder] for folder in folders]


def _class_name(text: str) -> str:
    """A name as labels have it: without blanks around, and composed, for file systems take letters apart."""
    return readable(unicodedata.normalize("NFC", text).strip())
