"""A heat map of which classes occur in the same clip."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.heat_map import MAX_NUMBERED, add_cells, name_every_row_and_column, number_style
from fsat_core.charts.style import finish, plain_all

_NUMBERED_PX, _PLAIN_PX = 30, 15  # height of a row


def cooccurrence_figure(counts: pd.DataFrame) -> go.Figure:
    """Heat map of `cooccurrence`, whose cells can be selected; pairs that never occur are left blank."""
    numbered = len(counts) <= MAX_NUMBERED
    row_px = _NUMBERED_PX if numbered else _PLAIN_PX
    figure = go.Figure()
    figure.add_heatmap(
        z=[[int(value) or None for value in row] for row in counts.to_numpy()],
        **number_style(numbered, "%{z}"),
        hoverinfo="skip",
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
    # By numbers, which take a tenth of the bytes of names: there may be thousands of cells.
    rows, columns = (places.astype(np.int16) for places in np.nonzero(counts.to_numpy()))
    numbers = counts.to_numpy()[rows, columns].astype(np.int32)
    add_cells(figure, columns, rows, numbers, "%{y} with %{x}: %{customdata:,} clips", 0.9 * row_px)
    name_every_row_and_column(figure, numbered)
    names = {"tickvals": np.arange(len(counts)), "ticktext": plain_all(counts.index)}
    figure.update_xaxes(range=[-0.5, len(counts) - 0.5], zeroline=False, **names)
    figure.update_yaxes(range=[len(counts) - 0.5, -0.5], zeroline=False, **names)
    return finish(figure, 160 + row_px * len(counts), legend=False)
