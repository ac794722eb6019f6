"""How many clips each class has, and how many labels each clip."""

import pandas as pd
import plotly.graph_objects as go

from fsat_core.charts.style import bar_height, finish
from fsat_core.dataset import SPLITS, split_labels
from fsat_core.text import list_some

_MAX_NAMED = 3


def class_counts(catalogue: pd.DataFrame) -> pd.DataFrame:
    """Clips per class and split.

    A clip with several labels counts once for each of them; a clip whose labels are not known counts for
    none.

    Returns
    -------
    pd.DataFrame
        One row per class that occurs (its index), most clips first and by name where equal; one column
        per split that has labels, in the order of `SPLITS`.
    """
    # There are few distinct label strings even in a large set, so only those are taken apart.
    strings = catalogue.loc[catalogue["labels"] != "", ["labels", "split"]].value_counts().reset_index()
    strings["class"] = strings["labels"].map(split_labels)
    counts = strings.explode("class").pivot_table("count", "class", "split", "sum", fill_value=0).astype(int)
    counts = counts[[split for split in SPLITS if split in counts]].rename_axis(columns=None)
    order = counts.sum(axis="columns").sort_index().sort_values(ascending=False, kind="stable").index
    return counts.loc[order]


def class_counts_figure(counts: pd.DataFrame) -> go.Figure:
    """Horizontal bars of `class_counts`, the largest class on top, one colour per split."""
    totals = counts.sum(axis="columns")
    figure = go.Figure()
    for split in SPLITS:  # absent ones too, so that a split keeps its colour
        present = split in counts
        figure.add_bar(
            x=counts[split].to_numpy() if present else [],
            y=counts.index if present else [],
            name=split.capitalize(),
            orientation="h",
            hovertemplate="%{x:,}",
            showlegend=present,
        )
    figure.add_scatter(
        x=totals.to_numpy(),
        y=counts.index,
        text=[f" {total:,}" for total in totals],
        mode="text",
        textposition="middle right",
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
    # Unified, so that a click anywhere in a class's row is a click on its bar.
    figure.update_layout(barmode="stack", hovermode="y unified")
    figure.update_yaxes(range=[len(counts) - 0.4, -0.6], dtick=1, showspikes=False)
    figure.update_xaxes(range=[0, 1.08 * totals.max()])
    return finish(figure, bar_height(len(counts)), "Clips", legend=counts.shape[1] > 1)


def describe_extremes(counts: pd.DataFrame) -> str:
    """The largest and the smallest classes of `class_counts`, named in a sentence each."""
    totals = counts.sum(axis="columns")
    if totals.min() == totals.max():
        return f"All classes have the same size: {_clips(totals.max())}."
    return f"Largest: {_name(totals, totals.max())}. Smallest: {_name(totals, totals.min())}."


def labels_per_clip(catalogue: pd.DataFrame) -> pd.Series:
    """Number of clips for each number of labels that occurs; 0 stands for labels that are not known."""
    return catalogue["num_labels"].value_counts().sort_index().rename_axis("labels").rename("clips")


def labels_per_clip_figure(counts: pd.Series) -> go.Figure:
    """Horizontal bars of `labels_per_clip`."""
    figure = go.Figure()
    figure.add_bar(
        x=counts.to_numpy(),
        y=[_num_labels(number) for number in counts.index],
        text=[f"{count:,}" for count in counts],
        textposition="outside",
        orientation="h",
        cliponaxis=False,
        hovertemplate="%{x:,} clips<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(range=[0, 1.1 * counts.max()])
    return finish(figure, bar_height(len(counts), per_bar=32), "Clips", legend=False)


def _name(totals: pd.Series, size: int) -> str:
    names = sorted(totals.index[totals == size])
    each = " each" if len(names) > 1 else ""
    return f"{list_some(names, _MAX_NAMED)}, {_clips(size)}{each}"


def _clips(number: int) -> str:
    return f"{number:,} {'clip' if number == 1 else 'clips'}"


def _num_labels(number: int) -> str:
    if number == 0:
        return "Not known"
    return "1 label" if number == 1 else f"{number} labels"
