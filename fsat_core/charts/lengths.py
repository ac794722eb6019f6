"""How long the clips are: of train and test, and of each class."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.counts import class_counts
from fsat_core.charts.style import bar_height, finish
from fsat_core.dataset import split_labels

Unit = Literal["frames", "seconds"]

_COLUMNS = {"frames": "num_frames", "seconds": "duration_s"}
_DENSITY_CELLS = 256
_DENSITY_POINTS = 48
_VIOLIN_HALF_WIDTH = 0.42


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
    frames : np.ndarray [shape=(num_bins, 2)]
        Shortest and longest clip of each bin, in frames; 0 where a bin is empty.
    """

    unit: Unit
    log_lengths: bool
    edges: np.ndarray
    counts: dict[str, np.ndarray]
    frames: np.ndarray


def length_histogram(
    catalogue: pd.DataFrame, unit: Unit = "frames", log_lengths: bool = False, num_bins: int = 100
) -> LengthHistogram:
    """Lengths of the training and the test clips in the same bins; unreadable files are left out.

    The bins go from 0 to the longest clip, or from the shortest to the longest with `log_lengths`.
    """
    readable = catalogue[catalogue["num_frames"] > 0]
    lengths = readable[_COLUMNS[unit]].to_numpy(float)
    num_frames = readable["num_frames"].to_numpy()
    is_test = (readable["split"] == "test").to_numpy()
    edges = _edges(lengths, log_lengths, num_bins)
    bins = np.clip(np.searchsorted(edges, lengths, side="right") - 1, 0, num_bins - 1)
    shortest, longest = np.full(num_bins, np.iinfo(np.int64).max), np.zeros(num_bins, np.int64)
    np.minimum.at(shortest, bins, num_frames)
    np.maximum.at(longest, bins, num_frames)
    counts = {
        "Train": np.bincount(bins[~is_test], minlength=num_bins),
        "Test": np.bincount(bins[is_test], minlength=num_bins),
    }
    frames = np.column_stack([np.where(longest > 0, shortest, 0), longest])
    return LengthHistogram(unit, log_lengths, edges, counts, frames)


def length_histogram_figure(histogram: LengthHistogram, log_counts: bool = False) -> go.Figure:
    """Bars of a `LengthHistogram`, narrow ones for test before wide ones for train.

    Each bar carries its bin's number as custom data.
    """
    centres, widths = (histogram.edges[:-1] + histogram.edges[1:]) / 2, np.diff(histogram.edges)
    figure = go.Figure()
    for (name, counts), share in zip(histogram.counts.items(), (0.95, 0.5), strict=True):
        bins = np.flatnonzero(counts)
        figure.add_bar(
            x=centres[bins],
            y=counts[bins],
            width=share * widths[bins],
            name=name,
            customdata=bins,
            hovertemplate="%{y:,}",
            showlegend=len(bins) > 0,
        )
    middle = "%{x:.3s} frames" if histogram.unit == "frames" else "%{x:.2f} s"
    # Unified, so that a click anywhere above or below a bar is a click on it.
    figure.update_layout(barmode="overlay", hovermode="x unified")
    figure.update_xaxes(showspikes=False, unifiedhovertitle={"text": f"Around {middle}"})
    if histogram.log_lengths:
        figure.update_xaxes(**_log_axis(*histogram.edges[[0, -1]]))
    if log_counts:
        tallest = max(counts.max() for counts in histogram.counts.values())
        # A bin of one clip must be seen, so the axis starts below 1.
        figure.update_yaxes(type="log", range=np.log10([0.6, 1.5 * max(tallest, 1)]), dtick=1)
    return finish(figure, 380, f"Length in {histogram.unit}", "Clips")


