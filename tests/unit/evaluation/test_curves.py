"""Learning curves: best epochs, means over the folds, and what they show in words."""

import numpy as np
import pandas as pd
import pytest

from fsat_core.evaluation.curves import (
    best_epochs,
    describe_curve,
    describe_learning,
    describe_validation,
    mean_curves,
)


def metrics(*val_losses: list[float], loss: float = 0.5) -> pd.DataFrame:
    """A fold for each list of validation losses, one epoch a value."""
    rows = [
        {"fold": fold, "epoch": epoch, "loss": loss, "val_loss": value, "val_accuracy": value / 2}
        for fold, values in enumerate(val_losses)
        for epoch, value in enumerate(values, start=1)
    ]
    return pd.DataFrame(rows).assign(lwlrap=0.8, val_lwlrap=0.9)


def test_best_epoch_gap_and_change_of_each_fold() -> None:
    folds = best_epochs(metrics([0.9, 0.7, 0.8], [0.6, 0.6]))
    assert folds["best_epoch"].tolist() == [2, 1]
    assert folds["last_epoch"].tolist() == [3, 2]
    assert folds["gap"].tolist() == pytest.approx([0.3, 0.1])
    assert folds["change"].tolist() == pytest.approx([0.1, 0.0])


def test_best_epochs_by_lwlrap_are_the_highest() -> None:
    table = metrics([3.0, 1.0, 2.0]).assign(lwlrap=[0.1, 0.7, 0.9], val_lwlrap=[0.2, 0.6, 0.5])
    folds = best_epochs(table, "lwlrap")
    assert folds["best_epoch"].tolist() == [2]
    assert folds.loc[0, ["gap", "change"]].tolist() == pytest.approx([-0.4, -0.1])


def test_the_first_of_equally_good_epochs_is_the_best() -> None:
    assert best_epochs(metrics([1.0, 1.0]))["best_epoch"].tolist() == [1]
    assert best_epochs(metrics([1.0, 1.0]), "lwlrap")["best_epoch"].tolist() == [1]


def test_epochs_without_a_finite_loss_are_passed_over() -> None:
    folds = best_epochs(metrics([np.nan, 0.7, np.inf], [np.nan, np.nan]))
    assert folds.index.tolist() == [0]
    assert folds.loc[0, ["best_epoch", "last_epoch"]].tolist() == [2, 2]
    assert describe_learning(metrics([np.nan])) == "No epoch has a validation loss."


def test_mean_and_range_over_the_folds_that_reached_an_epoch() -> None:
    table = mean_curves(metrics([2.0, 1.0, 1.5], [3.0, 2.5]), "val_loss")
    assert table.loc[1].tolist() == [2.5, 2.0, 3.0, 2]
    assert table.loc[3].tolist() == [1.5, 1.5, 1.5, 1]


def test_one_curve_in_words() -> None:
    table = metrics([2.0, 1.0, 1.5], [3.0, 2.5])
    assert describe_curve(table, "loss") == (
        "Loss in training and validation over 5 epochs of all folds; the lowest in validation is 1.000, "
        "in fold 1 at epoch 2."
    )
    assert "highest in validation is 1.500, in fold 2 at epoch 1" in describe_curve(table, "accuracy")
    assert "no validation value yet" in describe_curve(metrics([np.nan]), "loss")


def test_curves_of_several_folds_in_words() -> None:
    assert describe_learning(metrics([0.9, 0.7, 0.8], [0.6, 0.6])) == (
        "Validation loss is lowest at epoch 2, 1 (folds 1 to 2, trained for 2 to 3 epochs). "
        "At the last epoch it is 0.20 above the training loss on average (+0.10 to +0.30). "
        "By then it has risen 0.05 above its lowest value."
    )


def test_curves_of_one_fold_that_could_go_on_in_words() -> None:
    assert describe_learning(metrics([0.5, 0.4], loss=0.6)) == (
        "Validation loss is lowest at epoch 2 (fold 1, trained for 2 epochs). "
        "At the last epoch it is 0.20 below the training loss. "
        "It was still at its lowest then: more epochs may help."
    )


def test_many_folds_are_not_listed_one_by_one() -> None:
    assert "lowest at epoch 1 to 2 (folds 1 to 12," in describe_learning(metrics([1.0], *[[2.0, 1.0]] * 11))


def test_two_runs_in_words() -> None:
    runs = {"This run": metrics([0.9, 0.7], [0.6]), "Other run": metrics([0.5, 0.8])}
    assert describe_validation(runs) == (
        "Best in validation, mean over the folds: this run loss 0.650, accuracy 0.375, lwlrap 0.900; "
        "other run loss 0.500, accuracy 0.400, lwlrap 0.900."
    )
    assert describe_validation(runs, ["loss"]) == (
        "Best in validation, mean over the folds: this run loss 0.650; other run loss 0.500."
    )
