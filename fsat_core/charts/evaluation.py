"""How good a run is: scores per class, calibration, and one clip."""

from collections.abc import Collection

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio
from plotly.subplots import make_subplots

from fsat_core.charts.class_rows import finish_rows, whiskers
from fsat_core.charts.style import bar_height, finish
from fsat_core.text import list_some

_NUM_NAMED = 3
_GREY = 6  # its place among the theme's colours


def sort_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The classes that have a score, hardest first and by name where equal.

    Parameters
    ----------
    scores : pd.DataFrame
        As `fsat_core.evaluation.per_class` returns it.
    """
    known = scores.dropna(subset="lwlrap")
    return known.sort_values(["lwlrap", "class"], ignore_index=True)


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
        customdata=_score_texts(scores),
        mode="markers",
        marker={"size": 9},
        cliponaxis=False,
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.update_xaxes(range=[0, 1.01], nticks=6)
    return finish_rows(figure, scores, "lwlrap", legend=False)


def describe_class_scores(scores: pd.DataFrame) -> str:
    """The hardest and the easiest classes in a sentence each, from the table of `sort_scores`."""
    first = scores[["class", "lwlrap"]].head(_NUM_NAMED)
    hardest = ", ".join(f"{name} {value:.2f}" for name, value in first.itertuples(index=False))
    best = scores["lwlrap"].max()
    easiest = scores.loc[scores["lwlrap"] == best, "class"].sort_values().tolist()
    return f"Hardest: {hardest}. Easiest: {list_some(easiest, _NUM_NAMED)}, {best:.2f}."


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


def describe_calibration(bins: pd.DataFrame) -> str:
    """The mean distance from the ideal in a sentence, weighted by the number of probabilities."""
    filled = bins[bins["count"] > 0]
    gaps = filled["confidence"] - filled["frequency"]
    error = float(np.average(gaps.abs(), weights=filled["count"]))
    likely = filled[filled["low"] >= 0.5]
    if likely.empty:
        return f"On average, a probability is {100 * error:.1f} points from how often the class was there."
    gap = float(np.average(likely["confidence"] - likely["frequency"], weights=likely["count"]))
    direction = "too sure" if gap > 0 else "too careful"
    return (
        f"On average, a probability is {100 * error:.1f} points from how often the class was there. "
        f"In the {likely['count'].sum():,} of 50 % or more, it is {100 * abs(gap):.0f} points {direction}."
    )


def _score_texts(scores: pd.DataFrame) -> list[str]:
    """What hovering over a class says: its score, the interval where there is one, and its clips."""
    texts = []
    columns = scores[["class", "lwlrap", "low", "high", "count"]]
    for name, value, low, high, count in columns.itertuples(index=False):
        interval = f", 95 % interval {low:.3f} to {high:.3f}" if np.isfinite(low) else ""
        texts.append(f"{name}: {value:.3f}{interval}, {count:,} {'clip' if count == 1 else 'clips'}")
    return texts


def _colour(place: int) -> str:
    """A colour of the template; in the app it stands for the theme's."""
    return str(pio.templates[pio.templates.default].layout.colorway[place])


def answer(probabilities: pd.Series, labels: Collection[str], num_classes: int = 5) -> pd.DataFrame:
    """The likeliest classes of a clip, and those that it has.

    Parameters
    ----------
    probabilities : pd.Series
        Of each class, indexed by it.
    labels : collection of str
        The classes that the clip has.

    Returns
    -------
    pd.DataFrame
        Columns `class, probability, right`, likeliest first: `num_classes` of them, and the clip's own.
    """
    order = probabilities.sort_values(ascending=False, kind="stable")
    shown = order[[place < num_classes or name in labels for place, name in enumerate(order.index)]]
    return pd.DataFrame(
        {"class": shown.index, "probability": shown.to_numpy(), "right": shown.index.isin(list(labels))}
    )


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
            customdata=part["class"],
            orientation="h",
            hovertemplate="%{customdata}: %{x:.1%}<extra></extra>",
        )
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", nticks=6)
    shown = zip(table["class"], table["probability"], strict=True)
    names = [f"{name}  <b>{value:.0%}</b>" for name, value in shown]
    figure.update_yaxes(autorange="reversed", tickvals=rows, ticktext=names, showgrid=False, zeroline=False)
    return finish(figure, bar_height(len(table), per_bar=28), "Probability, out of fold")
