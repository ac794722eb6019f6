"""How long the clips are: a histogram of train and test, and an outline for each class."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from fsat_core.charts.style import bar_height, finish, plain, plain_all
from fsat_core.dataset.length_distribution import LengthHistogram, Unit, log_density

_VIOLIN_HALF_WIDTH = 0.42
_FEW = 6  # clips, of which there is none between two whole numbers


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
        figure.update_xaxes(**_log_axis(histogram.edges[0], histogram.edges[-1], histogram.unit))
    tallest = max(counts.max() for counts in histogram.counts.values())
    if log_counts:
        # A bin of one clip must be seen, so the axis starts below 1.
        figure.update_yaxes(type="log", range=np.log10([0.6, 1.5 * max(tallest, 1)]), dtick=1)
    elif tallest < _FEW:
        figure.update_yaxes(dtick=1)
    return finish(figure, 380, f"Length in {histogram.unit}", "Clips")


def length_violins_figure(groups: Mapping[str, np.ndarray], unit: Unit = "seconds") -> go.Figure:
    """Distribution of lengths within each class, on a logarithmic axis.

    Each outline is the density of the class, all of one height, from its shortest to its longest clip; the
    dot is the median, the line spans the middle half of the clips.

    Parameters
    ----------
    groups : mapping of str to np.ndarray
        The lengths of the clips of each class that is drawn, from top to bottom; some of `lengths_by_class`.
    unit : "frames" or "seconds"
    """
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
            f"{plain(name)}: median {_length(median, unit)}, middle half {_length(low, unit)} to "
            f"{_length(high, unit)}, {len(lengths):,} clips"
            for (name, lengths), (low, median, high) in zip(groups.items(), quartiles, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
        name="Median and middle half",
    )
    if groups:
        low, high = min(map(np.min, groups.values())), max(map(np.max, groups.values()))
        figure.update_xaxes(**_log_axis(low, high, unit))
    figure.update_yaxes(
        tickvals=rows,
        ticktext=plain_all(groups),
        range=[len(groups) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
    )
    return finish(figure, bar_height(len(groups), per_bar=26), f"Length in {unit}")


def _log_axis(low: float, high: float, unit: Unit) -> dict[str, object]:
    """A logarithmic axis with labels at 1, 2 and 5 times the powers of ten."""
    decades = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    margin = 0.02 * max(np.log10(high / low), 0.1)
    return {
        "type": "log",
        "range": [np.log10(low) - margin, np.log10(high) + margin],
        "tickvals": np.outer(10.0**decades, [1, 2, 5]).ravel(),
        "tickformat": "~s" if unit == "frames" else "~g",  # 20k frames, but 0.5 s
    }


def _length(value: float, unit: Unit) -> str:
    return f"{value:,.0f} frames" if unit == "frames" else f"{value:.2f} s"


def _rounded(values: list[float | None] | np.ndarray) -> list[float | None]:
    """Four significant digits: all that can be seen, and a third of the bytes."""
    return [None if value is None else float(f"{value:.4g}") for value in values]
