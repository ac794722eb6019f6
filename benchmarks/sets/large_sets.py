"""Sets of many rows for measuring pages: real files in the Kaggle layout, whose headers are known already.

A million recordings would fill a disk. So the audio of all rows is linked from a few clips, and the scan's
cache says of each row what its header might say: as many different lengths as in FSDKaggle2019.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.sets.clips import SAMPLE_RATE, write_clips
from benchmarks.sets.kaggle_set import write_set
from fsat_core.dataset import SPLITS, open_dataset
from fsat_core.dataset.header_scan import catalogue_path
from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES
from fsat_core.files import write_atomically

SHARES = (0.18, 0.70, 0.12)  # of the splits, as in FSDKaggle2019
NUM_STRINGS = 1_200  # distinct entries in the labels column
SEVERAL = 0.15  # of the rows have more than one label
NUM_SOURCES, MOST_NAMES = 64, 60_000  # a file can have 65,000 names on ext4
SHORTEST_S, MEDIAN_S, LONGEST_S, SPREAD = 0.3, 6.0, 57.57, 1.0


def write_large_set(root: Path, num_rows: int, cache_dir: Path, seed: int = 0) -> Path:
    """Write a set of `num_rows` rows and its cached headers; returns `root`.

    Parameters
    ----------
    root : Path
        A folder that is made. Its parent takes the few clips that all rows are linked from.
    num_rows : int
    cache_dir : Path
        The cache folder of the app that will open the set.
    seed : int
        The same seed gives the same rows.
    """
    rng = np.random.default_rng(seed)
    num_sources = max(NUM_SOURCES, num_rows // MOST_NAMES + 1)
    sources = write_clips(
        root.parent / "sources", num_sources, _seconds(rng, num_sources).tolist(), seed=seed
    )
    split = rng.choice(SPLITS, num_rows, p=SHARES)
    table = pd.DataFrame({"split": split, "fname": [f"{number:08x}.wav" for number in range(num_rows)]})
    table["labels"] = np.where(split == "test", "", _labels(rng, num_rows))
    source = rng.integers(num_sources, size=num_rows)
    write_set(root, table, [sources[number] for number in source])
    stats = [path.stat() for path in sources]
    facts = table[["split", "fname"]].assign(
        num_bytes=np.array([stat.st_size for stat in stats])[source],
        mtime_ns=np.array([stat.st_mtime_ns for stat in stats])[source],
        num_frames=(_seconds(rng, num_rows) * SAMPLE_RATE).astype("int64"),
        sample_rate=SAMPLE_RATE,
        num_channels=1,
        subtype="PCM_16",
        warning="",
        error="",
    )
    write_atomically(catalogue_path(open_dataset(root), cache_dir), facts.to_parquet(index=False))
    return root


def _seconds(rng: np.random.Generator, size: int) -> np.ndarray:
    return np.clip(MEDIAN_S * np.exp(SPREAD * rng.standard_normal(size)), SHORTEST_S, LONGEST_S)


def _labels(rng: np.random.Generator, size: int) -> np.ndarray:
    """`size` label strings: some classes are common, and some rows have two or three."""
    weights = np.linspace(3, 1, len(FSDKAGGLE2019_CLASSES))
    single = np.array(FSDKAGGLE2019_CLASSES)
    several = np.array(
        [
            ",".join(rng.choice(single, rng.integers(2, 4), replace=False))
            for _ in range(NUM_STRINGS - len(single))
        ]
    )
    drawn = rng.choice(single, size, p=weights / weights.sum())
    return np.where(rng.random(size) < SEVERAL, rng.choice(several, size), drawn)
