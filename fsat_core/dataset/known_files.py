"""Files that are clips of a data set."""

from collections.abc import Sequence

import pandas as pd

from fsat_core.dataset.file_names import sound_stem
from fsat_core.dataset.layouts import Dataset, clip_path


def clips_among(files: Sequence[tuple[str, bytes]], dataset: Dataset, catalogue: pd.DataFrame) -> list[str]:
    """The clips of a data set among some files, by file name and content.

    Parameters
    ----------
    files : sequence of (str, bytes)
        Name and content of each.
    dataset : Dataset
    catalogue : pd.DataFrame
        As from `scan`.

    Returns
    -------
    list of str
        `clip_id` of each file that is a clip of the set.
    """
    found = []
    for name, content in files:
        alike = catalogue[catalogue["num_bytes"] == len(content)]
        # In a folder for each class, what is sent is called as in it.
        alike = alike[alike["fname"].str.split("/").str[-1].isin([name, sound_stem(name)])]
        found += [clip_id for clip_id in alike["clip_id"] if _is_clip(dataset, clip_id, name, content)]
    return list(dict.fromkeys(found))


def _is_clip(dataset: Dataset, clip_id: str, name: str, content: bytes) -> bool:
    path = clip_path(dataset, clip_id)
    try:
        return path.name == name and path.read_bytes() == content
    except OSError:  # gone since the scan
        return False
