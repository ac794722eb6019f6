"""Files that are clips of a data set."""

from collections.abc import Sequence

import pandas as pd

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
    named = catalogue[catalogue["fname"].isin([name for name, _ in files])]
    found = []
    for name, content in files:
        alike = named[(named["fname"] == name) & (named["num_bytes"] == len(content))]
        found += [clip_id for clip_id in alike["clip_id"] if _has_content(dataset, clip_id, content)]
    return list(dict.fromkeys(found))


def _has_content(dataset: Dataset, clip_id: str, content: bytes) -> bool:
    try:
        return clip_path(dataset, clip_id).read_bytes() == content
    except OSError:  # gone since the scan
        return False
