"""What the heat maps of two classes have in common: colours that numbers are read on, and cells to click."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio

MAX_NUMBERED = 16  # with more classes than this, a cell is too small for its number
SMALL_PX = 10  # of names where cells are small

# One hue that lets the page through: light on light and dark on dark, so that text in the page's own colour
# has a contrast of 4.5 : 1 on every cell in both themes.
_HUE = (27, 145, 137)
LEAST_ALPHA, MOST_ALPHA = 0.1, 0.75


def colour_scale() -> list[tuple[float, str]]:
    """Plotly's `colorscale`, from the lowest to the highest value."""
    return [(place, _colour(alpha)) for place, alpha in ((0.0, LEAST_ALPHA), (1.0, MOST_ALPHA))]


def number_style(numbered: bool, template: str) -> dict[str, Any]:
    """What a heat map needs besides its values to be read: colours, gaps and numbers.

    Parameters
    ----------
    numbered : bool
        Whether cells are large enough for their numbers.
    template : str
        Plotly's `texttemplate` of a number.
    """
    return {
        "colorscale": colour_scale(),
        "texttemplate": template if numbered else None,
        "textfont": {"color": _text_colour()},
        "xgap": 1 if numbered else 0,
        "ygap": 1 if numbered else 0,
    }


def add_cells(
    figure: go.Figure,
    x: Sequence[str] | np.ndarray,
    y: Sequence[str] | np.ndarray,
    customdata: Sequence[str] | np.ndarray,
    hover: str,
    size: float,
) -> None:
    """Lay points without colour over the cells that have clips; unlike cells, they can be selected.

    Parameters
    ----------
    x, y, customdata : sequence or np.ndarray [shape=(num_cells,)]
        Columns and rows as the axes have them, and what `hover` says of each.
    hover : str
        Plotly's `hovertemplate`.
    size : float
        Of a point, in pixels.
    """
    clear = {"marker": {"opacity": 0}}
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers",
        marker={"symbol": "square", "size": size, "opacity": 0},
        selected=clear,
        unselected=clear,
        customdata=customdata,
        hovertemplate=f"{hover}<extra></extra>",
        showlegend=False,
    )


def name_every_row_and_column(figure: go.Figure, numbered: bool) -> None:
    """Let both axes name every class, in small letters where there are many."""
    figure.update_xaxes(dtick=1, tickangle=-45 if numbered else -90, showgrid=False)
    figure.update_yaxes(dtick=1, showgrid=False)
    if not numbered:
        figure.update_xaxes(tickfont={"size": SMALL_PX})
        figure.update_yaxes(tickfont={"size": SMALL_PX})


def _colour(alpha: float) -> str:
    return f"rgba({', '.join(map(str, _HUE))}, {alpha})"


def _text_colour() -> str | None:
    """The colour that the template has for text in tables; in the app it stands for the theme's."""
    tables = pio.templates[pio.templates.default].data.table
    return tables[0].cells.font.color if tables else None
