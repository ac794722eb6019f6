"""What changed from one run to another."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.class_rows import finish_rows, whiskers
from fsat_core.text import list_some

_NUM_NAMED = 5


def sort_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """The classes that both runs have a score for, what got better most first and by name where equal.

    Parameters
    ----------
    changes : pd.DataFrame
        As `fsat_core.evaluation.compare` returns it.
    """
    known = changes.dropna(subset="change")
    return known.sort_values(["change", "class"], ascending=[False, True], ignore_index=True)


def largest_changes(changes: pd.DataFrame, num_each: int) -> pd.DataFrame:
    """The first and the last rows of the table of `sort_changes`: the largest gains and losses."""
    if len(changes) <= 2 * num_each:
        return changes
    return pd.concat([changes.head(num_each), changes.tail(num_each)], ignore_index=True)


def class_changes_figure(changes: pd.DataFrame) -> go.Figure:
    """A bar per class from 0 to its change in lwlrap, with its 95 % interval; coloured by its sign.

    Parameters
    ----------
    changes : pd.DataFrame
        Columns `class, first, second, change, low, high, count`, in the order to draw, as from
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
            customdata=_texts(part),
            hovertemplate="%{customdata}<extra></extra>",
        )
    ends = np.concatenate([change, *changes[["low", "high"]].to_numpy(float).T])
    low, high = np.nanmin(ends, initial=-0.01), np.nanmax(ends, initial=0.01)
    margin = 0.05 * (high - low)
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(range=[low - margin, high + margin], tickformat="+.2f", nticks=7)
    return finish_rows(figure, changes, "Change in lwlrap")


def describe_changes(changes: pd.DataFrame) -> str:
    """How many classes got better and worse in a sentence or two, from the table of `sort_changes`."""
    better, worse = int((changes["change"] > 0).sum()), int((changes["change"] < 0).sum())
    same = len(changes) - better - worse
    unchanged = f", {same:,} the same" if same else ""
    text = f"{better:,} of {len(changes):,} classes are better, {worse:,} worse{unchanged}."
    clear = int(((changes["low"] > 0) | (changes["high"] < 0)).sum())
    return f"{text} {clear:,} of these changes {'is' if clear == 1 else 'are'} larger than chance explains."


def describe_unshared(only_first: Sequence[str], only_second: Sequence[str]) -> str:
    """Which classes only one of the runs knows, in a sentence; "" where both know the same."""
    parts = []
    for who, names in (("this run", only_first), ("the other run", only_second)):
        if names:
            parts.append(f"only {who} knows {list_some(names, _NUM_NAMED)}")
    return f"Not compared: {'; '.join(parts)}." if parts else ""


def _texts(changes: pd.DataFrame) -> list[str]:
    """What hovering over a class says."""
    texts = []
    columns = changes[["class", "first", "second", "change", "low", "high"]]
    for name, first, second, change, low, high in columns.itertuples(index=False):
        interval = f", 95 % interval {low:+.3f} to {high:+.3f}" if np.isfinite(low) else ""
        texts.append(f"{name}: from {second:.3f} to {first:.3f} ({change:+.3f}{interval})")
    return texts
