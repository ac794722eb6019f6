"""Which classes occur in the same clip."""

from itertools import combinations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.style import finish
from fsat_core.dataset import split_labels

_MAX_NUMBERED = 16  # with more classes than this, a cell is too small for its number


def cooccurrence(catalogue: pd.DataFrame) -> pd.DataFrame:
    """Number of clips in which two classes occur together.

    Returns
    -------
    pd.DataFrame [shape=(n, n)]
        Symmetric, zero on the diagonal, for the n classes that occur with another one; the class with
        most company first, by name where equal. Empty where no clip has two labels.
    """
    strings = catalogue.loc[catalogue["num_labels"] > 1, "labels"].value_counts()
    pairs = [
        (*pair, count)
        for string, count in strings.items()
        for pair in combinations(sorted(set(split_labels(str(string)))), 2)
    ]
    names = sorted({name for first, second, _ in pairs for name in (first, second)})
    place = {name: index for index, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    for first, second, count in pairs:
        counts[place[first], place[second]] += count
        counts[place[second], place[first]] += count
    order = np.argsort(-counts.sum(axis=1), kind="stable")
    ordered = [names[index] for index in order]
    return pd.DataFrame(counts[np.ix_(order, order)], index=ordered, columns=ordered)


def cooccurrence_figure(counts: pd.DataFrame) -> go.Figure:
    """Heat map of `cooccurrence`; pairs that never occur are left blank."""
    numbered = len(counts) <= _MAX_NUMBERED
    figure = go.Figure()
    figure.add_heatmap(
        z=[[int(value) or None for value in row] for row in counts.to_numpy()],
        x=counts.columns,
        y=counts.index,
        texttemplate="%{z}" if numbered else None,
        hovertemplate="%{y} with %{x}: %{z:,} clips<extra></extra>",
        xgap=1 if numbered else 0,
        ygap=1 if numbered else 0,
        zmin=0,
        zmax=int(counts.to_numpy().max()),
        showscale=not numbered,
        colorbar={
            "title": "Clips",
            "thickness": 12,
            "outlinewidth": 0,
            "lenmode": "pixels",
            "len": 240,
            "y": 1,
            "yanchor": "top",
            "nticks": 5,
            "tickformat": ",d",
        },
    )
    # The columns repeat the rows: where there are many, Plotly names as many as fit.
    figure.update_xaxes(tickangle=-45 if numbered else -90, showgrid=False)
    figure.update_yaxes(autorange="reversed", dtick=1, showgrid=False)
    return finish(figure, 160 + (30 if numbered else 15) * len(counts), legend=False)


def describe_pairs(counts: pd.DataFrame) -> str:
    """A sentence with the pair that occurs most often, and the number of pairs."""
    upper = np.triu(counts.to_numpy())
    row, column = np.unravel_index(upper.argmax(), upper.shape)
    return (
        f"{np.count_nonzero(upper):,} pairs of {len(counts)} classes occur together, most often "
        f"{counts.index[row]} with {counts.columns[column]} ({upper[row, column]:,} clips)."
    )
