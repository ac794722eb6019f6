"""Clip ids: `split/fname`, which names a clip everywhere in the program."""

from typing import TypeVar

import pandas as pd

Text = TypeVar("Text", str, pd.Series)


def clip_id_of(split: str, fname: Text) -> Text:
    """The id of one file name, or of a column of them: `curated/0006ae4e.wav`."""
    return split + "/" + fname


def split_of(clip_id: str) -> str:
    """`curated`, `noisy` or `test`."""
    return clip_id.partition("/")[0]


def fname_of(clip_id: str) -> str:
    """The file name, `0006ae4e.wav`."""
    return clip_id.partition("/")[2]


def leads_out(fname: str) -> bool:
    """Whether a name from a table means a file outside the folder of its split; nobody may be shown that."""
    return fname.startswith(("/", "\\")) or (".." in fname and ".." in fname.replace("\\", "/").split("/"))
