"""Learning curves: every fold of a run, the mean over its folds, or those means of several runs.

These are data for the component `ui/curves`, not Plotly figures: a chart that grows while it is watched must
keep what somebody zoomed into and where they point, and Plotly and ECharts draw it anew.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from fsat_core.evaluation.curves import CURVES, best_epochs, describe_curve, mean_curves, smooth, train_time

By = Literal["epochs", "time"]
_PARTS = (("val_", "Validation"), ("", "Training"))


@dataclass(frozen=True)
class CurveView:
    """How learning curves are drawn.

    Parameters
    ----------
    by : "epochs" or "time"
        What is on the horizontal axis; time in seconds, from the start of each fold.
    smoothing : float
        Weight of what came before, from 0 (as measured) to below 1; see `smooth`.
    log_loss : bool
        Whether the loss is on a logarithmic axis.
    """

    by: By = "epochs"
    smoothing: float = 0.0
    log_loss: bool = False


def fold_curves(
    metrics: pd.DataFrame, monitor: str | None = "loss", view: CurveView | None = None
) -> dict[str, Any]:
    """Chart with a panel for each of `CURVES`, in which each fold has a colour of its own.

    The lines of a panel are validation and training of the first fold, then of the next; each says at which
    of its points the epoch is that was best by `monitor`, if one is given. Folds are counted from 1.
    """
    view = view or CurveView()
    best = best_epochs(metrics, monitor)["best_epoch"] if monitor else pd.Series(dtype="int64")
    folds = [(int(str(fold)), rows.set_index("epoch")) for fold, rows in metrics.groupby("fold")]
    panels = []
    for curve in CURVES:
        lines = []
        for row, (fold, table) in enumerate(folds):
            for part, (prefix, _) in enumerate(_PARTS):
                kept = int(best[fold]) if part == 0 and fold in best.index else None
                lines.append(_line(row, part, row, table[prefix + curve], train_time(table), view, kept))
        panels.append(_panel(curve, describe_curve(metrics, curve), lines, view))
    rows = [
        {"name": f"Fold {fold + 1}", "kept": int(best[fold]) if fold in best.index else None}
        for fold, _ in folds
    ]
    return _chart(rows, [name for _, name in _PARTS], panels, view)


def mean_curves_with_range(metrics: pd.DataFrame, view: CurveView | None = None) -> dict[str, Any]:
    """Chart with the mean of each of `CURVES` over the folds, in a band from lowest to highest.

    The lines of a panel are mean, lowest and highest of validation, then of training; of the last two only
    the band between them is drawn.
    """
    view = view or CurveView()
    time = _mean_time(metrics)
    panels = []
    for curve in CURVES:
        lines = []
        for part, (prefix, _) in enumerate(_PARTS):
            table = mean_curves(metrics, prefix + curve)
            for row, column in enumerate(("mean", "low", "high")):
                line = _line(row, part, part, table[column], time, view)
                lines.append(line | {"drawn": column == "mean"})
        panel = _panel(curve, describe_curve(metrics, curve), lines, view)
        panels.append(panel | {"bands": [[1, 2], [4, 5]]})
    rows = [{"name": name} for name in ("Mean", "Lowest", "Highest")]
    return _chart(rows, [name for _, name in _PARTS], panels, view)


def run_curves(
    metrics: Mapping[str, pd.DataFrame], alts: Mapping[str, str], view: CurveView | None = None
) -> dict[str, Any]:
    """Chart with each of `CURVES` in validation, the mean over the folds: a line for each run.

    Parameters
    ----------
    metrics : Mapping[str, pd.DataFrame]
        The metrics of each run, by what it is called; none of them empty.
    alts : Mapping[str, str]
        What each of `CURVES` shows, in words.
    """
    view = view or CurveView()
    panels = []
    for curve in CURVES:
        lines = [
            _line(row, 0, row, mean_curves(table, f"val_{curve}")["mean"], _mean_time(table), view)
            for row, table in enumerate(metrics.values())
        ]
        panels.append(_panel(curve, alts[curve], lines, view))
    return _chart([{"name": name} for name in metrics], ["Validation"], panels, view)


def _mean_time(metrics: pd.DataFrame) -> pd.Series:
    """Seconds from the start of a fold to the end of each epoch, the mean over the folds that reached it."""
    tables = metrics.groupby("fold", group_keys=False)
    times = pd.concat([train_time(table.set_index("epoch")) for _, table in tables])
    return times.groupby(level="epoch").mean()


def _line(
    row: int,
    part: int,
    colour: int,
    values: pd.Series,
    time: pd.Series,
    view: CurveView,
    kept: int | None = None,
) -> dict[str, Any]:
    """A line of a panel, from its values and times by epoch; `kept` is an epoch."""
    x = time.reindex(values.index) if view.by == "time" else values.index.to_series()
    known = x.notna()
    x, values = x[known], values[known]
    line = {
        "row": row,
        "part": part,
        "colour": colour,
        "drawn": True,
        "x": _numbers(x),
        "y": _numbers(smooth(values, view.smoothing)),
        "measured": _numbers(values),
    }
    if kept is not None and kept in values.index:
        line["kept"] = values.index.get_loc(kept)
    return line


def _numbers(values: pd.Series) -> list[float | None]:
    """The values as JSON can hold them, in six digits; None where there is no finite one."""
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in values.astype(float)]


def _panel(curve: str, alt: str, lines: list[dict[str, Any]], view: CurveView) -> dict[str, Any]:
    is_loss = curve == "loss"
    return {
        "title": CURVES[curve],
        "alt": alt,
        "log": is_loss and view.log_loss,
        "top": None if is_loss else 1,
        "lines": lines,
        "bands": [],
    }


def _chart(
    rows: list[dict[str, Any]], parts: list[str], panels: list[dict[str, Any]], view: CurveView
) -> dict[str, Any]:
    return {"by": view.by, "rows": rows, "parts": parts, "panels": panels}
