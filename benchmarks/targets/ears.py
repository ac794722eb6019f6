"""How fast YAMNet hears a data set, what a kill costs, and how soon neighbours are found.

The clips are of 5 s at 44.1 kHz, as in ESC-10. YAMNet has to be in the cache folder: `fsat pretrained`.
"""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.common import run_command
from benchmarks.figures import Figure, run_figures, seconds_of
from benchmarks.sets.clips import write_clips
from benchmarks.sets.kaggle_set import write_set
from fsat_core.dataset import open_dataset, scan
from fsat_core.embedding import YAMNET, EmbeddingStore, ExactNeighbours, locate
from fsat_core.embedding.pretrained import weights_path
from fsat_core.settings import Settings

NAME = "targets.ears"
NUM_CLIPS, CLIP_S, NUM_SOURCES = 1_200, 5.0, 60
NUM_VECTORS = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit status: 1 where a target is missed."""
    return run_figures(NAME, __doc__, measure, arguments)


def measure(folder: Path) -> Iterator[Figure]:
    """Figures of listening, and of neighbours."""
    data_dir = write_clips_of_a_set(folder)
    whole = _cache(folder / "whole")
    seconds = run_command(["embed", "--data", data_dir], {"FSAT_CACHE_DIR": whole}).value["seconds"]
    yield Figure("clips heard, all cores", NUM_CLIPS / seconds, "clips/s", 80)
    killed = _cache(folder / "killed")
    num_kept = kill_half_way(data_dir, killed)
    again = run_command(["embed", "--data", data_dir], {"FSAT_CACHE_DIR": killed}).value
    lost = max(num_kept - (NUM_CLIPS - again["num_new"]), 0)
    yield Figure("clips heard before a kill and heard again after it", lost, "clips", 0, at_most=True)
    differing = differing_rows(open_of(data_dir, whole), open_of(data_dir, killed))
    yield Figure("clips heard otherwise after a kill", differing, "clips", 0, at_most=True)
    yield from measure_neighbours()


def measure_neighbours(num_vectors: int = NUM_VECTORS) -> Iterator[Figure]:
    """Time and memory of one query among many vectors."""
    rng = np.random.default_rng(0)
    vectors = np.empty((num_vectors, YAMNET.dimension), np.float16)
    for start in range(0, num_vectors, 10_000):
        block = np.maximum(rng.standard_normal((10_000, YAMNET.dimension), np.float32), 0)
        vectors[start : start + 10_000] = block[: num_vectors - start]
    neighbours = ExactNeighbours(vectors)
    (seconds,) = seconds_of(lambda: check(neighbours, vectors))
    yield Figure(f"neighbours among {num_vectors:,} clips, median", 1_000 * seconds, "ms", 200, at_most=True)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    yield Figure("memory of the process meanwhile", peak_mb, "MB", 2_500, at_most=True)


def check(neighbours: ExactNeighbours, vectors: np.ndarray) -> None:
    """Look for the neighbours of one clip, which is its own nearest."""
    assert neighbours.nearest(vectors[7], 20).rows[0] == 7


def write_clips_of_a_set(folder: Path) -> Path:
    """A set of NUM_CLIPS training clips, linked from a few files; returns its folder."""
    sources = write_clips(folder / "sources", NUM_SOURCES, CLIP_S)
    names = [f"{number:08x}.wav" for number in range(NUM_CLIPS)]
    table = pd.DataFrame({"split": "curated", "fname": names, "labels": "Bark"})
    root = folder / "set"
    write_set(root, table, [sources[number % NUM_SOURCES] for number in range(NUM_CLIPS)])
    return root


def kill_half_way(data_dir: Path, cache_dir: Path) -> int:
    """Kill a process that listens, and all of its children, half-way; returns how many clips it had heard."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fsat_core", "embed", "--data", str(data_dir)],
        env=os.environ | {"FSAT_CACHE_DIR": str(cache_dir)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    while (store := open_of(data_dir, cache_dir)) is None or store.num_done < NUM_CLIPS // 2:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return store.num_done


def differing_rows(one: EmbeddingStore | None, other: EmbeddingStore | None) -> int:
    """In how many rows two complete stores of the same clips differ."""
    assert one is not None
    assert other is not None
    same_means = (one.means == other.means).all(axis=1) & (one.scores == other.scores).all(axis=1)
    same_windows = [np.array_equal(one.windows(clip_id), other.windows(clip_id)) for clip_id in one.clip_ids]
    return int((~(same_means & same_windows)).sum())


def open_of(data_dir: Path, cache_dir: Path) -> EmbeddingStore | None:
    """The store of the set in a cache folder, if there is one yet."""
    dataset = open_dataset(data_dir)
    return locate(dataset, scan(dataset, cache_dir), cache_dir, YAMNET).open()


def _cache(folder: Path) -> Path:
    """A cache folder of its own, with the weights of this machine."""
    brought = weights_path(Settings.from_environment().cache_dir)
    weights_path(folder).parent.mkdir(parents=True)
    weights_path(folder).symlink_to(brought)
    return folder


if __name__ == "__main__":
    sys.exit(main())
