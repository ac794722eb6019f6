"""Learning curves: every fold of a run, the mean over its folds, or those means of several runs.

These are ECharts options, not Plotly figures: a chart that grows while it is watched must be updated in
place, and Streamlit draws a Plotly chart anew whenever its data changes.
"""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from fsat_core.charts.style import plain
from fsat_core.evaluation.curves import best_epochs, mean_curves

_PARTS = (("val_", "Validation", "solid"), ("", "Training", "dashed"))


def fold_curves(metrics: pd.DataFrame, curve: str, monitor: str | None = "loss") -> dict[str, Any]:
    """ECharts option with one of `CURVES` for each fold in a colour of its own.

    Validation is solid, training dashed; a dot marks the best epoch of the fold by `monitor`, if one is
    given. Folds are counted from 1 in the names. The series are validation and training of the first fold,
    then of the next.
    """
    best = best_epochs(metrics, monitor)["best_epoch"] if monitor else pd.Series(dtype="int64")
    series = []
    for fold, rows in metrics.groupby("fold"):
        name = f"Fold {int(fold) + 1}"
        for prefix, part, dash in _PARTS:
            values = _values(rows.set_index("epoch")[prefix + curve])
            line = _line(name, values, dash)
            line["tooltip"] = {"formatter": f"{name}, epoch {{b}}: {part.lower()} {{c}}"}
            if part == "Validation" and fold in best.index:
                line["markPoint"] = _dot(int(best[fold]), values)
            series.append(line)
    return _option(metrics, curve, series)


def mean_curves_with_range(metrics: pd.DataFrame, curve: str) -> dict[str, Any]:
    """ECharts option with the mean of one of `CURVES` over the folds, in a band from lowest to highest.

    The series are the mean, the band's lower edge and its height, of validation and then of training.
    """
    series = []
    for prefix, part, dash in _PARTS:
        table = mean_curves(metrics, prefix + curve)
        mean = _line(part, _values(table["mean"]), dash)
        mean["tooltip"] = {"formatter": f"{part}, epoch {{b}}: {{c}}, the mean over the folds"}
        edge = _line(part, _values(table["low"]), "solid") | {
            "stack": part,
            "lineStyle": {"opacity": 0},
            "symbol": "none",
            "silent": True,
        }
        height = _values(table["high"] - table["low"])
        series += [mean, edge, edge | {"data": height, "areaStyle": {"opacity": 0.18}}]
    return _option(metrics, curve, series)


def run_curves(metrics: Mapping[str, pd.DataFrame], curve: str) -> dict[str, Any]:
    """ECharts option with one of `CURVES` in validation, the mean over the folds: a line for each run.

    Parameters
    ----------
    metrics : Mapping[str, pd.DataFrame]
        The metrics of each run, by its name in the legend; none of them empty.
    """
    series = []
    for name, table in metrics.items():
        line = _line(name, _values(mean_curves(table, f"val_{curve}")["mean"]), "solid")
        series.append(line | {"tooltip": {"formatter": f"{_in_tooltip(name)}, epoch {{b}}: {{c}}"}})
    return _option(pd.concat(metrics.values()), curve, series)


def _in_tooltip(name: str) -> str:
    """A name as part of a formatter, which is HTML with places in braces."""
    return plain(name).replace("{", "&#123;")


def _values(by_epoch: pd.Series) -> list[float | None]:
    """The values of epochs 1, 2, ...; None where there is no finite one."""
    every = by_epoch.reindex(range(1, int(by_epoch.index.max()) + 1))
    return [round(float(value), 4) if math.isfinite(value) else None for value in every]


def _line(name: str, values: list[float | None], dash: str) -> dict[str, Any]:
    # Series of one name share their colour and their entry in the legend.
    return {
        "type": "line",
        "name": name,
        "data": values,
        "lineStyle": {"type": dash, "width": 2 if dash == "solid" else 1.5},
        "symbol": "circle",
        "symbolSize": 4,
        "showAllSymbol": True,
    }


def _dot(epoch: int, values: list[float | None]) -> dict[str, Any]:
    coordinates = [str(epoch), values[epoch - 1]]
    return {
        "symbol": "circle",
        "symbolSize": 11,
        "silent": True,
        "label": {"show": False},
        "data": [{"coord": coordinates}],
    }


def _option(metrics: pd.DataFrame, curve: str, series: list[dict[str, Any]]) -> dict[str, Any]:
    last = max(int(metrics["epoch"].max()), 2)
    top = None if curve == "loss" else 1
    return {
        "legend": {"type": "scroll", "top": 0, "left": 0, "itemWidth": 16},
        "grid": {"top": 36, "left": 4, "right": 12, "bottom": 24, "containLabel": True},
        "tooltip": {"trigger": "item"},
        "xAxis": {
            "type": "category",
            "boundaryGap": False,
            "data": [str(epoch) for epoch in range(1, last + 1)],
            "name": "Epoch",
            "nameLocation": "middle",
            "nameGap": 28,
        },
        "yAxis": {"type": "value", "min": 0, "max": top},
        "series": series,
    }
