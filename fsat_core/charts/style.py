"""What all charts have in common."""

import html
from collections.abc import Iterable

import plotly.graph_objects as go


def plain(name: object) -> str:
    """A name that a chart shows as it is: Plotly takes `<b>` in it for markup."""
    return html.escape(str(name), quote=False)


def plain_all(names: Iterable[object]) -> list[str]:
    """`plain` of each of these names."""
    return [plain(name) for name in names]


def name_of(shown: str) -> str:
    """The name that `plain` has made this text of: what a click on a chart means."""
    return html.unescape(shown)


def name_categories(figure: go.Figure, *axes: str) -> go.Figure:
    """The figure with these axes ("x", "y") of names: classes called 1, 2 or 2020-01-01 stay names, too."""
    for axis in axes:
        figure.update_layout({f"{axis}axis": {"type": "category"}})
    return figure


def finish(
    figure: go.Figure, height: int, x_title: str = "", y_title: str = "", legend: bool = True
) -> go.Figure:
    """The figure with axis titles, its height in pixels and narrow margins; the app's theme does the rest."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 32 if legend else 8, "b": 8},
        showlegend=legend,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1,
            "yanchor": "bottom",
            "traceorder": "normal",
        },
        bargap=0.25,
        # A drag would select points; a click is the only selection these charts have.
        dragmode=False,
    )
    # To look for labels beyond the edge takes half of the time in which a chart of many rows is drawn.
    figure.update_xaxes(title=x_title or None, ticklabeloverflow="allow")  # an empty title would take room
    figure.update_yaxes(title=y_title or None, ticklabeloverflow="allow")
    return figure


def bar_height(num_bars: int, per_bar: int = 20) -> int:
    """Height in pixels at which each horizontal bar keeps a readable label."""
    return 96 + per_bar * max(num_bars, 3)
