"""Bars of how many clips each class has, and of how many labels each clip."""

import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.style import bar_height, finish, name_categories, plain_all
from fsat_core.dataset import SPLITS


def class_counts_figure(counts: pd.DataFrame) -> go.Figure:
    """Horizontal bars of `class_counts`, the largest class on top, one colour per split."""
    totals = counts.sum(axis="columns")
    names = plain_all(counts.index)
    figure = go.Figure()
    for split in SPLITS:  # absent ones too, so that a split keeps its colour
        present = split in counts
        figure.add_bar(
            x=counts[split].to_numpy() if present else [],
            y=names if present else [],
            name=split.capitalize(),
            orientation="h",
            hovertemplate="%{x:,}",
            showlegend=present,
        )
    figure.add_scatter(
        x=totals.to_numpy(),
        y=names,
        text=[f" {total:,}" for total in totals],
        mode="text",
        textposition="middle right",
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
    # Unified, so that a click anywhere in a class's row is a click on its bar.
    figure.update_layout(barmode="stack", hovermode="y unified")
    figure.update_yaxes(range=[len(counts) - 0.4, -0.6], dtick=1, showspikes=False)
    figure.update_xaxes(range=[0, 1.08 * totals.max()])
    name_categories(figure, "y")
    return finish(figure, bar_height(len(counts)), "Clips", legend=counts.shape[1] > 1)


def labels_per_clip_figure(counts: pd.Series) -> go.Figure:
    """Horizontal bars of `labels_per_clip`."""
    figure = go.Figure()
    figure.add_bar(
        x=counts.to_numpy(),
        y=[_num_labels(number) for number in counts.index],
        text=[f"{count:,}" for count in counts],
        textposition="outside",
        orientation="h",
        cliponaxis=False,
        hovertemplate="%{x:,} clips<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(range=[0, 1.1 * counts.max()])
    return finish(figure, bar_height(len(counts), per_bar=32), "Clips", legend=False)


def _num_labels(number: int) -> str:
    if number == 0:
        return "Not known"
    return "1 label" if number == 1 else f"{number} labels"
