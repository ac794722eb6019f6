"""The report of `evaluate` on one or more runs: a JSON value, and a text for people."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from fsat_core.evaluation.curated import curated_warning
from fsat_core.evaluation.label_quality import relabel
from fsat_core.evaluation.scores import Scores, per_class, score, score_by_usage
from fsat_core.prediction.run_table import align_oof
from fsat_core.prediction.together import (
    METHODS,
    Method,
    combine_oof,
    combine_runs,
    fit_stack,
    leave_one_out,
)
from fsat_core.runs.predictions import Predictions, load_oof, load_test
from fsat_core.runs.run import Run

_WORST = 5
_NAMES = {
    "geometric": "the geometric mean",
    "arithmetic": "the arithmetic mean",
    "weighted": "the weighted mean",
    "ridge": "ridge regression",
}


def evaluate_runs(
    runs: Sequence[Run],
    truth: pd.DataFrame | None = None,
    left_out_of: Method = "geometric",
    labels: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Scores of each run, and of all together where there are several.

    Parameters
    ----------
    truth : pd.DataFrame, optional
        True labels of test clips, as from `read_truth`.
    left_out_of : str
        The combination in which each run is left out in turn.
    labels : pd.DataFrame, optional
        Columns `clip_id, labels`: judge by these out of fold, and not by those that runs were trained on.

    Returns
    -------
    dict
        `runs`: per run `run_id`, `oof` (scores), `per_class` (rows) and `test` (scores by usage, or None);
        `together`: per way of combining `oof` and `test`, and `leave_one_out` of the way `left_out_of`; None
        for one run;
        `warning`: what to keep in mind, or None. Values that do not exist are None.
    """
    reports = [
        {
            "run_id": run.run_id,
            "oof": _plain(score(oof := _judged(load_oof(run), labels))),
            "per_class": _rows(per_class(oof)),
            "test": None if truth is None else _by_usage(score_by_usage(load_test(run, truth), truth)),
        }
        for run in runs
    ]
    return {
        "runs": reports,
        "together": _together(runs, truth, left_out_of, labels) if len(runs) > 1 else None,
        "warning": next(filter(None, map(curated_warning, runs)), None),
    }


def _judged(oof: Predictions, labels: pd.DataFrame | None) -> Predictions:
    return oof if labels is None else relabel(oof, labels, fill=0.0)


def _together(
    runs: Sequence[Run], truth: pd.DataFrame | None, left_out_of: Method, labels: pd.DataFrame | None
) -> dict[str, Any]:
    ways: dict[str, Any] = {}
    table = align_oof(runs)
    if labels is not None:
        table = table.judge(labels)
    for how in METHODS:
        test = None
        if truth is not None:
            test = _by_usage(score_by_usage(combine_runs(runs, how, "test", truth), truth))
        oof = combine_oof(table, fit_stack(table, how))
        ways[how] = {"oof": _plain(score(oof)), "test": test}
    return {
        **ways,
        "left_out_of": left_out_of,
        "leave_one_out": _rows(leave_one_out(table, left_out_of)),
    }


def _by_usage(scores: dict[str, Scores]) -> dict[str, dict[str, Any]]:
    return {usage: _plain(value) for usage, value in scores.items()}


def _plain(scores: Scores) -> dict[str, Any]:
    return {name: _or_none(value) for name, value in asdict(scores).items()}


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): _or_none(value) for name, value in row.items()} for row in table.to_dict(orient="records")
    ]


def _or_none(value: Any) -> Any:
    """JSON has no NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value


def describe(report: dict[str, Any]) -> str:
    """The same for people, a few lines per run."""
    lines = []
    for run in report["runs"]:
        lines += [run["run_id"], *_score_lines(run)]
        scored = [row for row in run["per_class"] if row["lwlrap"] is not None]
        worst = sorted(scored, key=lambda row: row["lwlrap"])[:_WORST]
        lines.append("  lowest classes: " + ", ".join(map(_describe_class, worst)))
    if together := report["together"]:
        for how in METHODS:
            lines += [f"together, {how}", *_score_lines(together[how])]
        lines.append(f"left out, the lwlrap of {_NAMES[together['left_out_of']]} changes by")
        lines += [f"  {row['change']:+.4f}  {row['run_id']}" for row in together["leave_one_out"]]
    if report["warning"]:
        lines.append(report["warning"])
    return "\n".join(lines)


def _score_lines(scores: dict[str, Any]) -> list[str]:
    named = {"out of fold": scores["oof"]}
    named |= {f"test, {usage}": value for usage, value in (scores["test"] or {}).items()}
    return [
        f"  {name:13} lwlrap {_number(value['lwlrap'])}  accuracy {_number(value['accuracy'])}  "
        f"{value['num_clips']:,} clips"
        for name, value in named.items()
    ]


def _describe_class(row: dict[str, Any]) -> str:
    interval = "" if row["low"] is None else f" [{row['low']:.2f}, {row['high']:.2f}]"
    return f"{row['class']} {row['lwlrap']:.2f}{interval} ({row['count']} clips)"


def _number(value: float | None) -> str:
    return "   -  " if value is None else f"{value:.4f}"
