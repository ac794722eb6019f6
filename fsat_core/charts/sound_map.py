"""The map of what clips sound like."""

import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.style import finish, plain, plain_all

_HEIGHT = 560
NO_LABEL = "No label"  # a group that is no class: it has no colour
_GREY = "#9aa0a6"
_MOST_NAMED = 12  # groups in the legend: more would push the map off the page


def sound_map_figure(table: pd.DataFrame) -> go.Figure:
    """A dot for each clip, coloured by its group; drawn by the graphics card, and ready for a lasso.

    Parameters
    ----------
    table : pd.DataFrame
        Columns `clip_id, x, y, group`. Each dot carries its `clip_id` as `customdata`.
    """
    figure = go.Figure()
    size = 7 if len(table) < 3_000 else 4
    groups = table.groupby("group", sort=False).size().sort_values(ascending=False, kind="stable").index
    for group in groups:
        rows = table[table["group"] == group]
        figure.add_scattergl(
            x=rows["x"].to_numpy(),
            y=rows["y"].to_numpy(),
            mode="markers",
            name=plain(group),
            customdata=rows["clip_id"].tolist(),
            text=plain_all(rows["clip_id"]),
            hovertemplate=f"%{{text}}<br>{plain(group)}<extra></extra>",
            marker={"size": size, "opacity": 0.8} | ({"color": _GREY} if group == NO_LABEL else {}),
        )
    figure = finish(figure, _HEIGHT, legend=len(groups) <= _MOST_NAMED)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    return figure.update_layout(dragmode="lasso")
