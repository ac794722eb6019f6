"""Which class is taken for which."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.style import finish

_MAX_NUMBERED = 16  # with more classes than this, a cell is too small for its number


def confusion_figure(counts: pd.DataFrame) -> go.Figure:
    """Heat map of the true class (rows) by the predicted one (columns).

    The colour is the share of a row, so that small classes are as visible as large ones; the number is the
    number of clips. Each cell carries it as its text.

    Parameters
    ----------
    counts : pd.DataFrame [shape=(C, C)]
        As `fsat_core.evaluation.confusion` returns it. Rows without clips are left out.
    """
    counts = counts.loc[counts.sum(axis="columns") > 0]
    numbers = counts.to_numpy(float)
    shares = numbers / numbers.sum(axis=1, keepdims=True)
    numbered = len(counts.columns) <= _MAX_NUMBERED
    figure = go.Figure()
    figure.add_heatmap(
        z=[[round(value, 4) or None for value in row] for row in shares.tolist()],
        x=counts.columns,
        y=counts.index,
        text=[[int(value) or "" for value in row] for row in numbers],
        texttemplate="%{text}" if numbered else None,
        hovertemplate="%{y}, heard as %{x}: %{text} clips (%{z:.0%})<extra></extra>",
        xgap=1 if numbered else 0,
        ygap=1 if numbered else 0,
        zmin=0,
        zmax=1,
        colorbar={
            "title": "Share",
            "thickness": 12,
            "outlinewidth": 0,
            "lenmode": "pixels",
            "len": 200,
            "y": 1,
            "yanchor": "top",
            "nticks": 5,
            "tickformat": ".0%",
        },
    )
    # The columns repeat the rows: where there are many, Plotly names as many as fit.
    figure.update_xaxes(tickangle=-45 if numbered else -90, showgrid=False)
    figure.update_yaxes(autorange="reversed", dtick=1, showgrid=False)
    return finish(
        figure, 170 + (30 if numbered else 15) * len(counts), "Predicted", "True class", legend=False
    )


def largest_confusions(counts: pd.DataFrame, num_pairs: int = 10) -> pd.DataFrame:
    """The confusions with most clips: columns `true, predicted, clips, share` (of the true class's clips)."""
    numbers = counts.to_numpy(dtype=np.int64, copy=True)
    totals = numbers.sum(axis=1)
    np.fill_diagonal(numbers, 0)
    rows, columns = np.nonzero(numbers)
    clips = numbers[rows, columns]
    table = pd.DataFrame(
        {
            "true": counts.index.to_numpy()[rows],
            "predicted": counts.columns.to_numpy()[columns],
            "clips": clips,
            "share": clips / totals[rows],
        }
    )
    return table.sort_values(["clips", "share"], ascending=False, kind="stable", ignore_index=True)[
        :num_pairs
    ]


def describe_confusion(counts: pd.DataFrame) -> str:
    """How many clips were recognised in a sentence, and the largest confusion."""
    total, right = int(counts.to_numpy().sum()), int(np.trace(counts.to_numpy()))
    text = f"{right:,} of {total:,} clips with one label are recognised ({right / max(total, 1):.0%})."
    worst = largest_confusions(counts, 1)
    if worst.empty:
        return text
    pair = worst.iloc[0]
    return f"{text} Most often confused: {pair['true']} heard as {pair['predicted']} ({pair['clips']:,})."