def length_violins_figure(
    catalogue: pd.DataFrame, unit: Unit = "seconds", num_classes: int = 25
) -> go.Figure:
    """Distribution of lengths within each of the largest classes, on a logarithmic axis.

    Each outline is the density of the class, all of one height, from its shortest to its longest clip; the
    dot is the median, the line spans the middle half of the clips.
    """
    groups = _lengths_by_class(catalogue, unit, num_classes)
    outline_x: list[float | None] = []
    outline_y: list[float | None] = []
    for row, lengths in enumerate(groups.values()):
        x, density = log_density(lengths)
        y = _VIOLIN_HALF_WIDTH * density / density.max()
        outline_x += [*x, *x[::-1], None]
        outline_y += [*(row + y), *(row - y)[::-1], None]
    quartiles = np.array([np.percentile(lengths, [25, 50, 75]) for lengths in groups.values()]).reshape(-1, 3)
    rows = np.arange(len(groups))
    figure = go.Figure()
    figure.add_scatter(
        x=_rounded(outline_x),
        y=_rounded(outline_y),
        mode="lines",
        line={"width": 1},
        fill="toself",
        hoverinfo="skip",
        name="Density",
    )
    figure.add_scatter(
        x=_rounded(quartiles[:, 1]),
        y=rows,
        mode="markers",
        marker={"size": 7},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": _rounded(quartiles[:, 2] - quartiles[:, 1]),
            "arrayminus": _rounded(quartiles[:, 1] - quartiles[:, 0]),
            "thickness": 2,
            "width": 0,
        },
        text=[
            f"{name}: median {_length(median, unit)}, middle half {_length(low, unit)} to "
            f"{_length(high, unit)}, {len(lengths):,} clips"
            for (name, lengths), (low, median, high) in zip(groups.items(), quartiles, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
        name="Median and middle half",
    )
    if groups:
        figure.update_xaxes(**_log_axis(min(map(np.min, groups.values())), max(map(np.max, groups.values()))))
    figure.update_yaxes(
        tickvals=rows, ticktext=list(groups), range=[len(groups) - 0.4, -0.6], showgrid=False, zeroline=False
    )
    return finish(figure, bar_height(len(groups), per_bar=26), f"Length in {unit}")


def log_density(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Density of the logarithm of positive lengths: Gaussian kernel, Silverman's bandwidth.

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


def _lengths_by_class(catalogue: pd.DataFrame, unit: Unit, num_classes: int) -> dict[str, np.ndarray]:
    """Lengths of the clips of the largest classes, the largest first."""
    readable = catalogue[(catalogue["num_frames"] > 0) & (catalogue["labels"] != "")]
    largest = class_counts(readable).index[:num_classes]
    parts: dict[str, list[np.ndarray]] = {name: [] for name in largest}
    # Sorted by label string, each distinct string's lengths are one slice.
    codes, strings = pd.factorize(readable["labels"])
    lengths = readable[_COLUMNS[unit]].to_numpy(float)[np.argsort(codes, kind="stable")]
    sizes = np.bincount(codes, minlength=len(strings))
    ends = np.cumsum(sizes)
    for string, start, end in zip(strings, ends - sizes, ends, strict=True):
        for name in parts.keys() & set(split_labels(string)):
            parts[name].append(lengths[start:end])
    return {name: np.concatenate(part) for name, part in parts.items()}


def _edges(lengths: np.ndarray, log_lengths: bool, num_bins: int) -> np.ndarray:
    longest = lengths.max(initial=0) or 1.0
    if not log_lengths:
        return np.linspace(0, longest, num_bins + 1)
    shortest = lengths.min(initial=longest)
    return np.geomspace(shortest if shortest < longest else longest / 2, longest, num_bins + 1)


def _log_axis(low: float, high: float) -> dict[str, object]:
    """A logarithmic axis with labels at 1, 2 and 5 times the powers of ten."""
    decades = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    margin = 0.02 * max(np.log10(high / low), 0.1)
    return {
        "type": "log",
        "range": [np.log10(low) - margin, np.log10(high) + margin],
        "tickvals": np.outer(10.0**decades, [1, 2, 5]).ravel(),
        "tickformat": "~s",
    }


def _length(value: float, unit: Unit) -> str:
    return f"{value:,.0f} frames" if unit == "frames" else f"{value:.2f} s"


def _rounded(values: list[float | None] | np.ndarray) -> list[float | None]:
    """Four significant digits: all that can be seen, and a third of the bytes."""
    return [None if value is None else float(f"{value:.4g}") for value in values]
