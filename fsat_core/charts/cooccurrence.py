"""A heat map of which classes occur in the same clip."""

import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.style import finish, name_categories, plain_all

_MAX_NUMBERED = 16  # with more classes than this, a cell is too small for its number


def cooccurrence_figure(counts: pd.DataFrame) -> go.Figure:
    """Heat map of `cooccurrence`; pairs that never occur are left blank."""
    numbered = len(counts) <= _MAX_NUMBERED
    figure = go.Figure()
    figure.add_heatmap(
        z=[[int(value) or None for value in row] for row in counts.to_numpy()],
        x=plain_all(counts.columns),
        y=plain_all(counts.index),
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
    name_categories(figure, "x", "y")
    return finish(figure, 160 + (30 if numbered else 15) * len(counts), legend=False)
