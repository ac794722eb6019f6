"""Learning curves: the numbers that the chart options carry."""

import json

import numpy as np
import pandas as pd
import pytest

from fsat_core.charts.curves import fold_curves, mean_curves_with_range, run_curves
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
    )


def test_the_dot_is_at_the_best_epoch_by_what_is_monitored() -> None:
    table = metrics({0: [3.0, 1.0, 2.0]}).assign(val_lwlrap=[0.2, 0.5, 0.6])
    assert fold_curves(table, "loss", "lwlrap")["series"][0]["markPoint"]["data"][0]["coord"][0] == "3"


def test_no_dot_where_no_best_epoch_is_kept() -> None:
    assert not any("markPoint" in series for series in fold_curves(metrics(), "loss", None)["series"])


def test_each_fold_has_a_solid_and_a_dashed_line_of_one_name() -> None:
    series = fold_curves(metrics(), "loss")["series"]
    assert [line["name"] for line in series] == ["Fold 1", "Fold 1", "Fold 3", "Fold 3"]
    assert [line["lineStyle"]["type"] for line in series] == ["solid", "dashed"] * 2
    assert [line["data"] for line in series] == [[2.0, 1.0, 1.5], [1.0, 0.5, 0.75], [3.0, 2.5], [1.5, 1.25]]


@pytest.mark.parametrize(("curve", "value"), [("loss", 1.0), ("accuracy", 0.1), ("lwlrap", 0.4)])
def test_the_kept_epoch_is_marked_on_every_validation_curve(curve: str, value: float) -> None:
    first, training, *_ = fold_curves(metrics(), curve)["series"]
    assert first["markPoint"]["data"] == [{"coord": ["2", value]}]
    assert "markPoint" not in training


def test_band_reaches_from_the_lowest_to_the_highest_fold() -> None:
    mean, low, height, *training = mean_curves_with_range(metrics(), "loss")["series"]
    assert mean["data"] == [2.5, 1.75, 1.5]
    assert low["data"] == [2.0, 1.0, 1.5]
    assert height["data"] == [1.0, 1.5, 0.0]
    assert low["stack"] == height["stack"] != training[1]["stack"]
    assert training[0]["data"] == [1.25, 0.875, 0.75]


def test_runs_have_a_line_each_with_their_mean_in_validation() -> None:
    option = run_curves({"first": metrics(), "second": metrics({0: [4.0, np.nan, 2.0, 1.0]})}, "loss")
    assert [line["name"] for line in option["series"]] == ["first", "second"]
    assert [line["data"] for line in option["series"]] == [[2.5, 1.75, 1.5], [4.0, None, 2.0, 1.0]]
    assert option["xAxis"]["data"] == ["1", "2", "3", "4"]
    assert run_curves({"first": metrics()}, "lwlrap")["series"][0]["data"] == [0.2, 0.4, 0.6]
    json.dumps(option, allow_nan=False)


@pytest.mark.parametrize("draw", [fold_curves, mean_curves_with_range])
@pytest.mark.parametrize("curve", CURVES)
def test_epochs_without_a_value_leave_a_gap_and_the_option_is_json(draw, curve: str) -> None:  # type: ignore[no-untyped-def]
    option = draw(metrics({0: [2.0, np.nan, np.inf]}).assign(accuracy=np.nan), curve)
    json.dumps(option, allow_nan=False)
    assert option["xAxis"]["data"] == ["1", "2", "3"]
    if curve == "loss":
        assert option["series"][0]["data"] == [2.0, None, None]


def test_first_epoch_alone_can_be_drawn() -> None:
    option = fold_curves(metrics({0: [2.0]}), "accuracy")
    assert option["xAxis"]["data"] == ["1", "2"]
    assert option["yAxis"]["max"] == 1
