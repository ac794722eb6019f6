"""A reliability diagram: whether probabilities mean what they say."""

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio
from plotly.subplots import make_subplots

from fsat_core.charts.style import finish

_GREY = 6  # its place among the theme's colours


def reliability_figure(bins: pd.DataFrame) -> go.Figure:
    """How often a class was there against the probability it was given, above the number in each bin.

    Parameters
    ----------
    bins : pd.DataFrame
        As `fsat_core.evaluation.calibration` returns it.
    """
    filled = bins[bins["count"] > 0]
    names = [f"{low:.0%} to {high:.0%}" for low, high in zip(bins["low"], bins["high"], strict=True)]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.72, 0.28], vertical_spacing=0.08)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"dash": "dash", "width": 1.5, "color": _colour(_GREY)},
        name="Ideal",
        hoverinfo="skip",
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=filled["confidence"],
        y=filled["frequency"],
        customdata=filled["count"],
        mode="lines+markers",
        line={"width": 2, "color": _colour(0)},
        marker={"size": 9},
        name="This run",
        cliponaxis=False,
        hovertemplate="Given %{x:.1%}, there in %{y:.1%} of %{customdata:,}<extra></extra>",
        row=1,
        col=1,
    )
    figure.add_bar(
        x=(bins["low"] + bins["high"]) / 2,
        y=bins["count"].where(bins["count"] > 0),
        width=0.9 * (bins["high"] - bins["low"]),
        marker={"color": _colour(0)},
        customdata=names,
        hovertemplate="%{customdata}: %{y:,}<extra></extra>",
        showlegend=False,
        row=2,
        col=1,
    )
    finish(figure, 460)
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", nticks=6)
    figure.update_xaxes(title="Probability given", row=2, col=1)
    figure.update_yaxes(title="Class was there", range=[0, 1.02], tickformat=".0%", nticks=6, row=1, col=1)
    # Most probabilities are near 0, and a few hundred near 1 must still be seen.
    figure.update_yaxes(title="Number", type="log", dtick=1, tickformat="~s", row=2, col=1)
    return figure


def _colour(place: int) -> str:
    """A colour of the template; in the app it stands for the theme's."""
    return str(pio.templates[pio.templates.default].layout.colorway[place])
