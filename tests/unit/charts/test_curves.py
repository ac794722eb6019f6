"""Learning curves: the numbers that the chart options carry."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fsat_core.charts.curves import CurveView, fold_curves, mean_curves_with_range, run_curves
from fsat_core.evaluation.curves import CURVES

VAL_LOSS = {0: [2.0, 1.0, 1.5], 2: [3.0, 2.5]}


def metrics(val_loss: dict[int, list[float]] = VAL_LOSS) -> pd.DataFrame:
    """Metrics of some folds; every other column follows from the validation loss."""
    rows = [
        {"fold": fold, "epoch": epoch, "val_loss": value}
        for fold, values in val_loss.items()
        for epoch, value in enumerate(values, start=1)
    ]
    table = pd.DataFrame(rows)
    return table.assign(
        loss=table["val_loss"] / 2,
        accuracy=table["epoch"] / 10,
        val_accuracy=table["epoch"] / 20,
        lwlrap=table["epoch"] / 4,
        val_lwlrap=table["epoch"] / 5,
        clips_per_s=100.0,
        seconds=2.0,
        num_steps=5,
    )


ALTS = {curve: f"Shows {curve}" for curve in CURVES}


def loss_lines(chart: dict[str, Any]) -> list[dict[str, Any]]:
    return chart["panels"][0]["lines"]


def test_the_dot_is_at_the_best_epoch_by_what_is_monitored() -> None:
    table = metrics({0: [3.0, 1.0, 2.0]}).assign(val_lwlrap=[0.2, 0.5, 0.6])
    chart = fold_curves(table, "lwlrap")
    assert loss_lines(chart)[0]["kept"] == 2
    assert chart["rows"] == [{"name": "Fold 1", "kept": 3}]


def test_no_dot_where_no_best_epoch_is_kept() -> None:
    chart = fold_curves(metrics(), None)
    assert not any("kept" in line for line in loss_lines(chart))
    assert [row["kept"] for row in chart["rows"]] == [None, None]


def test_each_fold_has_a_line_in_validation_and_in_training_of_one_colour() -> None:
    chart = fold_curves(metrics())
    assert [row["name"] for row in chart["rows"]] == ["Fold 1", "Fold 3"]
    lines = loss_lines(chart)
    assert [(line["row"], line["part"], line["colour"]) for line in lines] == [
        *((0, 0, 0), (0, 1, 0)),
        *((1, 0, 1), (1, 1, 1)),
    ]
    assert [line["y"] for line in lines] == [[2.0, 1.0, 1.5], [1.0, 0.5, 0.75], [3.0, 2.5], [1.5, 1.25]]


@pytest.mark.parametrize("panel", range(3))
def test_the_kept_epoch_is_marked_on_every_validation_curve(panel: int) -> None:
    validation, training, *_ = fold_curves(metrics())["panels"][panel]["lines"]
    assert validation["kept"] == 1
    assert "kept" not in training


def test_band_reaches_from_the_lowest_to_the_highest_fold() -> None:
    chart = mean_curves_with_range(metrics())
    mean, low, high, *training = loss_lines(chart)
    assert [mean["y"], low["y"], high["y"]] == [[2.5, 1.75, 1.5], [2.0, 1.0, 1.5], [3.0, 2.5, 1.5]]
    assert [line["drawn"] for line in (mean, low, high)] == [True, False, False]
    assert chart["panels"][0]["bands"] == [[1, 2], [4, 5]]
    assert training[0]["y"] == [1.25, 0.875, 0.75]


def test_runs_have_a_line_each_with_their_mean_in_validation() -> None:
    chart = run_curves({"first": metrics(), "second": metrics({0: [4.0, np.nan, 2.0, 1.0]})}, ALTS)
    assert [row["name"] for row in chart["rows"]] == ["first", "second"]
    assert [line["y"] for line in loss_lines(chart)] == [[2.5, 1.75, 1.5], [4.0, None, 2.0, 1.0]]
    assert [line["x"] for line in loss_lines(chart)] == [[1, 2, 3], [1, 2, 3, 4]]
    assert chart["panels"][2]["lines"][0]["y"] == [0.2, 0.4, 0.6]
    json.dumps(chart, allow_nan=False)


def test_time_runs_from_the_start_of_each_fold_and_leaves_out_runs_without_it() -> None:
    timed, old = metrics(), metrics().assign(seconds=np.nan)
    view = CurveView(by="time")
    assert [line["x"] for line in loss_lines(fold_curves(timed, "loss", view))[::2]] == [[2, 4, 6], [2, 4]]
    first, second = loss_lines(run_curves({"timed": timed, "old": old}, ALTS, view))
    assert first["x"] == [2, 4, 6]
    assert second["x"] == []


def test_smoothing_is_drawn_and_what_was_measured_is_told() -> None:
    line = loss_lines(fold_curves(metrics({0: [2.0, 1.0, 1.0]}), "loss", CurveView(smoothing=0.5)))[0]
    assert line["y"] == pytest.approx([2.0, 4 / 3, 8 / 7], abs=1e-5)
    assert line["measured"] == [2.0, 1.0, 1.0]


def test_only_the_loss_is_logarithmic() -> None:
    assert [panel["log"] for panel in fold_curves(metrics(), "loss", CurveView(log_loss=True))["panels"]] == [
        *(True, False, False)
    ]


@pytest.mark.parametrize("draw", [fold_curves, mean_curves_with_range])
def test_epochs_without_a_value_leave_a_gap_and_the_chart_is_json(draw) -> None:  # type: ignore[no-untyped-def]
    chart = draw(metrics({0: [2.0, np.nan, np.inf]}).assign(accuracy=np.nan))
    json.dumps(chart, allow_nan=False)
    assert loss_lines(chart)[0]["x"] == [1, 2, 3]
    assert loss_lines(chart)[0]["y"] == [2.0, None, None]
