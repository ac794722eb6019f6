"""Charts with a row per class, from a few classes to many."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.style import bar_height, finish

_MANY = 25  # with more rows than this, the axis at the bottom is out of sight
_ROW_PX, _NARROW_ROW_PX = 22, 18


def whiskers(values: pd.Series, low: pd.Series, high: pd.Series, thickness: float) -> dict[str, Any]:
    """Plotly's `error_x` for intervals from `low` to `high` around `values`; `thickness` in pixels."""
    return {
        "type": "data",
        "symmetric": False,
        "array": (high - values).clip(lower=0),
        "arrayminus": (values - low).clip(lower=0),
        "thickness": thickness,
        "width": 0,
    }


def finish_rows(figure: go.Figure, table: pd.DataFrame, x_title: str, legend: bool = True) -> go.Figure:
    """The figure with its rows, 0 on top, named after `class` in bold-numbered `count`, at a fitting height.

    Parameters
    ----------
    table : pd.DataFrame
        Columns `class, count`, a line for each row in the order to draw.
    """
    many = len(table) > _MANY
    names = [f"{name}  <b>{count:,}</b>" for name, count in zip(table["class"], table["count"], strict=True)]
    figure.update_yaxes(
        range=[len(table) - 0.4, -0.6],
        tickvals=np.arange(len(table)),
        ticktext=names,
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(showgrid=True, side="top" if many else "bottom")
    finish(figure, bar_height(len(table), _NARROW_ROW_PX if many else _ROW_PX), x_title, legend=legend)
    if many and legend:
        figure.update_layout(margin={"t": 72}, legend={"y": 1, "yref": "container", "yanchor": "top"})
    return figure
