"""Clips of one recording in a data set: found once by their fingerprints, and kept beside the store."""

import pandas as pd
from filelock import FileLock

from fsat_core.embedding.copies import find_copies
from fsat_core.embedding.fingerprint import STEP_S
from fsat_core.embedding.store import EmbeddingStore
from fsat_core.errors import FsatError
from fsat_core.files import write_atomically

NEAR_DUPLICATES = "near_duplicates.parquet"
_COLUMNS = ["clip_id", "other_id", "later_s", "likeness"]


def near_duplicates(store: EmbeddingStore) -> pd.DataFrame:
    """Pairs of clips of one recording; of 28,000 clips they are found in some seconds, and then kept.

    Parameters
    ----------
    store : EmbeddingStore
        A complete one.

    Returns
    -------
    pd.DataFrame
        Columns `clip_id, other_id`; `later_s`: how much later the same is heard in the other one, in seconds,
        negative for earlier; and `likeness`: the share of the bits of their fingerprints that agree, about
        0.5 where two clips have nothing in common. Of several copies not every pair is there, but each
        one hangs together with all others.

    Raises
    ------
    FsatError
        If they cannot be kept.
    """
    try:
        with FileLock(store.folder / "near_duplicates.lock"):
            table = _read(store)
            if table is None:
                table = _find(store)
                content = table.to_parquet(index=False)
                write_atomically(store.folder / NEAR_DUPLICATES, content, make_folder=False)
        return table
    except OSError as error:
        raise FsatError(
            f"near-duplicates cannot be kept in {store.folder} ({error.strerror or error}), expected a "
            "folder with free space; make some or set FSAT_CACHE_DIR to another one."
        ) from error


def group_near_duplicates(pairs: pd.DataFrame) -> list[list[str]]:
    """The clips of each recording that has several, in the order of their ids.

    Parameters
    ----------
    pairs : pd.DataFrame
        Columns `clip_id, other_id`.
    """
    from scipy.cluster.hierarchy import DisjointSet  # late: pages that only list queues do without

    clip_ids = sorted({*pairs["clip_id"], *pairs["other_id"]})
    groups = DisjointSet(clip_ids)
    for clip_id, other_id in zip(pairs["clip_id"], pairs["other_id"], strict=True):
        groups.merge(clip_id, other_id)
    return [sorted(group) for group in groups.subsets()]


def _find(store: EmbeddingStore) -> pd.DataFrame:
    rows = [
        (store.clip_ids[copy.row], store.clip_ids[copy.other], copy.offset * STEP_S, copy.likeness)
        for copy in find_copies(store.prints, store.print_starts)
    ]
    types = {"clip_id": "str", "other_id": "str", "later_s": float, "likeness": float}
    return pd.DataFrame(rows, columns=_COLUMNS).astype(types)


def _read(store: EmbeddingStore) -> pd.DataFrame | None:
    """What was found before; None where there is nothing, or what is there is damaged."""
    try:
        table = pd.read_parquet(store.folder / NEAR_DUPLICATES)
    except (OSError, ValueError):  # ValueError: pyarrow's errors, too
        return None
    return table if list(table) == _COLUMNS else None
