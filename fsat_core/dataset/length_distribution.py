"""How the lengths of clips are distributed: of train and test, and of each class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from fsat_core.dataset.catalogue import Catalogue

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
    catalogue: Catalogue, unit: Unit = "seconds", log_lengths: bool = False, num_bins: int = 100
) -> LengthHistogram:
    """Lengths of the training and the test clips in the same bins; unreadable files are left out.

    The bins go from 0 to the longest clip, or from the shortest to the longest with `log_lengths`.
    """
    clips, length = catalogue.filter("num_frames > 0"), _COLUMNS[unit]
    edges = _edges(*_range(clips, length), log_lengths, num_bins)
    scale, first, last = ("log10({})", *np.log10(edges[[0, -1]])) if log_lengths else ("{}", *edges[[0, -1]])
    bins = clips.ask(
        f"least(greatest(floor(? * ({scale.format(length)} - ?)), 0), ?)::BIGINT AS bin, split = 'test' AS "
        f"is_test, count(*)::BIGINT AS count, min({length}) AS shortest, max({length}) AS longest",
        float(num_bins / (last - first)),
        float(first),
        num_bins - 1,
        group="ALL",
    )
    counts = {name: np.zeros(num_bins, dtype=np.int64) for name in ("Train", "Test")}
    bounds = np.zeros((num_bins, 2))
    bounds[bins["bin"], 0] = np.inf
    for place, is_test, count, *ends in bins.itertuples(index=False):
        counts["Test" if is_test else "Train"][place] = count
        bounds[place] = min(bounds[place, 0], ends[0]), max(bounds[place, 1], ends[1])
    return LengthHistogram(unit, log_lengths, edges, counts, bounds)


def summarise_lengths(catalogue: Catalogue, unit: Unit) -> pd.DataFrame:
    """A row for each class that has readable clips, the largest first.

    Columns `class, clips, shortest, low_quartile, median, high_quartile, longest`, in the unit.
    """
    clips, length = catalogue.filter("num_frames > 0"), _COLUMNS[unit]
    table = clips.by_class(
        f"count(*)::BIGINT AS clips, min({length}) AS shortest, "
        f"quantile_cont({length}, 0.25) AS low_quartile, quantile_cont({length}, 0.5) AS median, "
        f"quantile_cont({length}, 0.75) AS high_quartile, "
        f"max({length}) AS longest"
    )
    return table.sort_values("clips", ascending=False, kind="stable", ignore_index=True)


def lengths_by_class(catalogue: Catalogue, unit: Unit, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Lengths of the readable clips of each of these classes."""
    readable = catalogue.filter("num_frames > 0")
    found = readable.by_class(f"list({_COLUMNS[unit]}::DOUBLE) AS lengths", names).set_index("class")[
        "lengths"
    ]
    return {name: found[name] for name in names}


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


def _range(clips: Catalogue, length: str) -> tuple[float, float]:
    """The shortest and the longest of some clips; 1 and 1 of none."""
    low, high = clips.ask(f"min({length}) AS low, max({length}) AS high").fillna(1.0).iloc[0]
    return float(low), float(high)


def _edges(shortest: float, longest: float, log_lengths: bool, num_bins: int) -> np.ndarray:
    if not log_lengths:
        return np.linspace(0, longest, num_bins + 1)
    return np.geomspace(shortest if shortest < longest else longest / 2, longest, num_bins + 1)
