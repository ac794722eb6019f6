"""What networks say of a clip: its likeliest classes, and how they change over time."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

from fsat_core.charts.style import bar_height, finish, plain, plain_all
from fsat_core.prediction.clip_prediction import ClipPrediction, top_classes


def top_classes_figure(prediction: ClipPrediction, num_labels: int = 5) -> go.Figure:
    """Horizontal bars of `top_classes`, each with a dot per member on a line from lowest to highest."""
    table = top_classes(prediction, num_labels)
    rows = np.arange(len(table))
    figure = go.Figure()
    figure.add_bar(
        x=table["probability"],
        y=rows,
        customdata=plain_all(table.index),
        orientation="h",
        name="Ensemble",
        hovertemplate="%{customdata}: %{x:.1%}<extra></extra>",
    )
    if len(prediction.members) > 1:
        figure.add_traces(_member_traces(prediction, table))
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", nticks=6)
    names = [f"{plain(name)}  <b>{value:.0%}</b>" for name, value in table["probability"].items()]
    figure.update_yaxes(autorange="reversed", tickvals=rows, ticktext=names, showgrid=False, zeroline=False)
    return finish(figure, bar_height(len(table), per_bar=32), "Probability")


def _member_traces(prediction: ClipPrediction, table: pd.DataFrame) -> list[go.Scatter]:
    """A line from the lowest to the highest member of each class, and a dot for each member."""
    # The template's second colour, which the bars do not have; in the app it stands for the theme's.
    colour = pio.templates[pio.templates.default].layout.colorway[1]
    spread = go.Scatter(
        x=np.column_stack([table["low"], table["high"], np.full(len(table), np.nan)]).ravel(),
        y=np.repeat(np.arange(len(table)), 3),
        mode="lines",
        line={"color": colour, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    members = prediction.per_member[:, [prediction.labels.index(name) for name in table.index]]
    rows, columns = np.nonzero(~np.isnan(members))
    dots = go.Scatter(
        x=members[rows, columns],
        y=columns,
        mode="markers",
        marker={"color": colour, "size": 7, "opacity": 0.8},
        name="Each network",
        text=[_member_name(prediction.members[row]) for row in rows],
        hovertemplate="%{text}: %{x:.1%}<extra></extra>",
    )
    return [spread, dots]


def _member_name(member: str) -> str:
    """A member as `ClipPrediction` names it, its fold counted from 1 as everywhere on the pages."""
    run_id, _, fold = member.rpartition(" fold ")
    return plain(f"{run_id}, fold {int(fold) + 1}")


def over_time_figure(prediction: ClipPrediction, num_labels: int = 5) -> go.Figure:
    """Probability of the likeliest classes in each window, a point at the window's middle in seconds."""
    middles = prediction.window_starts_s + prediction.window_s / 2
    figure = go.Figure()
    for label, _ in prediction.top(num_labels):
        figure.add_scatter(
            x=middles,
            y=prediction.over_time[:, prediction.labels.index(label)],
            name=plain(label),
            mode="lines+markers",
            line={"width": 2},
            hovertemplate="%{y:.1%}",
        )
    figure.update_layout(hovermode="x unified")
    figure.update_xaxes(range=[0, prediction.duration_s], hoverformat=".2f", ticksuffix=" s")
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return finish(figure, 320, "Time in the clip", "Probability")


def answer_figure(table: pd.DataFrame) -> go.Figure:
    """Horizontal bars of `answer`, the clip's own classes in one colour and the others in another."""
    rows = np.arange(len(table))
    figure = go.Figure()
    for name, chosen in (("Its label", table["right"]), ("Not its label", ~table["right"])):
        part = table[chosen]
        figure.add_bar(
            x=part["probability"],
            y=rows[chosen],
            name=name,
            customdata=plain_all(part["class"]),
            orientation="h",
            hovertemplate="%{customdata}: %{x:.1%}<extra></extra>",
        )
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", nticks=6)
    shown = zip(table["class"], table["probability"], strict=True)
    names = [f"{plain(name)}  <b>{value:.0%}</b>" for name, value in shown]
    figure.update_yaxes(autorange="reversed", tickvals=rows, ticktext=names, showgrid=False, zeroline=False)
    return finish(figure, bar_height(len(table), per_bar=28), "Probability, out of fold")
