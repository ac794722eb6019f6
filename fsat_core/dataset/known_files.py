"""Files that are clips of a data set."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from fsat_core.dataset.catalogue import Catalogue
from fsat_core.dataset.file_names import sound_stem
from fsat_core.dataset.layouts import Dataset, clip_path
from fsat_core.errors import AudioError


class File(NamedTuple):
    """A file to be looked for: its name, its size, and whether it has some content."""

    name: str
    num_bytes: int
    is_same: Callable[[bytes], bool]


def clips_among(files: Sequence[File], dataset: Dataset, catalogue: Catalogue) -> list[str]:
    """The clips of a data set among some files, by file name and content.

    Parameters
    ----------
    files : sequence of File
    dataset : Dataset
    catalogue : Catalogue

    Returns
    -------
    list of str
        `clip_id` of each file that is a clip of the set.
    """
    sizes = sorted({file.num_bytes for file in files})
    alike = catalogue.filter("num_bytes IN (SELECT unnest(?))", sizes).frame(
        ["clip_id", "fname", "num_bytes"]
    )
    known: dict[tuple[int, str], list[str]] = {}
    for clip_id, fname, num_bytes in alike.itertuples(index=False):
        # In a folder for each class, what is sent is called as in it.
        known.setdefault((num_bytes, fname.rpartition("/")[2]), []).append(clip_id)
    found: dict[str, None] = {}
    for file in files:
        for name in {file.name: None, sound_stem(file.name): None}:
            for clip_id in known.get((file.num_bytes, name), ()):
                if clip_id not in found and _is_clip(dataset, clip_id, file):
                    found[clip_id] = None
    return list(found)


def _is_clip(dataset: Dataset, clip_id: str, file: File) -> bool:
    path = clip_path(dataset, clip_id)
    try:
        return path.name == file.name and file.is_same(path.read_bytes())
    except (OSError, AudioError):  # gone since the scan, or not to be had from elsewhere
        return False
