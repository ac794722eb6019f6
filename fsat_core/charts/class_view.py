"""Charts of one class: its score over runs, what it is confused with, and what occurs with it."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.class_rows import score_texts, whiskers
from fsat_core.charts.style import bar_height, finish, name_categories, plain, plain_all

_HEIGHT = 300
_PER_BAR = 28
_FEW = 8  # clips, up to which each has a tick


def class_history_figure(history: pd.DataFrame) -> go.Figure:
    """A dot for each run at the lwlrap of one class, on a line over its 95 % interval; the oldest run first.

    Parameters
    ----------
    history : pd.DataFrame
        Columns `run, made, network, lwlrap, low, high, count`, in the order to draw; `made` and `network`
        name a run on the axis.
    """
    figure = go.Figure()
    rows = np.arange(len(history))
    figure.add_scatter(
        x=rows,
        y=history["lwlrap"],
        error_y=whiskers(history["lwlrap"], history["low"], history["high"], thickness=2),
        customdata=score_texts(history, "run"),
        mode="markers+lines",
        marker={"size": 10},
        line={"width": 1, "dash": "dot"},
        cliponaxis=False,
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.update_xaxes(
        tickvals=rows,
        ticktext=[
            f"{plain(made)}<br>{plain(network)}"
            for made, network in zip(history["made"], history["network"], strict=True)
        ],
        range=[-0.5, len(history) - 0.5],
        showgrid=False,
    )
    figure.update_yaxes(range=[0, 1.02], nticks=6)
    return finish(figure, _HEIGHT, y_title="lwlrap", legend=False)


def confused_figure(table: pd.DataFrame, label: str) -> go.Figure:
    """Bars of `fsat_core.evaluation.class_view.confused_with`: each other class, in both directions."""
    names = plain_all(table["class"])
    figure = go.Figure()
    for column, name in (("heard_as", f"{label} heard as it"), ("taken_for", f"It heard as {label}")):
        figure.add_bar(
            x=table[column].to_numpy(),
            y=names,
            name=plain(name),
            orientation="h",
            hovertemplate="%{x:,}",
        )
    figure.update_layout(barmode="stack", hovermode="y unified")
    figure.update_yaxes(autorange="reversed", showspikes=False)
    _count_clips(figure, int((table["heard_as"] + table["taken_for"]).max()))
    return finish(name_categories(figure, "y"), bar_height(len(table), _PER_BAR), "Clips")


def company_figure(counts: pd.Series) -> go.Figure:
    """Bars of the clips in which another class occurs too, by its name."""
    figure = go.Figure()
    figure.add_bar(
        x=counts.to_numpy(),
        y=plain_all(counts.index),
        text=[f"{count:,}" for count in counts],
        textposition="outside",
        orientation="h",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:,}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed")
    _count_clips(figure, int(counts.max()))
    return finish(name_categories(figure, "y"), bar_height(len(counts), _PER_BAR), "Clips", legend=False)


def _count_clips(figure: go.Figure, most: int) -> None:
    """Let the lower axis count from 0 to so many, in whole numbers, with room for a number beside a bar."""
    step = 1 if most < _FEW else None
    figure.update_xaxes(range=[0, 1.1 * most], tickformat=",d", dtick=step)
