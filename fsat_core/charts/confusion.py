"""A heat map of which class is taken for which, or is ranked above it."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

from fsat_core.charts.heat_map import (
    MAX_NUMBERED,
    SMALL_PX,
    add_cells,
    name_every_row_and_column,
    number_style,
)
from fsat_core.charts.style import finish, name_categories, plain, plain_all
from fsat_core.evaluation.confusions import Cell, name_cell
from fsat_core.text import counted

_NUMBERED_PX, _PLAIN_PX = 30, 12  # height of a row
_TOP_PX = 60  # room for the scale
_REACH_PX = 6  # how far from a cell the pointer may be where cells are small
_LETTER = 0.6  # width of a letter, of its size
_ORANGE = 1  # its place among the theme's colours
_SCALE = {  # above the map, whose cells need all of the width
    "orientation": "h",
    "title": {"text": "Share of the true class", "side": "top"},
    "thickness": 8,
    "outlinewidth": 0,
    "lenmode": "pixels",
    "len": 180,
    "x": 0,
    "xanchor": "left",
    "y": 1,
    "yanchor": "bottom",
    "ypad": 4,
    "nticks": 3,
    "tickformat": ".0%",
}


def confusion_figure(
    counts: pd.DataFrame,
    totals: pd.Series | None = None,
    chosen: Cell | None = None,
    outranked: bool = False,
) -> go.Figure:
    """Heat map of the true class (rows) by the predicted one (columns).

    The colour is the share of the class's clips, so that small classes are as visible as large ones; the
    number is the number of clips. Over each cell that has clips lies a point without colour, which can be
    selected as the cells of a heat map cannot.

    Parameters
    ----------
    counts : pd.DataFrame [shape=(C, C)]
        As `fsat_core.evaluation.confusions` or `outranking` returns it. Rows without clips are left out.
    totals : pd.Series, optional
        Clips of each class; the sums of the rows where not given.
    chosen : (true class, other class), optional
        A cell to frame.
    outranked : bool
        The counts are those of `outranking`.
    """
    given = counts.sum(axis="columns") if totals is None else totals[counts.index]
    counts = counts.loc[given > 0]
    numbers = counts.to_numpy(float)
    sums = counts.sum(axis="columns") if totals is None else totals[counts.index]
    shares = numbers / sums.to_numpy(float)[:, None]
    numbered = len(counts.columns) <= MAX_NUMBERED
    figure = go.Figure()
    figure.add_heatmap(
        z=[[round(value, 4) or None for value in row] for row in shares.tolist()],
        x=plain_all(counts.columns),
        y=plain_all(counts.index),
        text=[[int(value) or "" for value in row] for row in numbers],
        **number_style(numbered, "%{text}"),
        hoverinfo="skip",
        zmin=0,
        zmax=1,
        colorbar=_SCALE,
    )
    _add_points(figure, counts, shares, outranked, 0.9 * (_NUMBERED_PX if numbered else _PLAIN_PX))
    if chosen is not None and chosen[0] in counts.index and chosen[1] in counts.columns:
        _frame(figure, counts.index.get_loc(chosen[0]), counts.columns.get_loc(chosen[1]))
    figure.update_xaxes(range=[-0.5, len(counts.columns) - 0.5])
    figure.update_yaxes(range=[len(counts) - 0.5, -0.5])
    name_every_row_and_column(figure, numbered)
    height = 170 + _NUMBERED_PX * len(counts)
    if not numbered:
        figure.update_layout(hoverdistance=_REACH_PX)
        longest = max(map(len, counts.columns))
        height = 60 + _PLAIN_PX * len(counts) + round(_LETTER * SMALL_PX * longest)
    name_categories(figure, "x", "y").update_xaxes(ticks="")
    figure.update_yaxes(ticks="")
    finish(figure, _TOP_PX + height, "Above it" if outranked else "Predicted", "True class", legend=False)
    return figure.update_layout(margin={"t": _TOP_PX})


def _add_points(
    figure: go.Figure, counts: pd.DataFrame, shares: np.ndarray, outranked: bool, size: float
) -> None:
    rows, columns = np.nonzero(counts.to_numpy())
    true, other = counts.index.to_numpy()[rows], counts.columns.to_numpy()[columns]
    clips = counts.to_numpy()[rows, columns]
    texts = [
        f"{plain(name_cell((a, b), outranked))}: {counted(num, 'clip')} ({share:.0%})"
        for a, b, num, share in zip(true, other, clips, shares[rows, columns], strict=True)
    ]
    add_cells(figure, plain_all(other), plain_all(true), texts, "%{customdata}", size)


def _frame(figure: go.Figure, row: int, column: int) -> None:
    colour = str(pio.templates[pio.templates.default].layout.colorway[_ORANGE])
    figure.add_shape(
        type="rect",
        x0=column - 0.5,
        x1=column + 0.5,
        y0=row - 0.5,
        y1=row + 0.5,
        line={"color": colour, "width": 2.5},
    )
