"""Charts with a row per class, from a few classes to many: scores, and what changed between two runs."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.style import bar_height, finish, plain
from fsat_core.text import counted

_MANY = 25  # with more rows than this, the axis at the bottom is not visible
_ROW_PX, _NARROW_ROW_PX = 22, 18


def class_scores_figure(scores: pd.DataFrame) -> go.Figure:
    """A dot per class at its lwlrap, on a line over its 95 % interval; the hardest class on top.

    Parameters
    ----------
    scores : pd.DataFrame
        Columns `class, lwlrap, low, high, count`, in the order to draw, as from `sort_scores`.
    """
    figure = go.Figure()
    rows = np.arange(len(scores))
    figure.add_scatter(
        x=scores["lwlrap"],
        y=rows,
        error_x=whiskers(scores["lwlrap"], scores["low"], scores["high"], thickness=2),
        customdata=score_texts(scores, "class"),
        mode="markers",
        marker={"size": 9},
        cliponaxis=False,
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.update_xaxes(range=[0, 1.01], nticks=6)
    return _finish_rows(figure, scores, "lwlrap", legend=False)


def class_changes_figure(changes: pd.DataFrame) -> go.Figure:
    """A bar per class from 0 to its change in lwlrap, with its 95 % interval; coloured by its sign.

    Parameters
    ----------
    changes : pd.DataFrame
        Columns `class, baseline, candidate, change, low, high, count`, in the order to draw, as from
        `sort_changes`.
    """
    figure = go.Figure()
    rows = np.arange(len(changes))
    change = changes["change"].to_numpy(float)
    for name, chosen in (("Better", change >= 0), ("Worse", change < 0)):
        part = changes[chosen]
        figure.add_bar(
            x=part["change"],
            y=rows[chosen],
            name=name,
            orientation="h",
            error_x=whiskers(part["change"], part["low"], part["high"], thickness=1),
            customdata=_change_texts(part),
            hovertemplate="%{customdata}<extra></extra>",
        )
    ends = np.concatenate([change, *changes[["low", "high"]].to_numpy(float).T])
    low, high = np.nanmin(ends, initial=-0.01), np.nanmax(ends, initial=0.01)
    margin = 0.05 * (high - low)
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(range=[low - margin, high + margin], tickformat="+.2f", nticks=7)
    return _finish_rows(figure, changes, "Change in lwlrap")


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


def _finish_rows(figure: go.Figure, table: pd.DataFrame, x_title: str, legend: bool = True) -> go.Figure:
    """The figure with its rows, 0 on top, named after `class` in bold-numbered `count`, at a fitting height.

    Parameters
    ----------
    table : pd.DataFrame
        Columns `class, count`, a line for each row in the order to draw.
    """
    many = len(table) > _MANY
    names = [
        f"{plain(name)}  <b>{count:,}</b>" for name, count in zip(table["class"], table["count"], strict=True)
    ]
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


def score_texts(scores: pd.DataFrame, named: str) -> list[str]:
    """The hover texts of what the column `named` has: score, interval where there is one, and clips."""
    texts = []
    columns = scores[[named, "lwlrap", "low", "high", "count"]]
    for name, value, low, high, count in columns.itertuples(index=False):
        interval = f", 95 % interval {low:.3f} to {high:.3f}" if np.isfinite(low) else ""
        texts.append(f"{plain(name)}: {value:.3f}{interval}, {counted(count, 'clip')}")
    return texts


def _change_texts(changes: pd.DataFrame) -> list[str]:
    """The hover texts of classes."""
    texts = []
    columns = changes[["class", "baseline", "candidate", "change", "low", "high"]]
    for name, baseline, candidate, change, low, high in columns.itertuples(index=False):
        interval = f", 95 % interval {low:+.3f} to {high:+.3f}" if np.isfinite(low) else ""
        texts.append(f"{plain(name)}: from {baseline:.3f} to {candidate:.3f} ({change:+.3f}{interval})")
    return texts
