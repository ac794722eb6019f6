"""How the lengths of clips are distributed: of train and test, and of each class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from fsat_core.dataset.label_text import split_labels
from fsat_core.dataset.statistics import class_counts

Unit = Literal["frames", "seconds"]

_COLUMNS = {"frames": "num_frames", "seconds": "duration_s"}
_DENSITY_CELLS = 256
_DENSITY_POINTS = 48


@dataclass(frozen=True)
class LengthHistogram:
    """Clips by length.

    Parameters
    ----------
    unit : "frames" or "seconds"
    log_lengths : bool
        True when the bins are equally wide on a logarithmic axis.
    edges : np.ndarray [shape=(num_bins + 1,)]
        Bounds of the bins, in `unit`.
    counts : dict of str to np.ndarray [shape=(num_bins,)]
        Clips per bin of "Train" and of "Test".
    bounds : np.ndarray [shape=(num_bins, 2)]
        Shortest and longest clip of each bin, in `unit`; 0 where a bin is empty.
    """

    unit: Unit
    log_lengths: bool
    edges: np.ndarray
    counts: dict[str, np.ndarray]
    bounds: np.ndarray

    def table(self) -> pd.DataFrame:
        """The bins that have clips: where each begins and ends, in its unit, and its clips."""
        bins = pd.DataFrame(
            {f"from_{self.unit}": self.edges[:-1], f"to_{self.unit}": self.edges[1:]}
            | {name.lower(): counts for name, counts in self.counts.items()}
        )
        return bins[bins[[name.lower() for name in self.counts]].any(axis="columns")]


def length_histogram(
    catalogue: pd.DataFrame, unit: Unit = "seconds", log_lengths: bool = False, num_bins: int = 100
) -> LengthHistogram:
    """Lengths of the training and the test clips in the same bins; unreadable files are left out.

    The bins go from 0 to the longest clip, or from the shortest to the longest with `log_lengths`.
    """
    readable = catalogue[catalogue["num_frames"] > 0]
    lengths = readable[_COLUMNS[unit]].to_numpy(float)
    is_test = (readable["split"] == "test").to_numpy()
    edges = _edges(lengths, log_lengths, num_bins)
    bins = np.clip(np.searchsorted(edges, lengths, side="right") - 1, 0, num_bins - 1)
    shortest, longest = np.full(num_bins, np.inf), np.zeros(num_bins)
    np.minimum.at(shortest, bins, lengths)
    np.maximum.at(longest, bins, lengths)
    counts = {
        "Train": np.bincount(bins[~is_test], minlength=num_bins),
        "Test": np.bincount(bins[is_test], minlength=num_bins),
    }
    bounds = np.column_stack([np.where(longest > 0, shortest, 0), longest])
    return LengthHistogram(unit, log_lengths, edges, counts, bounds)


def lengths_by_class(catalogue: pd.DataFrame, unit: Unit) -> dict[str, np.ndarray]:
    """Lengths of the clips of each class that has readable ones, the largest class first."""
    readable = catalogue[(catalogue["num_frames"] > 0) & (catalogue["labels"] != "")]
    parts: dict[str, list[np.ndarray]] = {name: [] for name in class_counts(readable).index}
    # Sorted by label string, each distinct string's lengths are one slice.
    codes, strings = pd.factorize(readable["labels"])
    lengths = readable[_COLUMNS[unit]].to_numpy(float)[np.argsort(codes, kind="stable")]
    sizes = np.bincount(codes, minlength=len(strings))
    ends = np.cumsum(sizes)
    for string, start, end in zip(strings, ends - sizes, ends, strict=True):
        for name in parts.keys() & set(split_labels(string)):
            parts[name].append(lengths[start:end])
    return {name: np.concatenate(part) for name, part in parts.items()}


def summarise_lengths(groups: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """A row for each class of `lengths_by_class`: its clips, and their quartiles in the same unit."""
    quartiles = {name: np.percentile(lengths, [0, 25, 50, 75, 100]) for name, lengths in groups.items()}
    columns = ["shortest", "low_quartile", "median", "high_quartile", "longest"]
    table = pd.DataFrame.from_dict(quartiles, orient="index", columns=columns)
    table.insert(0, "clips", [len(lengths) for lengths in groups.values()])
    return table.rename_axis("class").reset_index()


def log_density(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Density of the logarithm of positive lengths: Gaussian kernel, Silverman's bandwidth.

    Not by `scipy.stats.gaussian_kde`: importing it takes as long as all else that Explore imports, and it
    has no density for clips of one length.

    Returns
    -------
    tuple of np.ndarray [shape=(48,)]
        Lengths from the shortest to the longest, at equal steps of their logarithm, and the density there,
        which sums to 1 over them.
    """
    logs = np.log10(lengths)
    quarter, three_quarters = np.percentile(logs, [25, 75])
    spread = min(logs.std(), (three_quarters - quarter) / 1.34) or logs.std()
    # Clips that share one length have no spread; a width of 2 % still draws them.
    bandwidth = max(0.9 * spread * len(logs) ** -0.2, 0.01)
    low, high = logs.min(), logs.max()
    if low == high:
        low, high = low - bandwidth, high + bandwidth
    weights, edges = np.histogram(logs, bins=_DENSITY_CELLS, range=(low, high))
    centres = (edges[:-1] + edges[1:]) / 2
    grid = np.linspace(low, high, _DENSITY_POINTS)
    density = np.exp(-0.5 * ((grid[:, None] - centres) / bandwidth) ** 2) @ weights
    return 10**grid, density / density.sum()


def _edges(lengths: np.ndarray, log_lengths: bool, num_bins: int) -> np.ndarray:
    longest = lengths.max(initial=0) or 1.0
    if not log_lengths:
        return np.linspace(0, longest, num_bins + 1)
    shortest = lengths.min(initial=longest)
    return np.geomspace(shortest if shortest < longest else longest / 2, longest, num_bins + 1)
