"""Pictures of a report, as SVG in its text: learning curves, and a score with its interval."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from fsat_core.evaluation.curves import CURVES, best_epochs, describe_curve
from fsat_core.report.markup import Markup, escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 300, 200, 34, 20
_COLOURS = (
    *("#0f8f89", "#d0661f", "#8250df", "#2b86e8", "#d6278a"),
    *("#2d9312", "#b0413e", "#5468c9", "#8c7a00", "#5f7f5f"),
)  # to be told apart on white and on black


def curve_pictures(metrics: pd.DataFrame, monitor: str | None) -> str:
    """A figure for each curve: each fold in a colour, validation solid, training dashed, best epoch a dot."""
    figures = (
        f"<figure>{_curve(metrics, curve, monitor)}<figcaption>{escape(title)}</figcaption></figure>"
        for curve, title in CURVES.items()
    )
    return f'<div class="curves">{"".join(figures)}</div>'


def interval_picture(value: float, low: float, high: float) -> Markup:
    """A score from 0 to 1 on a line with its interval; an empty picture where there is none."""
    marks = ""
    if math.isfinite(low) and math.isfinite(high):
        marks += f'<line class="bar" x1="{100 * low:.1f}" x2="{100 * high:.1f}" y1="8" y2="8"/>'
    if math.isfinite(value):
        marks += f'<circle class="dot" cx="{100 * value:.1f}" cy="8" r="4"/>'
    line = '<line class="grid" x1="0" x2="100" y1="8" y2="8"/>'
    return Markup(
        f'<svg width="108" height="16" viewBox="-4 0 108 16" role="img" aria-label="on a line from 0 to 1">'
        f"{line}{marks}</svg>"
    )


def _curve(metrics: pd.DataFrame, curve: str, monitor: str | None) -> str:
    names = [f"val_{curve}", curve]
    values = metrics[names].to_numpy(dtype=float)
    finite = values[np.isfinite(values)]
    top = 1.0 if curve != "loss" else float(finite.max() * 1.05) if finite.size else 1.0
    last = max(int(metrics["epoch"].max()), 2)
    best = best_epochs(metrics, monitor)["best_epoch"] if monitor else pd.Series(dtype="int64")

    def place(epoch: float, value: float) -> tuple[float, float]:
        x = _LEFT + (epoch - 1) / (last - 1) * (_WIDTH - _LEFT - 8)
        return x, 8 + (1 - value / (top or 1.0)) * (_HEIGHT - _BOTTOM - 8)

    parts = list(_grid(top, last, place(1, 0)[1]))
    for fold, rows in metrics.groupby("fold"):
        colour = _COLOURS[int(str(fold)) % len(_COLOURS)]
        for name in names:
            points = [
                place(*pair) for pair in zip(rows["epoch"], rows[name], strict=True) if math.isfinite(pair[1])
            ]
            dash = "" if name.startswith("val_") else ' stroke-dasharray="4 3"'
            text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(
                f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="1.5"{dash}/>'
            )
        if fold in best.index:
            value = float(rows.loc[rows["epoch"] == best[fold], names[0]].iloc[0])
            if math.isfinite(value):
                x, y = place(best[fold], value)
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>')
    alt = escape(describe_curve(metrics, curve))
    return f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{alt}">{"".join(parts)}</svg>'


def _grid(top: float, last: int, bottom: float) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = 8 + (1 - share) * (bottom - 8)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{share * top:.3g}</text>'
    for epoch, anchor in ((1, "start"), (last, "end")):
        x = _LEFT if epoch == 1 else _WIDTH - 8
        yield f'<text x="{x}" y="{_HEIGHT - 5}" text-anchor="{anchor}">Epoch {epoch}</text>'
